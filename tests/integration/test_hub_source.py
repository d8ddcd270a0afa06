"""The Hub as a source: the real huggingface_hub, real requests, the embedded Hub."""

import gzip
import ssl
import subprocess
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from huggingface_hub import HfApi, close_session, get_session
from hypothesis import given, settings
from hypothesis import strategies as st

from modellock.documents.manifest import Spec
from modellock.documents.offers import Candidate, OfferedFile, Snapshot
from modellock.errors import (
    AuthenticationError,
    CertificateError,
    ModellockError,
    NetworkError,
    NotFoundError,
    RateLimitError,
    ServerError,
)
from modellock.ports.reporting import Reporter
from modellock.ports.settings import Token
from modellock.shell.retries import Schedule
from modellock.sources.hub import HubSource
from modellock.sources.hub_session import HubSession
from modellock.testing import EmbeddedHub, Lie, Reply, Request
from modellock.testing.wire.exchange import json_reply, redirect
from modellock.values.digest import Digest
from modellock.values.origins import Kind
from tests.integration.sources import Pin

NAME = "acme/minilm"
SPEC = Spec(name="minilm", kind=Kind.HUB, origin=NAME)
MAIN = Candidate(revision="main")
FILES = {"config.json": b"{}", "model.safetensors": b"weights"}
SECRET = "hf_secret"  # noqa: S105 - no server but the embedded one knows it
TOKEN = Token(SECRET, "HF_TOKEN")


def source_of(hub: EmbeddedHub, token: Token | None = None, **options: Any) -> HubSource:
    return HubSource(
        hub.url, token=token, reporter=Reporter(), **{"schedule": Schedule(()), **options}
    )


@pytest.fixture
def source(hub: EmbeddedHub) -> HubSource:
    return source_of(hub)


@pytest.fixture
def commit(hub: EmbeddedHub) -> str:
    """A repository's only commit."""
    return hub.publish(NAME, FILES, license="apache-2.0", date="2025-03-06T13:37:44Z")


def test_a_snapshot_tells_all_that_a_lock_needs(
    source: HubSource, hub: EmbeddedHub, commit: str
) -> None:
    snapshot = source.snapshot(SPEC, MAIN)

    assert snapshot == Snapshot(
        files=(
            OfferedFile(
                path="config.json", size=2, git_sha1="9e26dfeeb6e641a33dae4961196235bdb965b21b"
            ),
            OfferedFile(
                path="model.safetensors",
                size=7,
                sha256=Digest(
                    "sha256", "9a129038d9a00aed0cf6a7ea059ca50a813449061ab87848cf1a13eafdf33b2c"
                ),
            ),
        ),
        name=NAME,
        repo_id=hub.repository(NAME).object_id,
        commit=commit,
        committed=datetime(2025, 3, 6, 13, 37, 44, tzinfo=UTC),
        license="apache-2.0",
        gated=False,
    )


def test_a_snapshot_costs_three_requests_and_one_per_further_page(
    source: HubSource, hub: EmbeddedHub, commit: str
) -> None:
    hub.settings.page_size = 1

    source.snapshot(SPEC, MAIN)

    assert [request.path for request in hub.requests] == [
        "/api/models/acme/minilm/revision/main",
        f"/api/models/acme/minilm/tree/{commit}",
        f"/api/models/acme/minilm/tree/{commit}",
        f"/api/models/acme/minilm/commits/{commit}",
    ]


def test_a_dataset_is_asked_for_as_one(source: HubSource, hub: EmbeddedHub) -> None:
    hub.publish(NAME, {"data.parquet": b"rows"}, type="dataset", license="cc0-1.0")
    spec = Spec(name="rows", kind=Kind.HUB, origin=NAME, type="dataset", version=">=0")

    snapshot = source.snapshot(spec, MAIN)
    source.candidates(spec)

    assert [file.path for file in snapshot.files] == ["data.parquet"]
    assert snapshot.license == "cc0-1.0"
    assert all(request.path.startswith("/api/datasets/") for request in hub.requests)


