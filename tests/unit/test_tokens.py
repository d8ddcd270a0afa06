from pathlib import Path

import pytest

from modellock.errors import UsageError
from modellock.ports.settings import Endpoints, Token
from modellock.shell.tokens import token_file, tokens_from

HUB = "https://huggingface.co/org/name/resolve/main/x"
API = "https://api.github.com/repos/org/repo"
SERVER = "https://github.com/org/repo"
MIRROR = "https://mirror.corp.example/x"

NETRC = "machine mirror.corp.example login reader password hunter2\ndefault login a password b\n"


def found(url: str, environ: dict[str, str], home: Path, endpoints: Endpoints | None = None) -> str:
    """Where the token for a URL comes from, and its header; empty without one."""
    token = tokens_from(environ, endpoints or Endpoints(), home=str(home))(url)
    return "" if token is None else f"{token.found_in}: {token.authorization}"


EVERY_VARIABLE = {
    "HF_TOKEN": "hub",
    "GITHUB_TOKEN": "github",
    "GH_TOKEN": "gh",
    "MODELLOCK_TOKEN_MIRROR_CORP_EXAMPLE": "mirror",
}


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (HUB, "HF_TOKEN: Bearer hub"),
        (API, "GITHUB_TOKEN: Bearer github"),
        (SERVER, "GITHUB_TOKEN: Bearer github"),
        (MIRROR, "MODELLOCK_TOKEN_MIRROR_CORP_EXAMPLE: Bearer mirror"),
        (
            "https://MIRROR.corp.example:8443/x",
            "MODELLOCK_TOKEN_MIRROR_CORP_EXAMPLE: Bearer mirror",
        ),
        ("https://corp.example/x", ""),
        ("https://cdn.huggingface.co/x", ""),
        ("https://huggingface.co.evil.example/x", ""),
        ("https://huggingface.co:8443/x", ""),
        ("https://objects.githubusercontent.com/x", ""),
    ],
)
def test_a_token_belongs_to_its_host_alone(url: str, expected: str, tmp_path: Path) -> None:
    assert found(url, EVERY_VARIABLE, tmp_path) == expected


@pytest.mark.parametrize("url", [HUB, API, SERVER, MIRROR])
def test_no_token_travels_without_encryption(url: str, tmp_path: Path) -> None:
    assert found(url.replace("https:", "http:"), EVERY_VARIABLE, tmp_path) == ""


def test_a_token_follows_the_endpoint_in_force(tmp_path: Path) -> None:
    endpoints = Endpoints(
        hub="https://hub.corp.example",
        github_api="http://127.0.0.1:5000",
        github_server="http://127.0.0.1:5001",
    )

    assert found("https://hub.corp.example/x", EVERY_VARIABLE, tmp_path, endpoints).startswith(
        "HF_TOKEN"
    )
    assert found("http://127.0.0.1:5000/x", EVERY_VARIABLE, tmp_path, endpoints).startswith(
        "GITHUB_TOKEN"
    )
    assert found("http://127.0.0.1:5002/x", EVERY_VARIABLE, tmp_path, endpoints) == ""
    assert found(HUB, EVERY_VARIABLE, tmp_path, endpoints) == ""


def test_gh_token_stands_in_for_github_token(tmp_path: Path) -> None:
    assert found(API, {"GITHUB_TOKEN": " ", "GH_TOKEN": "gh"}, tmp_path) == "GH_TOKEN: Bearer gh"


def test_a_host_may_be_named_even_if_it_is_the_hubs(tmp_path: Path) -> None:
    environ = {"MODELLOCK_TOKEN_HUGGINGFACE_CO": "named"}

    assert found(HUB, environ, tmp_path) == "MODELLOCK_TOKEN_HUGGINGFACE_CO: Bearer named"
    assert found(HUB, {**environ, "HF_TOKEN": "hub"}, tmp_path) == "HF_TOKEN: Bearer hub"


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({}, "/home/me/.cache/huggingface/token"),
        ({"XDG_CACHE_HOME": "/cache"}, "/cache/huggingface/token"),
        ({"HF_HOME": "/hf", "XDG_CACHE_HOME": "/cache"}, "/hf/token"),
        ({"HF_TOKEN_PATH": "/run/token", "HF_HOME": "/hf"}, "/run/token"),
    ],
)
def test_the_hubs_token_file_is_where_its_own_client_keeps_it(
    environ: dict[str, str], expected: str
) -> None:
    assert token_file(environ, "/home/me") == expected


