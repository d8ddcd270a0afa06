from collections.abc import Mapping

import pytest

from modellock.errors import ModellockError
from modellock.ports.refusals import At, explain_refusal, host_variable
from modellock.ports.settings import Token
from modellock.values.origins import Kind

HUB = "https://huggingface.co/org/name/resolve/c0ffee/weights.bin"
MIRROR = "https://hub.corp.example/org/name/resolve/c0ffee/weights.bin"
GITHUB = "https://api.github.com/repos/org/repo/releases"
PLAIN = "https://files.example:8443/pose.task?X-Amz-Signature=secret"
TOKEN = Token("hunter2", "HF_TOKEN")


def explained(
    kind: Kind,
    status: int,
    url: str,
    headers: Mapping[str, str] | None = None,
    *,
    token: Token | None = None,
    gated: bool = False,
    at: At = "sync",
) -> str:
    """Code, message and hint, one below the other."""
    error: ModellockError = explain_refusal(
        kind,
        status=status,
        headers=headers or {},
        url=url,
        subject="m/weights.bin",
        token=token,
        gated=gated,
        at=at,
    )
    return f"{error.code}\n{error}\n{error.hint}"


GATED = {"X-Error-Code": "GatedRepo"}


@pytest.mark.parametrize("status", [401, 403])
def test_a_gated_repository_names_its_page_and_the_variable(status: int) -> None:
    assert explained(Kind.HUB, status, HUB, GATED) == (
        "gated\n"
        "m/weights.bin: the repository is gated, and no token was sent to huggingface.co\n"
        "accept the terms on https://huggingface.co/org/name, then set `HF_TOKEN`"
    )


def test_a_gated_repository_whose_terms_were_not_accepted_names_the_token() -> None:
    assert explained(Kind.HUB, 403, HUB, GATED, token=TOKEN) == (
        "gated\n"
        "m/weights.bin: the repository is gated, and the token from `HF_TOKEN` has no access\n"
        "accept the terms on https://huggingface.co/org/name with that token's account"
    )


def test_a_repository_that_was_gated_at_lock_is_still_called_so_where_the_hub_says_little() -> None:
    assert explained(Kind.HUB, 401, HUB, gated=True).startswith("gated\n")


@pytest.mark.parametrize(
    ("url", "page"),
    [
        ("https://huggingface.co/api/models/org/name/tree/c0ffee?x=1", "/org/name"),
        ("https://huggingface.co/api/models/gpt2/revision/main", "/gpt2"),
        ("https://huggingface.co/api/models/org/name", "/org/name"),
        ("https://huggingface.co/api/datasets/org/name/refs", "/datasets/org/name"),
        ("https://huggingface.co/datasets/org/name/resolve/c0ffee/x", "/datasets/org/name"),
        ("https://huggingface.co/gpt2/resolve/c0ffee/x", "/gpt2"),
    ],
)
def test_the_page_is_read_from_the_url(url: str, page: str) -> None:
    assert f"on https://huggingface.co{page}, then" in explained(Kind.HUB, 401, url, GATED)


def test_a_page_that_cannot_be_read_from_the_url_is_called_a_page() -> None:
    told = explained(Kind.HUB, 401, "https://huggingface.co/elsewhere?sig=1", GATED)

    assert told.endswith("accept the terms on the repository's page, then set `HF_TOKEN`")


def test_a_stranger_is_told_what_a_hub_hides() -> None:
    assert explained(Kind.HUB, 401, HUB) == (
        "authentication\n"
        "m/weights.bin: huggingface.co wants a token, and none was sent: "
        "the repository is missing, private or gated\n"
        "set `HF_TOKEN`"
    )


def test_a_refused_token_is_named_by_where_it_came_from() -> None:
    headers = {"X-Error-Message": "Invalid credentials in Authorization header"}
    token = Token("hunter2", "/home/me/.cache/huggingface/token")

    assert explained(Kind.HUB, 401, HUB, headers, token=token) == (
        "authentication\n"
        "m/weights.bin: huggingface.co refused the token from "
        '`/home/me/.cache/huggingface/token`; it says "Invalid credentials in Authorization header"'
        "\nset `HF_TOKEN` to a token that is valid"
    )