@pytest.mark.parametrize("revision", ["v1.0", "feature/x", "refs/pr/1", "commit"])
def test_any_revision_leads_to_its_commit(
    source: HubSource, hub: EmbeddedHub, commit: str, revision: str
) -> None:
    hub.publish(NAME, {"a": b"1"}, branch="feature/x", tag="v1.0")
    hub.publish(NAME, {"b": b"1"}, branch="refs/pr/1")
    asked = commit if revision == "commit" else revision
    expected = hub.repository(NAME).find(asked)

    snapshot = source.snapshot(SPEC, Candidate(revision=asked))

    assert expected is not None
    assert snapshot.commit == expected.id


def test_without_bounds_there_is_one_candidate_and_no_request(
    source: HubSource, hub: EmbeddedHub
) -> None:
    branch = Spec(name="minilm", kind=Kind.HUB, origin=NAME, revision="dev")

    assert source.candidates(SPEC) == (MAIN,)
    assert source.candidates(branch) == (Candidate(revision="dev"),)
    assert len(hub.requests) == 0


def test_with_bounds_every_tag_is_a_candidate(source: HubSource, hub: EmbeddedHub) -> None:
    first = hub.publish(NAME, FILES, tag="v1.0")
    second = hub.publish(NAME, {"config.json": b"{} "}, tag="v1.1")
    spec = Spec(name="minilm", kind=Kind.HUB, origin=NAME, version=">=1")

    assert source.candidates(spec) == (
        Candidate(tag="v1.0", commit=first),
        Candidate(tag="v1.1", commit=second),
    )


def test_an_annotated_tag_leads_to_its_commit(
    source: HubSource, hub: EmbeddedHub, commit: str
) -> None:
    hub.repository(NAME).set_tag("v1.0", commit, annotated=True)
    hub.settings.peels_tags = False
    spec = Spec(name="minilm", kind=Kind.HUB, origin=NAME, version=">=1")

    (candidate,) = source.candidates(spec)

    assert candidate.commit != commit
    assert source.snapshot(spec, candidate).commit == commit


def test_a_pinned_commit_is_listed_again_after_its_tag_moved(
    source: HubSource, hub: EmbeddedHub, commit: str
) -> None:
    hub.publish(NAME, {"config.json": b"other"}, tag="v1.0")

    snapshot = source.snapshot(SPEC, Candidate(tag="v1.0", version="1.0", commit=commit))

    assert (snapshot.commit, snapshot.tag, snapshot.version) == (commit, "v1.0", "1.0")
    assert snapshot.files[0].size == 2


def test_a_gated_repository_shows_its_files_and_says_that_it_is_gated(
    source: HubSource, hub: EmbeddedHub
) -> None:
    hub.publish(NAME, FILES, gated="manual")

    snapshot = source.snapshot(SPEC, MAIN)

    assert snapshot.gated
    assert len(snapshot.files) == 2


@pytest.mark.parametrize(
    ("card", "expected"),
    [
        ({"license": "mit"}, "mit"),
        ({"license": ["mit", "apache-2.0"]}, "apache-2.0, mit"),
        ({}, None),
        ({"license": []}, None),
        ({"get": "a trap"}, None),
    ],
)
def test_the_license_is_what_the_card_says(
    source: HubSource, hub: EmbeddedHub, card: dict[str, Any], expected: str | None
) -> None:
    hub.publish(NAME, FILES, card=card)

    assert source.snapshot(SPEC, MAIN).license == expected


def test_without_a_card_the_license_is_what_the_tags_say(
    source: HubSource, hub: EmbeddedHub, commit: str
) -> None:
    altered(hub, lambda info: {**info, "cardData": None, "tags": ["x", "license:mit"]}, commit)

    assert source.snapshot(SPEC, MAIN).license == "mit"


def test_a_renamed_repository_answers_with_its_new_name(
    source: HubSource, hub: EmbeddedHub, commit: str
) -> None:
    hub.rename(NAME, "acme/minilm-v2")

    snapshot = source.snapshot(SPEC, MAIN)

    assert (snapshot.name, snapshot.commit) == ("acme/minilm-v2", commit)