def test_the_hubs_token_may_lie_in_a_file(tmp_path: Path) -> None:
    file = tmp_path / ".cache" / "huggingface" / "token"
    file.parent.mkdir(parents=True)
    file.write_text("from-file\n")

    assert found(HUB, {}, tmp_path) == f"{file}: Bearer from-file"
    assert found(HUB, {"HF_TOKEN": "variable"}, tmp_path) == "HF_TOKEN: Bearer variable"
    assert found(MIRROR, {}, tmp_path) == ""


def test_netrc_answers_for_the_hosts_that_it_names(tmp_path: Path) -> None:
    file = tmp_path / ".netrc"
    file.write_text(NETRC)

    assert found(MIRROR, {}, tmp_path) == f"{file}: Basic cmVhZGVyOmh1bnRlcjI="
    assert found("https://other.example/x", {}, tmp_path) == ""


def test_a_netrc_elsewhere_is_named_by_a_variable(tmp_path: Path) -> None:
    file = tmp_path / "credentials"
    file.write_text(NETRC)

    assert found(MIRROR, {"NETRC": str(file)}, tmp_path).startswith(f"{file}: Basic ")


def test_a_variable_beats_netrc(tmp_path: Path) -> None:
    (tmp_path / ".netrc").write_text(NETRC)

    assert found(MIRROR, EVERY_VARIABLE, tmp_path).endswith("Bearer mirror")


def test_netrc_says_nothing_about_hub_and_github(tmp_path: Path) -> None:
    (tmp_path / ".netrc").write_text("machine huggingface.co login me password git-password\n")

    assert found(HUB, {}, tmp_path) == ""


def test_a_broken_netrc_is_named_and_not_quoted(tmp_path: Path) -> None:
    file = tmp_path / ".netrc"
    file.write_text("machine mirror.corp.example login reader\nhunter2\n")

    with pytest.raises(UsageError) as caught:
        found(MIRROR, {}, tmp_path)

    assert str(caught.value) == f"{file}: is not what netrc allows"
    assert caught.value.__cause__ is None


def test_a_netrc_that_is_no_text_is_named(tmp_path: Path) -> None:
    (tmp_path / ".netrc").write_bytes(b"\xff\xfe")

    with pytest.raises(UsageError, match=r"/\.netrc: cannot be read$"):
        found(MIRROR, {}, tmp_path)


@pytest.mark.parametrize("text", ["two words", "new\nline", "sécret", "nul\0"])
def test_what_no_header_can_carry_is_no_token(text: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        found(HUB, {"HF_TOKEN": text}, tmp_path)

    assert str(caught.value) == (
        "HF_TOKEN: is not a token: it has spaces or other characters none has"
    )


def test_a_token_never_shows_its_secret() -> None:
    token = Token("hunter2", "HF_TOKEN")

    assert f"{token} {token!r}" == "Token(found_in='HF_TOKEN') Token(found_in='HF_TOKEN')"


@pytest.mark.parametrize("variable", ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"])
def test_a_proxy_does_not_see_the_token_of_a_service_on_this_machine(
    variable: str, tmp_path: Path
) -> None:
    environ = {"HF_TOKEN": "hub", variable: "http://user:secret@proxy.example:3128"}
    endpoints = Endpoints(hub="http://127.0.0.1:8080")

    with pytest.raises(UsageError) as caught:
        found("http://127.0.0.1:8080/x", environ, tmp_path, endpoints)

    assert str(caught.value) == f"{variable}: the proxy would see the token for 127.0.0.1:8080"
    assert caught.value.hint == "set `NO_PROXY=127.0.0.1`"


@pytest.mark.parametrize("exempt", ["127.0.0.1", "localhost,127.0.0.1", "127.0.0.1:8080", "*"])
def test_a_service_on_this_machine_that_is_exempt_from_the_proxy_gets_its_token(
    exempt: str, tmp_path: Path
) -> None:
    environ = {"HF_TOKEN": "hub", "http_proxy": "http://proxy.example", "NO_PROXY": exempt}
    endpoints = Endpoints(hub="http://127.0.0.1:8080")

    assert found("http://127.0.0.1:8080/x", environ, tmp_path, endpoints) == "HF_TOKEN: Bearer hub"


def test_a_proxy_may_carry_what_is_encrypted(tmp_path: Path) -> None:
    environ = {
        "HF_TOKEN": "hub",
        "HTTPS_PROXY": "http://p.example",
        "ALL_PROXY": "http://p.example",
    }

    assert found(HUB, environ, tmp_path) == "HF_TOKEN: Bearer hub"