def test_a_token_that_the_hub_does_not_know_is_refused_also_for_a_gated_repository() -> None:
    words = {"X-Error-Message": "Invalid credentials in Authorization header"}

    assert explained(Kind.HUB, 401, HUB, words, token=TOKEN, gated=True) == (
        "authentication\n"
        "m/weights.bin: huggingface.co refused the token from `HF_TOKEN`; "
        'it says "Invalid credentials in Authorization header"\n'
        "set `HF_TOKEN` to a token that is valid"
    )


@pytest.mark.parametrize(
    ("token", "variable"),
    [
        (TOKEN, "HF_TOKEN"),
        (Token("hunter2", "GH_TOKEN"), "GH_TOKEN"),
        (Token("hunter2", "/home/me/.cache/huggingface/token"), "HF_TOKEN"),
        (
            Token("aHVudGVyMg==", "/home/me/.netrc", scheme="Basic"),
            "MODELLOCK_TOKEN_HUB_CORP_EXAMPLE",
        ),
    ],
)
def test_another_token_goes_where_the_refused_one_was_found(token: Token, variable: str) -> None:
    told = explained(Kind.HUB, 401, MIRROR, token=token)

    assert told.endswith(f"\nset `{variable}` to a token that is valid")


def test_a_token_that_may_not_read_is_told_from_one_that_is_refused() -> None:
    assert explained(Kind.HUB, 403, HUB, token=TOKEN) == (
        "authentication\n"
        "m/weights.bin: the token from `HF_TOKEN` may not read this on huggingface.co\n"
        "give the token the right to read it, or set another `HF_TOKEN`"
    )


@pytest.mark.parametrize(
    ("kind", "url", "variable"),
    [
        (Kind.HUB, HUB, "HF_TOKEN"),
        (Kind.HUB, MIRROR, "MODELLOCK_TOKEN_HUB_CORP_EXAMPLE"),
        (Kind.GITHUB, GITHUB, "GITHUB_TOKEN"),
        (Kind.GITHUB, "https://github.com/o/r", "GITHUB_TOKEN"),
        (Kind.GITHUB, "https://ghe.example/api/v3/repos/o/r", "MODELLOCK_TOKEN_GHE_EXAMPLE"),
        (Kind.URL, PLAIN, "MODELLOCK_TOKEN_FILES_EXAMPLE"),
    ],
)
def test_the_next_step_without_a_token_names_the_variable_of_the_host(
    kind: Kind, url: str, variable: str
) -> None:
    assert explained(kind, 403, url).endswith(f"\nset `{variable}`")


@pytest.mark.parametrize(
    ("at", "code"),
    [("lock", "not-found"), ("sync", "gone")],
)
def test_what_is_missing_is_a_wrong_name_at_lock_and_a_loss_at_sync(at: At, code: str) -> None:
    assert explained(Kind.URL, 404, PLAIN, at=at).startswith(
        f"{code}\nm/weights.bin: files.example:8443 answered 404 Not Found\n"
    )


@pytest.mark.parametrize("status", [404, 410, 451])
def test_every_way_of_being_gone_is_gone(status: int) -> None:
    assert explained(Kind.URL, status, PLAIN).startswith("gone\n")


def test_the_hub_tells_a_missing_revision_from_a_missing_file() -> None:
    revision = explained(Kind.HUB, 404, HUB, {"X-Error-Code": "RevisionNotFound"}, at="lock")
    file = explained(Kind.HUB, 404, HUB, {"x-error-code": "EntryNotFound"}, at="lock")

    assert "huggingface.co has no such revision\n" in revision
    assert "huggingface.co has no such file in this revision\n" in file