def test_the_bytes_come_from_the_endpoint(commit: str) -> None:
    source = HubSource("https://hub.example", token=None, reporter=Reporter())

    (model,) = source.locations(Pin(origin=NAME, commit=commit), "onnx/model é.onnx")
    (dataset,) = source.locations(Pin(origin=NAME, type="dataset", commit=commit), "a")

    assert model.url == (
        f"https://hub.example/acme/minilm/resolve/{commit}/onnx/model%20%C3%A9.onnx"
    )
    assert dataset.url == f"https://hub.example/datasets/acme/minilm/resolve/{commit}/a"


def test_a_token_goes_with_every_request_to_its_hub(hub: EmbeddedHub) -> None:
    hub.publish(NAME, FILES, private=True)
    hub.tokens[SECRET] = [NAME]

    snapshot = source_of(hub, TOKEN).snapshot(SPEC, MAIN)

    assert len(snapshot.files) == 2
    assert {request.authorization for request in hub.requests} == {f"Bearer {SECRET}"}


@pytest.mark.usefixtures("commit")
def test_without_a_token_of_ours_huggingface_hub_finds_none(
    source: HubSource, hub: EmbeddedHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_of_somebody_else")

    source.snapshot(SPEC, MAIN)

    assert {request.authorization for request in hub.requests} == {None}


@pytest.mark.parametrize("how", ["link", "redirect"])
def test_a_token_is_not_sent_where_a_reply_leads_to(
    hub: EmbeddedHub, commit: str, how: str
) -> None:
    hub.tokens[SECRET] = [NAME]
    with EmbeddedHub() as other:
        other.publish(NAME, {"elsewhere": b""})
        target = f"{other.url}/api/models/{NAME}/tree/main"
        lies = {
            "link": Lie.header("Link", f'<{target}>; rel="next"'),
            "redirect": Lie.reply(redirect(302, target)),
        }
        hub.lies.add(f"/api/models/{NAME}/tree/{commit}", lies[how])

        files = source_of(hub, TOKEN).snapshot(SPEC, MAIN).files

        assert "elsewhere" in {file.path for file in files}
        assert [request.authorization for request in other.requests] == [None]
        assert {request.token for request in hub.requests} == {SECRET}


@pytest.mark.parametrize("to", ["http://example.invalid", "http://192.0.2.1:8080"])
def test_a_reply_that_leads_to_plain_http_is_not_followed(
    source: HubSource, hub: EmbeddedHub, to: str
) -> None:
    hub.lies.add("*", Lie.reply(redirect(302, f"{to}/api/models/{NAME}?sig=abc")))

    with pytest.raises(NetworkError) as caught:
        source.snapshot(SPEC, MAIN)

    assert str(caught.value).startswith("minilm: acme/minilm@main: 127.0.0.1:")
    assert str(caught.value).endswith(f"{to}/api/models/{NAME}: expected https, received http")


@pytest.mark.usefixtures("commit")
def test_a_reply_that_leads_out_of_the_api_is_not_followed(
    source: HubSource, hub: EmbeddedHub
) -> None:
    hub.lies.add("/api/*", Lie.reply(redirect(302, "/login")))

    with pytest.raises(ServerError, match=r"/login: expected the API of a Hub"):
        source.snapshot(SPEC, MAIN)


def test_a_listing_without_an_end_is_given_up(
    source: HubSource, hub: EmbeddedHub, commit: str
) -> None:
    itself = f"{hub.url}/api/models/{NAME}/tree/{commit}?cursor="
    link = {"Link": f'<{itself}>; rel="next"'}
    hub.lies.add("*/tree/*", Lie.reply(json_reply([], headers=link)))

    with pytest.raises(ServerError, match="sent a listing without an end"):
        source.snapshot(SPEC, MAIN)


def altered(hub: EmbeddedHub, change: Callable[[Any], Any], revision: str = "main") -> None:
    """Have the Hub answer something else about a repository."""
    info = get_session().get(f"{hub.url}/api/models/{NAME}/revision/{revision}").json()
    hub.requests.clear()
    hub.lies.add("*/revision/*", Lie.reply(json_reply(change(info))))


def without(key: str) -> Callable[[dict[str, Any]], dict[str, Any]]:
    return lambda info: {name: value for name, value in info.items() if name != key}


@pytest.mark.usefixtures("commit")
@pytest.mark.parametrize(
    "change",
    [
        without("_id"),
        without("id"),
        without("sha"),
        lambda info: {**info, "_id": "../x"},
        lambda info: {**info, "_id": 7},
        lambda info: {**info, "id": "../../x"},
        lambda info: {**info, "id": ["acme"]},
        lambda info: {**info, "sha": "main"},
        lambda info: {**info, "sha": info["sha"][:12]},
        lambda info: {**info, "sha": None},
        lambda info: {**info, "cardData": {"license": [{"x": 1}]}},
        lambda info: {**info, "cardData": {"ignore_metadata_errors": "twice"}},
        lambda info: {**info, "cardData": None, "tags": [1, 2]},
        lambda info: {**info, "siblings": [7]},
        lambda info: {**info, "lastModified": "yesterday"},
        lambda _info: [],
        lambda _info: None,
        lambda _info: "a text",
    ],
)
def test_a_repository_that_is_not_described_as_promised_is_refused(
    source: HubSource, hub: EmbeddedHub, change: Callable[[Any], Any]
) -> None:
    altered(hub, change)

    with pytest.raises(ServerError, match=r"^minilm: acme/minilm@main: .* cannot be used: "):
        source.snapshot(SPEC, MAIN)


def entry(**changes: Any) -> dict[str, Any]:
    return {"type": "file", "path": "a", "size": 1, "oid": "0" * 40, **changes}


def large(**changes: Any) -> dict[str, Any]:
    return entry(lfs={"oid": "0" * 64, "size": 1, "pointerSize": 133, **changes})


@pytest.mark.usefixtures("commit")
@pytest.mark.parametrize(
    "entries",
    [
        [None],
        [{}],
        [entry(size=None)],
        [entry(size="1")],
        [entry(size=True)],
        [entry(size=-1)],
        [entry(size=1.5)],
        [entry(size=2**60)],
        [entry(path=None)],
        [entry(path="")],
        [entry(path=["a"])],
        [entry(oid="main")],
        [entry(oid=None)],
        [entry(), entry(size=2)],
        [large(oid="0" * 63)],
        [large(oid="G" * 64)],
        [large(oid=None)],
        [large(size=2)],
        [entry(lfs=7)],
        [entry(lfs={})],
    ],
)
def test_a_listing_that_is_not_as_promised_is_refused(
    source: HubSource, hub: EmbeddedHub, entries: Any
) -> None:
    hub.lies.add("*/tree/*", Lie.reply(json_reply(entries)))

    with pytest.raises(ServerError, match=r"^minilm: acme/minilm@[0-9a-f]{40}: .* cannot be used"):
        source.snapshot(SPEC, MAIN)


@pytest.mark.usefixtures("commit")
def test_a_hostile_name_is_only_listed_and_shown_inert(source: HubSource, hub: EmbeddedHub) -> None:
    hub.lies.add("*/tree/*", Lie.reply(json_reply([entry(path="\x1b[31m::x", size=-1)])))

    with pytest.raises(ServerError) as caught:
        source.snapshot(SPEC, MAIN)

    assert "\x1b" not in str(caught.value)


@pytest.mark.usefixtures("commit")
@pytest.mark.parametrize(
    "entries",
    [[], {}, [None], [{"id": "0" * 40, "date": "2025-01-01T00:00:00Z"}], [{"id": "", "date": 7}]],
)
def test_commits_that_are_not_as_promised_are_refused(
    source: HubSource, hub: EmbeddedHub, entries: Any
) -> None:
    hub.lies.add("*/commits/*", Lie.reply(json_reply(entries)))

    with pytest.raises(ServerError, match="cannot be used: "):
        source.snapshot(SPEC, MAIN)


@pytest.mark.parametrize(
    "date", [None, "yesterday", "2025-01-01T00:00:00", "0001-01-01T00:00+01:00", 7]
)
def test_a_commit_without_a_time_is_refused(
    source: HubSource, hub: EmbeddedHub, commit: str, date: Any
) -> None:
    hub.lies.add("*/commits/*", Lie.reply(json_reply([{"id": commit, "date": date}])))

    with pytest.raises(ServerError, match="cannot be used: "):
        source.snapshot(SPEC, MAIN)


@pytest.mark.usefixtures("commit")
@pytest.mark.parametrize(
    "tags",
    [
        [{"name": "v1.0", "ref": "refs/tags/v1.0", "targetCommit": "main"}],
        [{"name": 1, "ref": "refs/tags/v1.0", "targetCommit": "0" * 40}],
        [{"name": "v", "ref": "", "targetCommit": digit * 40} for digit in "01"],
        None,
    ],
)
def test_tags_that_are_not_as_promised_are_refused(
    source: HubSource, hub: EmbeddedHub, tags: Any
) -> None:
    refs = {"branches": [], "converts": [], "tags": tags}
    hub.lies.add("*/refs", Lie.reply(json_reply(refs)))
    spec = Spec(name="minilm", kind=Kind.HUB, origin=NAME, version=">=1")

    with pytest.raises(ServerError, match=r"^minilm: acme/minilm: .* cannot be used: "):
        source.candidates(spec)


@pytest.mark.usefixtures("commit")
@pytest.mark.parametrize("body", [b"<html>Sign in</html>", b"", b"[" * 100_000, b"\xff\xfe"])
def test_a_page_that_is_no_json_is_refused(
    source: HubSource, hub: EmbeddedHub, body: bytes
) -> None:
    hub.lies.add("*", Lie.reply(Reply(headers={"Content-Type": "text/html"}, body=body)))

    with pytest.raises(ServerError, match="cannot be used: ") as caught:
        source.snapshot(SPEC, MAIN)

    assert caught.value.model == "minilm"
    assert caught.value.hint == f"check that {hub.url} is a Hub"


@pytest.mark.usefixtures("commit")
def test_redirects_in_circles_are_given_up(source: HubSource, hub: EmbeddedHub) -> None:
    hub.lies.add("*", Lie.REDIRECT_LOOP)

    with pytest.raises(ServerError, match="without an end"):
        source.snapshot(SPEC, MAIN)


@pytest.mark.usefixtures("commit")
@pytest.mark.parametrize("status", [200, 500])
def test_a_reply_that_grows_without_end_is_given_up(
    source: HubSource, hub: EmbeddedHub, status: int
) -> None:
    body = gzip.compress(bytes(65 << 20), 1)
    reply = Reply(status=status, headers={"Content-Encoding": "gzip"}, body=body)
    hub.lies.add("*/revision/*", Lie.reply(reply))

    with pytest.raises(
        ServerError, match=r"^minilm: .* too large: expected at most 67108864 bytes"
    ):
        source.snapshot(SPEC, MAIN)


@dataclass(frozen=True)
class Refusal:
    """What a Hub says, and what that means."""

    error: type[ModellockError]
    says: str
    token: Token | None = None
    origin: str = NAME
    revision: str = "main"


@pytest.mark.parametrize(
    "refusal",
    [
        Refusal(AuthenticationError, "missing, private or gated", origin="acme/none"),
        Refusal(NotFoundError, "has nothing there", TOKEN, origin="acme/none"),
        Refusal(NotFoundError, "no such revision", revision="v9"),
        Refusal(AuthenticationError, "missing, private or gated", origin="acme/private"),
        Refusal(NotFoundError, "hides it from the token", TOKEN, origin="acme/private"),
        Refusal(NotFoundError, "has disabled it", TOKEN, origin="acme/disabled"),
        Refusal(AuthenticationError, "refused the token", Token("hf_bad", "HF_TOKEN")),
    ],
    ids=lambda refusal: f"{refusal.origin}@{refusal.revision}, {refusal.token}",
)
def test_each_refusal_has_its_own_words(hub: EmbeddedHub, refusal: Refusal) -> None:
    hub.publish(NAME, FILES)
    hub.publish("acme/private", FILES, private=True)
    hub.publish("acme/disabled", FILES, disabled=True)
    hub.tokens[SECRET] = []
    spec = Spec(name="minilm", kind=Kind.HUB, origin=refusal.origin)

    with pytest.raises(refusal.error) as caught:
        source_of(hub, refusal.token).snapshot(spec, Candidate(revision=refusal.revision))

    assert str(caught.value).startswith(f"minilm: {refusal.origin}@{refusal.revision}: ")
    assert refusal.says in str(caught.value)
    assert caught.value.model == "minilm"
    assert caught.value.hint is not None
    assert "hf_" not in f"{caught.value} {caught.value.hint}"


class Heard(Reporter):
    """Remembers the waits."""

    def __init__(self) -> None:
        self.waits: list[tuple[str, str, float]] = []

    def fetch_waiting(self, subject: str, reason: str, seconds: float) -> None:
        self.waits.append((subject, reason.partition(" ")[2], seconds))


@pytest.mark.parametrize("page", ["*/revision/*", "*/tree/*", "*/commits/*"])
def test_a_hub_that_fails_for_a_moment_is_asked_again_and_the_wait_is_told(
    hub: EmbeddedHub, commit: str, page: str
) -> None:
    heard = Heard()
    hub.lies.add(page, Lie.status(503), times=1)
    hub.lies.add(page, Lie.status(429, retry_after=0.01), times=1)
    source = HubSource(
        hub.url, token=None, reporter=heard, schedule=Schedule((0.001, 0.001), jitter=0.0)
    )

    assert source.snapshot(SPEC, MAIN).commit == commit

    assert sorted(heard.waits) == [
        ("minilm", "answered 429", 0.01),
        ("minilm", "answered 503", 0.001),
    ]


@pytest.mark.usefixtures("commit")
@pytest.mark.parametrize("page", ["*/revision/*", "*/tree/*"])
def test_a_hub_that_wants_more_patience_than_there_is_gets_it_in_words(
    hub: EmbeddedHub, page: str
) -> None:
    hub.lies.add(page, Lie.status(429, headers={"RateLimit": '"api";r=0;t=400'}))

    with pytest.raises(RateLimitError, match="wants no more requests for 400 s"):
        source_of(hub, schedule=Schedule((0, 0, 0))).snapshot(SPEC, MAIN)


@pytest.mark.usefixtures("commit")
def test_a_hub_that_keeps_failing_is_a_server_error(source: HubSource, hub: EmbeddedHub) -> None:
    hub.lies.add("*", Lie.status(500))

    with pytest.raises(ServerError, match="answered 500 Internal Server Error"):
        source.snapshot(SPEC, MAIN)


def test_nobody_there_is_a_network_error(hub: EmbeddedHub) -> None:
    source = source_of(hub)
    hub.stop()

    with pytest.raises(NetworkError, match=r"cannot be reached: Connection refused"):
        source.snapshot(SPEC, MAIN)


def test_a_connection_that_breaks_is_tried_again(hub: EmbeddedHub, commit: str) -> None:
    hub.lies.add("*/revision/*", Lie.RESET, times=1)

    assert source_of(hub, schedule=Schedule((0,))).snapshot(SPEC, MAIN).commit == commit


def test_a_certificate_that_nobody_vouches_for_is_told_as_such(tmp_path: Path) -> None:
    with (
        EmbeddedHub(tls=self_signed(tmp_path)) as hub,
        pytest.raises(CertificateError, match=r"127\.0\.0\.1:\d+ has a certificate that cannot"),
    ):
        source_of(hub, TOKEN, schedule=Schedule((0, 0))).snapshot(SPEC, MAIN)

    assert len(hub.requests) == 0


def self_signed(directory: Path) -> ssl.SSLContext:
    key, certificate = directory / "key.pem", directory / "certificate.pem"
    options = "-x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=hub"
    subprocess.run(
        ["openssl", "req", *options.split(), "-keyout", str(key), "-out", str(certificate)],
        check=True,
        capture_output=True,
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context


def test_who_else_uses_huggingface_hub_notices_nothing(hub: EmbeddedHub, commit: str) -> None:
    hub.tokens["hf_of_the_application"] = []
    hub.tokens[SECRET] = []
    client = get_session()
    source_of(hub, TOKEN).snapshot(SPEC, MAIN)
    hub.requests.clear()

    info = HfApi(hub.url, token="hf_of_the_application").model_info(NAME)  # noqa: S106

    assert info.sha == commit
    assert get_session() is client
    assert [request.token for request in hub.requests] == ["hf_of_the_application"]


def test_a_client_that_is_closed_under_a_question_means_asking_again(
    hub: EmbeddedHub, commit: str
) -> None:
    hub.repository(NAME).private = True
    hub.tokens[SECRET] = [NAME]
    session = HubSession(hub.url, token=TOKEN, reporter=Reporter(), schedule=Schedule((0,)))
    asked: list[HfApi] = []

    def question(api: HfApi) -> str | None:
        if not asked:
            close_session()
        asked.append(api)
        return api.model_info(NAME).sha

    assert session.ask(SPEC, NAME, question) == commit
    assert [request.token for request in hub.requests] == [None, SECRET]


def test_a_mistake_of_ours_is_no_fault_of_the_hub(hub: EmbeddedHub) -> None:
    session = HubSession(hub.url, token=None, reporter=Reporter())

    def question(_api: HfApi) -> None:
        raise RuntimeError("a defect")

    with pytest.raises(RuntimeError, match="a defect"):
        session.ask(SPEC, NAME, question)


@settings(max_examples=8, deadline=None)
@given(size=st.integers(1, 4), seed=st.integers())
def test_the_order_of_pages_and_entries_changes_nothing(size: int, seed: int) -> None:
    with EmbeddedHub() as hub:
        files = {"b/x": b"1", "a": b"2", "b/w.safetensors": b"3", "c": b"4"}
        hub.publish(NAME, files, tag="v1.0", card={"license": ["mit", "apache-2.0"]})
        hub.publish(NAME, {}, tag="v1.1")
        source = source_of(hub)
        spec = Spec(name="minilm", kind=Kind.HUB, origin=NAME, version=">=1")
        expected = source.candidates(spec), source.snapshot(SPEC, MAIN)
        hub.settings.page_size = size
        hub.lies.add("*", Lie.shuffled_lists(seed))

        assert (source.candidates(spec), source.snapshot(SPEC, MAIN)) == expected


@pytest.mark.usefixtures("commit")
def test_a_hub_that_has_set_a_limit_once_is_asked_more_and_more_at_once_again(
    hub: EmbeddedHub,
) -> None:
    source = source_of(hub, schedule=Schedule((0.001,)))
    hub.lies.add("*/revision/*", Lie.status(429, retry_after=0.01), times=1)
    source.snapshot(SPEC, MAIN)
    moments: list[float] = []

    def note(_request: Request, reply: Reply) -> Reply:
        moments.append(time.monotonic())
        return reply

    hub.lies.add("*", Lie(lambda _request, _reply: True, note))
    hub.lies.add("*", Lie.delay(0.1))

    with ThreadPoolExecutor(8) as threads:
        snapshots = list(threads.map(lambda _: source.snapshot(SPEC, MAIN), range(24)))

    assert len(snapshots) == 24
    # One after the other, each would come when that before it had its reply.
    assert min(later - earlier for earlier, later in pairwise(moments)) < 0.1
