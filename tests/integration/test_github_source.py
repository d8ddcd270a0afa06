"""GitHub's releases as a source, over real requests to the embedded GitHub."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modellock.documents.manifest import Spec
from modellock.documents.offers import Candidate, Snapshot
from modellock.errors import (
    AuthenticationError,
    MismatchError,
    NetworkError,
    NotFoundError,
    RateLimitError,
    ServerError,
)
from modellock.ports.reporting import Reporter
from modellock.ports.settings import Token, no_token
from modellock.shell.httpclient import HttpClient
from modellock.shell.retries import Schedule
from modellock.sources.github import GitHubSource
from modellock.testing import EmbeddedGitHub, Lie, Reply, primary_limit, secondary_limit
from modellock.testing.github.content import DigestShown, TagKind
from modellock.testing.wire.exchange import json_reply
from modellock.values.digest import Digest
from modellock.values.origins import Kind
from tests.integration.sources import Pin

NAME = "acme/whisper"
SPEC = Spec(name="whisper", kind=Kind.GITHUB, origin=NAME)
SHA256 = "8fa1dddd53606ceb933c5c6a12e714ed41e11d37a2b7bc48e91d15b54171d033"
"""Of `mm`."""

SECRET = "ghp_secret"  # noqa: S105 - no server but the embedded one knows it


@pytest.fixture
def client() -> Iterator[HttpClient]:
    with HttpClient(token_for=no_token, reporter=Reporter(), schedule=Schedule(())) as opened:
        yield opened


@pytest.fixture
def source(client: HttpClient, github: EmbeddedGitHub) -> GitHubSource:
    return source_of(client, github)


def source_of(client: HttpClient, github: EmbeddedGitHub) -> GitHubSource:
    return GitHubSource(client, api_url=github.api_url, server_url=github.server_url)


def client_with_token(github: EmbeddedGitHub) -> HttpClient:
    token = Token(SECRET, "GITHUB_TOKEN")

    def token_for(url: str) -> Token | None:
        return token if url.startswith(github.api_url) else None

    return HttpClient(token_for=token_for, reporter=Reporter(), schedule=Schedule(()))


def paths(github: EmbeddedGitHub) -> list[str]:
    return [request.path for request in github.requests]


def test_a_snapshot_tells_all_that_a_lock_needs(
    source: GitHubSource, github: EmbeddedGitHub
) -> None:
    github.publish(NAME, "v1.4.2", {"m.bin": b"mm"}, published_at="2026-02-01T09:00:00Z")
    asset = github.repository(NAME).release("v1.4.2").asset("m.bin")

    snapshot = source.snapshot(SPEC, Candidate(tag="v1.4.2", version="1.4.2"))

    assert (snapshot.name, snapshot.version, snapshot.tag) == (NAME, "1.4.2", "v1.4.2")
    assert snapshot.repo_id == github.repository(NAME).id
    assert snapshot.commit == github.repository(NAME).commit_of("v1.4.2")
    assert snapshot.published == datetime(2026, 2, 1, 9, tzinfo=UTC)
    (file,) = snapshot.files
    assert (file.path, file.size, file.asset_id) == ("m.bin", 2, asset.id)
    assert file.sha256 == Digest("sha256", SHA256)


def test_candidates_are_all_published_releases_over_all_pages(
    source: GitHubSource, github: EmbeddedGitHub
) -> None:
    github.settings.most_per_page = 2
    for minor in range(5):
        github.publish(NAME, f"v1.{minor}", {})
    github.publish(NAME, "v2.0-rc1", {}, prerelease=True)
    github.publish(NAME, "v2.0", {}, draft=True)

    found = {one.tag: one.prerelease for one in source.candidates(SPEC)}

    assert found == {
        "v1.0": False, "v1.1": False, "v1.2": False, "v1.3": False, "v1.4": False, "v2.0-rc1": True
    }  # fmt: skip
    assert f"/repositories/{github.repository(NAME).id}/releases" in paths(github)


def test_a_listing_spares_the_snapshot_its_release(
    source: GitHubSource, github: EmbeddedGitHub
) -> None:
    github.publish(NAME, "v1.0", {"m.bin": b"mm"})
    (candidate,) = source.candidates(SPEC)

    source.snapshot(SPEC, candidate)
    source.snapshot(SPEC, candidate)

    assert paths(github) == [
        "/repos/acme/whisper",
        "/repos/acme/whisper/releases",
        "/repos/acme/whisper/git/ref/tags/v1.0",
    ]


def test_a_tag_is_asked_for_by_itself(source: GitHubSource, github: EmbeddedGitHub) -> None:
    github.publish(NAME, "nightly", {"m.bin": b"mm"})
    spec = Spec(name="whisper", kind=Kind.GITHUB, origin=NAME, tag="nightly")

    (candidate,) = source.candidates(spec)

    assert candidate.tag == "nightly"
    assert paths(github)[-1] == "/repos/acme/whisper/releases/tags/nightly"


@pytest.mark.parametrize("kind", ["commit", "tag", "tag on tag"])
def test_a_tag_leads_to_its_commit_over_tag_objects(
    source: GitHubSource, github: EmbeddedGitHub, kind: TagKind
) -> None:
    github.publish(NAME, "models/v1", {}, tag_kind=kind, object_format="sha256")

    snapshot = source.snapshot(SPEC, Candidate(tag="models/v1"))

    assert snapshot.commit == github.repository(NAME).commit_of("models/v1")
    assert len(snapshot.commit or "") == 64


def test_every_request_says_which_api_it_knows(
    source: GitHubSource, github: EmbeddedGitHub
) -> None:
    github.publish(NAME, "v1.0", {})

    source.snapshot(SPEC, *source.candidates(SPEC))

    for request in github.requests:
        assert request.headers["X-GitHub-Api-Version"] == "2022-11-28"
        assert request.headers["User-Agent"].startswith("modellock/")
        assert request.headers["Accept"] == "application/vnd.github+json"


def test_only_assets_that_were_uploaded_completely_are_offered(
    source: GitHubSource, github: EmbeddedGitHub
) -> None:
    github.publish(NAME, "v1.0", {"m.bin": b"mm"})
    github.repository(NAME).add_starter("v1.0", "vocab.txt")

    snapshot = source.snapshot(SPEC, Candidate(tag="v1.0"))

    assert [file.path for file in snapshot.files] == ["m.bin"]


@pytest.mark.parametrize("shown", [False, "absent", "malformed"])
def test_an_asset_whose_digest_nobody_tells_has_none(
    source: GitHubSource, github: EmbeddedGitHub, shown: DigestShown
) -> None:
    github.publish(NAME, "v1.0", {"m.bin": b"mm"}, digest=shown)

    (file,) = source.snapshot(SPEC, Candidate(tag="v1.0")).files

    assert file.sha256 is None
    assert file.size == 2


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("SHA256SUMS", f"{SHA256}  m.bin\n{'0' * 64}  other.bin\n"),
        ("whisper_1.0_checksums.txt", f"SHA256 (dist/m.bin) = {SHA256}\n"),
        ("m.bin.sha256", SHA256.upper()),
        ("m.bin.sha256sum", f"{SHA256} *m.bin\n"),
    ],
)
def test_a_checksum_file_speaks_for_an_asset_without_digest(
    source: GitHubSource, github: EmbeddedGitHub, name: str, content: str
) -> None:
    github.publish(NAME, "v1.0", {"m.bin": b"mm", name: content.encode()}, digest=False)

    files = source.snapshot(SPEC, Candidate(tag="v1.0")).files

    assert {file.path: file.sha256 for file in files} == {
        "m.bin": Digest("sha256", SHA256),
        name: None,
    }


def test_a_checksum_file_is_fetched_once_and_only_where_a_digest_is_wanted(
    source: GitHubSource, github: EmbeddedGitHub
) -> None:
    assets = {"a.bin": b"mm", "b.bin": b"mm", "big.bin": b"mm"}
    sums = f"{SHA256}  a.bin\n{SHA256}  b.bin\n"
    own = {"big.bin.sha256": SHA256.encode()}
    github.publish(NAME, "v1.0", {**assets, "SHA256SUMS": sums.encode(), **own}, digest=False)
    spec = Spec(name="whisper", kind=Kind.GITHUB, origin=NAME, include=("?.bin",))

    source.snapshot(spec, Candidate(tag="v1.0"))

    fetched = [request.path for request in github.requests if request.origin == "server"]
    assert fetched == ["/acme/whisper/releases/download/v1.0/SHA256SUMS"]


def test_checksum_files_that_disagree_are_an_error(
    source: GitHubSource, github: EmbeddedGitHub
) -> None:
    sums = {"SHA256SUMS": f"{SHA256}  m.bin".encode(), "checksums.txt": b"0" * 64 + b"  m.bin"}
    github.publish(NAME, "v1.0", {"m.bin": b"mm", **sums}, digest=False)

    with pytest.raises(MismatchError, match=r"whisper/m\.bin: the checksum files disagree"):
        source.snapshot(SPEC, Candidate(tag="v1.0"))


def test_a_file_too_large_for_checksums_is_not_read(
    source: GitHubSource, github: EmbeddedGitHub
) -> None:
    github.publish(NAME, "v1.0", {"m.bin": b"mm", "SHA256SUMS": bytes(1_048_577)}, digest=False)

    files = source.snapshot(SPEC, Candidate(tag="v1.0")).files

    assert [file.sha256 for file in files] == [None, None]
    assert {request.origin for request in github.requests} == {"api"}


def test_an_error_page_in_place_of_a_checksum_file_is_not_believed(
    source: GitHubSource, github: EmbeddedGitHub
) -> None:
    sums = f"{SHA256}  m.bin\n".encode()
    github.publish(NAME, "v1.0", {"m.bin": b"mm", "SHA256SUMS": sums}, digest=False)
    github.lies.add("SHA256SUMS", Lie.HTML_PAGE)

    with pytest.raises(MismatchError, match="expected 72, received sha256:"):
        source.snapshot(SPEC, Candidate(tag="v1.0"))


def test_a_private_release_is_read_through_the_api_with_the_token(github: EmbeddedGitHub) -> None:
    sums = f"{SHA256}  m.bin\n".encode()
    assets = {"m.bin": b"mm", "SHA256SUMS": sums}
    github.publish(NAME, "v1.0", assets, digest=False, private=True)
    github.tokens[SECRET] = [NAME]

    with client_with_token(github) as client:
        files = source_of(client, github).snapshot(SPEC, Candidate(tag="v1.0")).files

    assert files[1].sha256 == Digest("sha256", SHA256)
    origins = {(request.origin, request.token) for request in github.requests}
    assert origins == {("api", SECRET), ("server", None), ("objects", None)}


def test_a_renamed_repository_answers_with_its_new_name(
    source: GitHubSource, github: EmbeddedGitHub
) -> None:
    github.publish(NAME, "v1.0", {"m.bin": b"mm"})
    github.rename(NAME, "acme/whisper-models")

    snapshot = source.snapshot(SPEC, Candidate(tag="v1.0"))

    assert snapshot.name == "acme/whisper-models"


def test_a_name_in_another_case_is_the_same_name(
    source: GitHubSource, github: EmbeddedGitHub
) -> None:
    github.publish(NAME, "v1.0", {})
    body = {"id": 7, "full_name": "Acme/Whisper"}
    github.lies.add("/repos/acme/whisper", Lie.reply(json_reply(body)))

    assert source.snapshot(SPEC, Candidate(tag="v1.0")).name == NAME


def test_the_bytes_come_from_the_browsers_url_first(client: HttpClient) -> None:
    source = GitHubSource(
        client, api_url="https://ghe.example/api/v3", server_url="https://ghe.example"
    )
    pin = Pin(origin=NAME, tag="models/v1")

    browser, api = source.locations(pin, "m n.bin", 7)
    (alone,) = source.locations(pin, "m n.bin")

    assert browser.url == "https://ghe.example/acme/whisper/releases/download/models%2Fv1/m%20n.bin"
    assert api.url == "https://ghe.example/api/v3/repos/acme/whisper/releases/assets/7"
    assert (browser.accept, api.accept) == (None, "application/octet-stream")
    assert alone == browser


def test_an_enterprise_server_has_its_api_below_its_own_address(client: HttpClient) -> None:
    with EmbeddedGitHub(enterprise=True) as server:
        server.publish(NAME, "v1.0", {"m.bin": b"mm"}, digest="absent")

        snapshot = source_of(client, server).snapshot(SPEC, Candidate(tag="v1.0"))
        assert server.api_url == f"{server.server_url}/api/v3"
    assert [file.path for file in snapshot.files] == ["m.bin"]


def test_a_missing_repository_and_a_missing_release_are_told_apart(
    source: GitHubSource, github: EmbeddedGitHub
) -> None:
    github.publish(NAME, "v1.0", {})
    spec = Spec(name="whisper", kind=Kind.GITHUB, origin=NAME, tag="v9")
    missing = Spec(name="whisper", kind=Kind.GITHUB, origin="acme/none", tag="v9")

    with pytest.raises(NotFoundError, match=r"^whisper: release v9 of acme/whisper: "):
        source.candidates(spec)
    with pytest.raises(NotFoundError, match=r"^whisper: acme/none: ") as caught:
        source.candidates(missing)

    assert caught.value.model == "whisper"
    assert caught.value.hint is not None


def test_a_token_that_github_does_not_know_is_told(github: EmbeddedGitHub) -> None:
    github.publish(NAME, "v1.0", {})

    with client_with_token(github) as client, pytest.raises(AuthenticationError) as caught:
        source_of(client, github).candidates(SPEC)

    assert "GITHUB_TOKEN" in str(caught.value)
    assert SECRET not in f"{caught.value} {caught.value.hint}"


@pytest.mark.parametrize(
    "limit",
    [
        primary_limit(reset_in=3_600),
        secondary_limit(retry_after=3_600),
        secondary_limit(retry_after=None),
    ],
)
def test_a_limit_is_told_at_once_where_it_lasts(
    source: GitHubSource, github: EmbeddedGitHub, limit: Lie
) -> None:
    github.publish(NAME, "v1.0", {})
    github.lies.add("*", limit)

    with pytest.raises(RateLimitError, match="wants no more requests"):
        source.candidates(SPEC)


def test_a_server_that_fails_for_a_moment_is_asked_again(github: EmbeddedGitHub) -> None:
    github.publish(NAME, "v1.0", {})
    github.lies.add("*", Lie.status(502), times=2)

    with HttpClient(token_for=no_token, reporter=Reporter(), schedule=Schedule((0, 0))) as client:
        assert len(source_of(client, github).candidates(SPEC)) == 1


def test_nobody_there_is_a_network_error(client: HttpClient) -> None:
    with EmbeddedGitHub() as gone:
        source = source_of(client, gone)

    with pytest.raises(NetworkError, match=r"^whisper: acme/whisper: "):
        source.candidates(SPEC)


def release(**changes: object) -> dict[str, object]:
    asset = {"id": 1, "name": "m.bin", "size": 2, "state": "uploaded", "digest": None}
    return {
        "id": 1, "tag_name": "v1.0", "published_at": "2026-01-01T00:00:00Z", "assets": [asset],
        **changes,
    }  # fmt: skip


@pytest.mark.parametrize(
    "body",
    [
        {},
        [[]],
        [{}],
        ["v1.0"],
        [release(id="1")],
        [release(id=True)],
        [release(tag_name=None)],
        [release(tag_name="")],
        [release(published_at=None)],
        [release(published_at="yesterday")],
        [release(published_at="2026-01-01T00:00:00")],
        [release(published_at="0001-01-01T00:00:00+01:00")],
        [release(assets=None)],
        [release(assets=[None])],
        [release(assets=[{"id": 1, "name": "m.bin", "size": -1, "state": "uploaded"}])],
        [release(assets=[{"id": 1, "name": "m.bin", "size": 2**60, "state": "uploaded"}])],
        [release(assets=[{"id": 1, "name": "m.bin", "size": 1.5, "state": "uploaded"}])],
        [release(assets=[{"id": 1, "name": 7, "size": 1, "state": "uploaded"}])],
        [release(assets=[{"id": 1, "name": "m", "size": 1, "state": "uploaded"}] * 2)],
        [release(assets=[{"state": "starter"}] * 1001)],
    ],
)
def test_a_listing_that_is_not_githubs_is_told_as_such(
    source: GitHubSource, github: EmbeddedGitHub, body: object
) -> None:
    github.publish(NAME, "v1.0", {})
    github.lies.add("/repos/acme/whisper/releases", Lie.reply(json_reply(body)))

    with pytest.raises(ServerError, match="sent a reply that cannot be used"):
        source.candidates(SPEC)


@pytest.mark.parametrize(
    "body",
    [None, [], {"object": None}, {"object": {"type": "commit", "sha": "v1.0"}}, {"object": {}}],
)
def test_a_tag_that_leads_nowhere_is_told_as_such(
    source: GitHubSource, github: EmbeddedGitHub, body: object
) -> None:
    github.publish(NAME, "v1.0", {})
    github.lies.add("/repos/acme/whisper/git/ref/*", Lie.reply(json_reply(body)))

    with pytest.raises(ServerError, match="sent a reply that cannot be used"):
        source.snapshot(SPEC, Candidate(tag="v1.0"))


def test_a_tag_that_points_to_itself_is_given_up(
    source: GitHubSource, github: EmbeddedGitHub
) -> None:
    github.publish(NAME, "v1.0", {})
    circle = {"object": {"type": "tag", "sha": "0" * 40}}
    github.lies.add("/repos/acme/whisper/git/*", Lie.reply(json_reply(circle)))

    with pytest.raises(ServerError, match=r"tag v1\.0 of acme/whisper leads to no commit"):
        source.snapshot(SPEC, Candidate(tag="v1.0"))


def test_a_page_of_html_is_no_listing(source: GitHubSource, github: EmbeddedGitHub) -> None:
    github.publish(NAME, "v1.0", {})
    page = Reply(headers={"Content-Type": "text/html"}, body=b"<html>Sign in</html>")
    github.lies.add("*", Lie.reply(page))

    with pytest.raises(ServerError, match="expected JSON, received text/html"):
        source.candidates(SPEC)


@pytest.mark.parametrize(
    "following",
    ["{api}/repos/acme/whisper/releases?per_page=100", "http://127.0.0.9:9/x", "//[", "nonsense"],
)
def test_a_listing_that_leads_astray_is_not_followed(
    source: GitHubSource, github: EmbeddedGitHub, following: str
) -> None:
    github.publish(NAME, "v1.0", {})
    link = f'<{following.format(api=github.api_url)}>; rel="next"'
    github.lies.add("*/releases", Lie.header("Link", link))

    with pytest.raises(ServerError, match="leads astray"):
        source.candidates(SPEC)


@settings(max_examples=8, deadline=None)
@given(size=st.integers(1, 4), seed=st.integers())
def test_the_order_of_pages_and_entries_changes_nothing(size: int, seed: int) -> None:
    with (
        EmbeddedGitHub() as github,
        HttpClient(token_for=no_token, reporter=Reporter(), schedule=Schedule(())) as client,
    ):
        for minor in range(3):
            github.publish(NAME, f"v1.{minor}", {"b.bin": b"b", "a.bin": b"a", "c.bin": b"c"})
        expected = snapshots(source_of(client, github))
        github.settings.most_per_page = size
        github.lies.add("*", Lie.shuffled_lists(seed))

        assert snapshots(source_of(client, github)) == expected


def snapshots(source: GitHubSource) -> dict[str | None, Snapshot]:
    return {one.tag: source.snapshot(SPEC, one) for one in source.candidates(SPEC)}


def test_a_release_is_dated_by_the_list_and_nothing_leads_to_it(
    github: EmbeddedGitHub, client: HttpClient
) -> None:
    github.publish(NAME, "v1", {"a.bin": b"a"})
    source = GitHubSource(client, api_url=github.api_url, server_url=github.server_url)
    (candidate,) = source.candidates(SPEC)
    github.requests.clear()

    assert source.dated(SPEC, candidate) == candidate
    assert candidate.published == datetime(2025, 1, 1, tzinfo=UTC)
    assert source.within(SPEC, "main") is None
    assert len(github.requests) == 0