def test_a_repository_that_the_hub_disabled_says_so() -> None:
    headers = {"X-Error-Message": "Access to this resource is disabled."}

    assert explained(Kind.HUB, 403, HUB, headers, token=TOKEN).startswith(
        "gone\nm/weights.bin: huggingface.co has disabled it\n"
    )


def test_a_private_github_repository_looks_missing_to_a_stranger() -> None:
    assert explained(Kind.GITHUB, 404, GITHUB, at="lock") == (
        "not-found\n"
        "m/weights.bin: api.github.com has nothing there, or keeps it private: no token was sent\n"
        "check the name, or set `GITHUB_TOKEN`"
    )


def test_a_token_that_sees_nothing_is_named() -> None:
    token = Token("hunter2", "GH_TOKEN")

    assert explained(Kind.GITHUB, 404, GITHUB, token=token, at="lock") == (
        "not-found\n"
        "m/weights.bin: api.github.com has nothing there, or hides it from the token from "
        "`GH_TOKEN`\n"
        "check the name, and what the token may read"
    )


@pytest.mark.parametrize("status", [403, 429])
def test_githubs_limit_names_the_moment_of_the_reset(status: int) -> None:
    headers = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1795161600"}

    assert explained(Kind.GITHUB, status, GITHUB, headers) == (
        "rate-limit\n"
        "m/weights.bin: api.github.com wants no more requests before 2026-11-20 08:00:00 UTC\n"
        "a token raises the limit: set `GITHUB_TOKEN`"
    )


@pytest.mark.parametrize(
    ("headers", "words"),
    [
        ({"Retry-After": "90"}, " for 90 s"),
        ({"Retry-After": "Fri, 20 Nov 2026 08:00:00 GMT"}, " before Fri, 20 Nov 2026 08:00:00 GMT"),
        ({"RateLimit": '"api";r=0;t=189'}, " for 189 s"),
        ({"X-RateLimit-Reset": "9" * 30}, ""),
        ({}, ""),
    ],
)
def test_a_limit_says_how_long_where_the_server_does(headers: dict[str, str], words: str) -> None:
    assert explained(Kind.HUB, 429, HUB, headers, token=TOKEN) == (
        "rate-limit\n"
        f"m/weights.bin: huggingface.co wants no more requests{words}\n"
        "run `modellock sync` again later"
    )


def test_a_server_that_fails_is_asked_again_later() -> None:
    assert explained(Kind.URL, 503, PLAIN) == (
        "server\n"
        "m/weights.bin: files.example:8443 answered 503 Service Unavailable\n"
        "run `modellock sync` again"
    )


def test_a_status_that_nobody_registered_is_a_number() -> None:
    assert "answered 599\n" in explained(Kind.URL, 599, PLAIN)


def test_what_a_server_says_is_inert_short_and_without_the_token() -> None:
    words = "\x1b[31m::error::hunter2 " + "x" * 300
    told = explained(Kind.HUB, 500, HUB, {"X-Error-Message": words}, token=TOKEN)

    assert 'it says "\\x1b[31m::error::*** xxx' in told
    assert "hunter2" not in told
    assert len(told) < 400


@pytest.mark.parametrize("status", [400, 401, 403, 404, 416, 429, 500, 599])
@pytest.mark.parametrize("kind", list(Kind))
def test_neither_token_nor_signature_is_ever_shown(status: int, kind: Kind) -> None:
    told = explained(kind, status, PLAIN, token=TOKEN) + explained(kind, status, PLAIN)

    assert "hunter2" not in told
    assert "secret" not in told


@pytest.mark.parametrize(
    ("host", "variable"),
    [
        ("mirror.corp.example", "MODELLOCK_TOKEN_MIRROR_CORP_EXAMPLE"),
        ("127.0.0.1", "MODELLOCK_TOKEN_127_0_0_1"),
        ("::1", "MODELLOCK_TOKEN___1"),
        ("my-host", "MODELLOCK_TOKEN_MY_HOST"),
    ],
)
def test_a_hosts_variable(host: str, variable: str) -> None:
    assert host_variable(host) == variable
