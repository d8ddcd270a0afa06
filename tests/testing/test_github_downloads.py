"""How the embedded GitHub hands out assets, and whom it refuses."""

import base64
import json
import time
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from modellock.testing import EmbeddedGitHub, primary_limit, secondary_limit
from modellock.testing.github.content import Release

NAME = "acme/whisper"
MEMBER = {"Authorization": "Bearer ghp_member"}
OCTETS = {"Accept": "application/octet-stream"}


@pytest.fixture
def release(github: EmbeddedGitHub) -> Release:
    github.tokens.update({"ghp_member": [NAME], "ghp_other": []})
    return github.publish(NAME, "v1.0", {"model.tar": b"model"})


@pytest.fixture
def api_url(github: EmbeddedGitHub, release: Release) -> str:
    return f"{github.api_url}/repos/{NAME}/releases/assets/{release.assets[0].id}"


@pytest.fixture
def browser_url(github: EmbeddedGitHub, release: Release) -> str:
    return f"{github.server_url}/{NAME}/releases/download/{release.tag}/model.tar"


def test_a_browser_is_sent_to_the_object_host(
    github: EmbeddedGitHub, browser_url: str, web: httpx.Client
) -> None:
    sent = web.get(browser_url, follow_redirects=False)
    got = web.get(sent.headers["Location"])

    assert (sent.status_code, sent.content) == (302, b"")
    assert sent.headers["Location"].startswith(f"{github.objects_url}/")
    assert urlsplit(github.objects_url).netloc != urlsplit(browser_url).netloc
    assert got.content == b"model"
    assert got.headers["ETag"].startswith('"0x8D')
    assert got.headers["Accept-Ranges"] == "bytes"
    assert web.head(browser_url, follow_redirects=False).status_code == 302


def test_a_signed_url_lives_five_minutes(
    github: EmbeddedGitHub, browser_url: str, web: httpx.Client
) -> None:
    signed = web.get(browser_url, follow_redirects=False).headers["Location"]
    claims = parse_qs(urlsplit(signed).query)["jwt"][0].split(".")[1]
    decoded = json.loads(base64.urlsafe_b64decode(claims + "=="))

    github.objects.seconds = 0

    assert decoded["exp"] - decoded["nbf"] == 300
    assert web.get(browser_url).status_code == 403


def test_a_download_goes_on_where_it_ended(browser_url: str, web: httpx.Client) -> None:
    etag = web.get(browser_url).headers["ETag"]

    rest = web.get(browser_url, headers={"Range": "bytes=2-", "If-Range": etag})
    nothing = web.get(browser_url, headers={"Range": "bytes=5-"})

    assert (rest.status_code, rest.content) == (206, b"del")
    assert (nothing.status_code, nothing.headers["Content-Range"]) == (416, "bytes */5")


def test_the_api_sends_to_the_object_host_and_the_token_stays_behind(
    github: EmbeddedGitHub, api_url: str, web: httpx.Client
) -> None:
    got = web.get(api_url, headers=OCTETS | MEMBER)

    assert got.content == b"model"
    assert [(each.origin, each.token) for each in github.requests] == [
        ("api", "ghp_member"),
        ("objects", None),
    ]


def test_the_object_host_refuses_a_token(browser_url: str, web: httpx.Client) -> None:
    signed = web.get(browser_url, follow_redirects=False).headers["Location"]

    assert web.get(signed, headers=MEMBER).status_code == 400


def test_the_api_may_serve_the_bytes_itself(
    github: EmbeddedGitHub, api_url: str, web: httpx.Client
) -> None:
    github.settings.redirects_assets = False

    got = web.get(api_url, headers=OCTETS)

    assert (got.history, got.content) == ([], b"model")


@pytest.mark.usefixtures("release")
def test_the_latest_download_leads_to_its_release(
    github: EmbeddedGitHub, web: httpx.Client
) -> None:
    got = web.get(f"{github.server_url}/{NAME}/releases/latest/download/model.tar")

    assert got.content == b"model"
    assert [each.status_code for each in got.history] == [302, 302]


@pytest.mark.usefixtures("release")
@pytest.mark.parametrize(
    "path", ["/v9/model.tar", "/v1.0/none.tar", "", "/v1.0"], ids=["tag", "asset", "none", "page"]
)
def test_a_browser_gets_a_page_for_what_is_not_there(
    github: EmbeddedGitHub, web: httpx.Client, path: str
) -> None:
    reply = web.get(f"{github.server_url}/{NAME}/releases/download{path}")

    assert reply.status_code == 404
    assert reply.headers["Content-Type"].startswith("text/html")


def test_a_private_asset_comes_through_the_api_alone(
    github: EmbeddedGitHub, api_url: str, browser_url: str, web: httpx.Client
) -> None:
    github.repository(NAME).private = True
    other = {"Authorization": "Bearer ghp_other"}

    assert web.get(api_url, headers=OCTETS | MEMBER).content == b"model"
    assert web.get(api_url, headers=OCTETS | other).status_code == 404
    assert web.get(api_url, headers=OCTETS).status_code == 404
    assert web.get(browser_url, headers=MEMBER).status_code == 404


def test_an_unknown_token_is_refused(api_url: str, web: httpx.Client) -> None:
    reply = web.get(api_url, headers={"Authorization": "Bearer ghp_expired"})

    assert (reply.status_code, reply.json()["message"]) == (401, "Bad credentials")


def test_a_program_must_say_who_it_is(api_url: str) -> None:
    with httpx.Client() as web:
        del web.headers["User-Agent"]
        reply = web.get(api_url)

    assert reply.status_code == 403


def test_the_limit_is_told_with_every_reply(
    github: EmbeddedGitHub, api_url: str, web: httpx.Client
) -> None:
    anonymous, member = web.get(api_url), web.get(api_url, headers=MEMBER)
    overview = web.get(f"{github.api_url}/rate_limit").json()

    assert anonymous.headers["x-ratelimit-limit"] == "60"
    assert member.headers["x-ratelimit-limit"] == "5000"
    assert anonymous.headers["x-ratelimit-resource"] == "core"
    assert int(anonymous.headers["x-ratelimit-reset"]) > time.time()
    assert overview["resources"]["core"] == overview["rate"]


def test_a_quota_is_used_up(github: EmbeddedGitHub, api_url: str, web: httpx.Client) -> None:
    github.quota.requests = 2

    statuses = [web.get(api_url).status_code for _ in range(3)]
    refused = web.get(api_url)

    assert statuses == [200, 200, 403]
    assert refused.headers["x-ratelimit-remaining"] == "0"
    assert refused.json()["message"].startswith("API rate limit exceeded for ")
    assert web.get(api_url, headers=MEMBER).status_code == 200
    assert web.get(f"{github.api_url}/rate_limit").status_code == 200


def test_what_has_not_changed_is_free_for_who_has_a_token(
    github: EmbeddedGitHub, api_url: str, web: httpx.Client
) -> None:
    github.quota.requests = 10
    known = {"If-None-Match": web.get(api_url, headers=MEMBER).headers["ETag"]}

    member = web.get(api_url, headers=MEMBER | known)
    anonymous = web.get(api_url, headers=known)

    assert (member.status_code, anonymous.status_code) == (304, 304)
    assert member.headers["x-ratelimit-used"] == "1"
    assert anonymous.headers["x-ratelimit-used"] == "1"


@pytest.mark.parametrize("status", [403, 429])
def test_a_primary_limit_says_when_it_ends(
    github: EmbeddedGitHub, api_url: str, web: httpx.Client, status: int
) -> None:
    github.lies.add("/repos/*", primary_limit(status=status, reset_in=500), times=1)

    refused = web.get(api_url)

    assert refused.status_code == status
    assert refused.headers["x-ratelimit-remaining"] == "0"
    assert 0 < int(refused.headers["x-ratelimit-reset"]) - time.time() <= 501
    assert web.get(api_url).status_code == 200


def test_a_secondary_limit_may_say_how_long_to_wait(
    github: EmbeddedGitHub, api_url: str, web: httpx.Client
) -> None:
    github.lies.add("/repos/*", secondary_limit(retry_after=2), times=1)
    github.lies.add("/repos/*", secondary_limit(status=429, retry_after=None))

    told, silent = web.get(api_url), web.get(api_url)

    assert (told.status_code, told.headers["Retry-After"]) == (403, "2")
    assert "secondary rate limit" in told.json()["message"]
    assert (silent.status_code, "Retry-After" in silent.headers) == (429, False)
