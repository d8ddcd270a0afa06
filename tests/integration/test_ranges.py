"""One large file over several connections."""

import random
import re
import threading
import tracemalloc
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
import werkzeug
from pytest_httpserver import HTTPServer

from modellock.errors import MismatchError, ModellockError, TruncatedError
from modellock.ports.reporting import Reporter
from modellock.ports.settings import Token, no_token
from modellock.shell.heard import Heard
from modellock.shell.httpclient import HttpClient
from modellock.shell.retries import Schedule
from modellock.shell.store import Store
from modellock.shell.store_partials import open_partial
from modellock.shell.transfer import Fetch, fetch_all
from modellock.shell.undertaking import Undertaking
from modellock.sources import Location
from modellock.testing import EmbeddedFiles, EmbeddedHub, Lie
from modellock.values.digest import Digest, sha256_of_bytes
from modellock.values.origins import Kind
from tests.integration.wires import BRIEF, Progress
from tests.waiting import LONG

pytestmark = pytest.mark.slow

PIECE = 4 << 20
SIZE = 8 * PIECE
CONTENT = random.Random(1).randbytes(SIZE)  # noqa: S311 - bytes that differ from one another
DIGEST = sha256_of_bytes(CONTENT)
PATH = "/w.bin"

Answer = Callable[[int, int], tuple[int, int, bytes]]


@pytest.fixture
def files() -> Iterator[EmbeddedFiles]:
    with EmbeddedFiles({PATH: CONTENT}) as files:
        yield files


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(str(tmp_path / "store"))


def locked(*urls: str, digest: Digest = DIGEST, size: int = SIZE) -> Fetch:
    return Fetch(
        subject="m/w.bin",
        model="m",
        kind=Kind.URL,
        digest=digest,
        size=size,
        locations=tuple(Location(url=url) for url in urls),
    )


def fetch(
    store: Store, *fetches: Fetch, jobs: int = 4, reporter: Reporter | None = None
) -> list[ModellockError]:
    schedule = Schedule(BRIEF, lasting=())
    with HttpClient(token_for=no_token, reporter=Reporter(), schedule=schedule) as client:
        _, errors = fetch_all(store, client, fetches, reporter or Reporter(), jobs=jobs)
    return errors


def ranges(files: EmbeddedFiles) -> list[str | None]:
    return [request.headers.get("Range") for request in files.requests]


def shown(store: Store) -> bytes:
    return Path(store.path_of(DIGEST)).read_bytes()


def test_connections_that_are_free_share_the_file_that_is_left(
    files: EmbeddedFiles, store: Store
) -> None:
    progress = Progress()
    files.lies.add(PATH, Lie.trickle(20_000_000))

    errors = fetch(store, locked(files.url + PATH), reporter=progress)

    assert errors == []
    assert shown(store) == CONTENT
    first, *later = ranges(files)
    assert first == f"bytes=0-{SIZE - 1}"
    assert later != []
    assert set(later) <= {f"bytes={start}-{start + PIECE - 1}" for start in range(0, SIZE, PIECE)}
    assert len(files.requests) <= 9
    assert progress.events[1:] == [("started", "m/w.bin", SIZE), ("finished", "m/w.bin")]
    assert progress.arrived == {"m/w.bin": SIZE}


def test_no_byte_is_brought_twice(files: EmbeddedFiles, store: Store) -> None:
    files.lies.add(PATH, Lie.trickle(10_000_000))

    fetch(store, locked(files.url + PATH), jobs=8)

    later = [text for text in ranges(files)[1:] if text is not None]
    assert Counter(later).most_common(1)[0][1] == 1
    assert shown(store) == CONTENT


def test_with_one_job_there_is_one_connection(files: EmbeddedFiles, store: Store) -> None:
    fetch(store, locked(files.url + PATH), jobs=1)

    assert ranges(files) == [f"bytes=0-{SIZE - 1}"]
    assert shown(store) == CONTENT


def test_no_more_connections_are_open_than_jobs(store: Store) -> None:
    at_once, most, lock = 0, 0, threading.Lock()
    others = threading.Event()

    def body(start: int, end: int) -> Iterator[bytes]:
        nonlocal at_once
        yield CONTENT[start : start + 1000]
        others.wait(LONG)
        # Before its end is there, for which the next request does not wait.
        with lock:
            at_once -= 1
        yield CONTENT[start + 1000 : end]

    def answer(request: werkzeug.Request) -> werkzeug.Response:
        nonlocal at_once, most
        start, end = asked(request)
        with lock:
            at_once += 1
            most = max(most, at_once)
            if start:
                others.set()
        return part(start, end, body(start, end))

    with HTTPServer(threaded=True) as server:
        server.expect_request(re.compile("/.*")).respond_with_handler(answer)
        assert fetch(store, locked(server.url_for("/w.bin")), jobs=3) == []

    assert 1 < most <= 3
    assert shown(store) == CONTENT


def test_each_part_is_asked_for_at_the_address_that_stays(hub: EmbeddedHub, store: Store) -> None:
    commit = hub.publish("acme/m", {"w.bin": CONTENT}, private=True, lfs=["w.bin"])
    hub.tokens["secret"] = ["acme/m"]
    hub.large_files.bind_ranges = True
    hub.lies.add("w.bin", Lie.trickle(20_000_000), origin="objects")
    wanted = locked(f"{hub.url}/acme/m/resolve/{commit}/w.bin")

    with HttpClient(
        token_for=lambda _: Token("secret", "HF_TOKEN"),
        reporter=Reporter(),
        schedule=Schedule(BRIEF, lasting=()),
    ) as client:
        done, _ = fetch_all(store, client, [wanted], Reporter(), jobs=4)

    assert len(done) == 1
    asked = Counter(request.origin for request in hub.requests)
    assert asked["hub"] == asked["objects"] > 1
    tokens = {request.authorization for request in hub.requests if request.origin == "objects"}
    assert tokens == {None}


def test_a_signed_url_that_expires_between_two_parts_is_asked_for_anew(
    hub: EmbeddedHub, store: Store
) -> None:
    commit = hub.publish("acme/m", {"w.bin": CONTENT}, lfs=["w.bin"])
    hub.lies.add("w.bin", Lie.trickle(20_000_000), origin="objects")
    hub.lies.add("w.bin", Lie.status(403), times=3, origin="objects")

    errors = fetch(store, locked(f"{hub.url}/acme/m/resolve/{commit}/w.bin"))

    assert errors == []
    assert shown(store) == CONTENT


def test_a_host_that_sends_nothing_large_at_once_sends_parts(
    hub: EmbeddedHub, store: Store
) -> None:
    commit = hub.publish("acme/m", {"w.bin": CONTENT}, lfs=["w.bin"])
    hub.objects.largest_unranged = PIECE

    errors = fetch(store, locked(f"{hub.url}/acme/m/resolve/{commit}/w.bin"))

    assert errors == []
    assert shown(store) == CONTENT


def test_a_server_without_ranges_gets_one_connection(files: EmbeddedFiles, store: Store) -> None:
    files.lies.add(PATH, Lie.IGNORED_RANGE)

    errors = fetch(store, locked(files.url + PATH))

    assert errors == []
    assert len(files.requests) == 1
    assert shown(store) == CONTENT


def test_a_cut_costs_one_connection_its_own_part_alone(files: EmbeddedFiles, store: Store) -> None:
    progress = Progress()
    files.lies.add(PATH, Lie.trickle(40_000_000))
    files.lies.add(PATH, Lie.RESET_MIDWAY, times=5)

    errors = fetch(store, locked(files.url + PATH), reporter=progress)

    assert errors == []
    assert shown(store) == CONTENT
    assert progress.arrived == {"m/w.bin": SIZE}


@pytest.mark.parametrize(
    "odd",
    [
        werkzeug.Response(CONTENT),
        werkzeug.Response(status=416),
        werkzeug.Response("<html>try again</html>", content_type="text/html"),
    ],
    ids=["whole", "416", "page"],
)
def test_one_odd_reply_among_many_parts_costs_nothing_of_what_is_here(
    store: Store, odd: werkzeug.Response
) -> None:
    left = iter([None, None, odd])
    was_odd = threading.Event()

    def answer(request: werkzeug.Request) -> werkzeug.Response:
        start, end = asked(request)
        reply = next(left, None)
        if reply is not None:
            was_odd.set()
        return reply or part(start, end, slowly(CONTENT[start:end], was_odd))

    with HTTPServer(threaded=True) as server:
        server.expect_request(re.compile("/.*")).respond_with_handler(answer)
        assert fetch(store, locked(server.url_for("/w.bin"))) == []
        sent = [request.headers.get("Range") for request, _ in server.log]

    assert shown(store) == CONTENT
    assert None not in sent


def test_two_parts_that_are_swapped_are_noticed_and_the_file_is_fetched_in_one_piece(
    store: Store,
) -> None:
    with serving(lambda start, end: (start, end, part_after(start, end))) as server:
        errors = fetch(store, locked(server.url_for("/w.bin")))
        sent = [request.headers.get("Range") for request, _ in server.log]

    assert errors == []
    assert shown(store) == CONTENT
    assert sent[-1] is None
    assert sent.count(None) == 1


@pytest.mark.parametrize(
    "answer",
    [
        lambda start, end: (0, end - start, CONTENT[: end - start]),
        lambda start, end: (start - PIECE, end, CONTENT[start - PIECE : end]),
    ],
    ids=["the-same-again", "overlapping"],
)
def test_other_parts_than_were_asked_for_lead_to_one_piece(store: Store, answer: Answer) -> None:
    with serving(answer) as server:
        errors = fetch(store, locked(server.url_for("/w.bin")))
        sent = [request.headers.get("Range") for request, _ in server.log]

    assert errors == []
    assert shown(store) == CONTENT
    # Others may have asked at the same moment, and be noted later.
    assert None in sent


def test_a_server_that_sends_a_few_bytes_at_a_time_is_given_up(store: Store) -> None:
    def answer(request: werkzeug.Request) -> werkzeug.Response:
        start, _ = asked(request)
        return part(start, start + 10, CONTENT[start : start + 10])

    with HTTPServer(threaded=True) as server:
        server.expect_request(re.compile("/.*")).respond_with_handler(answer)
        (error,) = fetch(store, locked(server.url_for("/w.bin")))
        count = len(server.log)

    assert isinstance(error, TruncatedError)
    assert "expected at least 65536 bytes, received 10 bytes" in str(error)
    assert count < 50


def test_a_server_that_sends_less_at_once_than_it_is_asked_for_is_asked_more_often(
    store: Store,
) -> None:
    def answer(request: werkzeug.Request) -> werkzeug.Response:
        start, end = asked(request)
        end = min(end, start + 1_000_000)
        return part(start, end, CONTENT[start:end])

    with HTTPServer(threaded=True) as server:
        server.expect_request(re.compile("/.*")).respond_with_handler(answer)
        assert fetch(store, locked(server.url_for("/w.bin"))) == []

    assert shown(store) == CONTENT


def test_what_follows_the_last_byte_of_a_body_without_a_length_spoils_nothing(
    store: Store,
) -> None:
    def answer(_request: werkzeug.Request) -> werkzeug.Response:
        return werkzeug.Response(iter([CONTENT, b"more"]))

    with HTTPServer(threaded=True) as server:
        server.expect_request(re.compile("/.*")).respond_with_handler(answer)
        assert fetch(store, locked(server.url_for("/w.bin"))) == []

    assert shown(store) == CONTENT


@pytest.mark.slow
def test_wrong_bytes_in_one_part_are_blamed_after_one_whole_body(
    files: EmbeddedFiles, store: Store
) -> None:
    files.lies.add(PATH, Lie.trickle(40_000_000))
    files.lies.add(PATH, Lie.WRONG_BYTES)

    (error,) = fetch(store, locked(files.url + PATH))

    assert isinstance(error, MismatchError)
    assert ranges(files)[-1] is None
    assert list(store.digests()) == []


@pytest.mark.slow
def test_a_server_that_grants_a_client_few_connections_is_given_few(store: Store) -> None:
    at_once, lock = 0, threading.Lock()

    def answer(request: werkzeug.Request) -> werkzeug.Response:
        nonlocal at_once
        with lock:
            at_once += 1
            is_refused = at_once > 2
        try:
            if is_refused:
                return werkzeug.Response(status=403)
            threading.Event().wait(0.1)
            start, end = asked(request)
            return part(start, end, CONTENT[start:end])
        finally:
            with lock:
                at_once -= 1

    with HTTPServer(threaded=True) as server:
        server.expect_request(re.compile("/.*")).respond_with_handler(answer)
        assert fetch(store, locked(server.url_for("/w.bin")), jobs=8) == []

    assert shown(store) == CONTENT


def test_a_place_that_dies_leaves_its_parts_to_the_next(files: EmbeddedFiles, store: Store) -> None:
    files.lies.add(PATH, Lie.TRUNCATED, times=1)
    with EmbeddedFiles({PATH: CONTENT}) as mirror:
        files.lies.add(PATH, Lie.RESET)

        errors = fetch(store, locked(files.url + PATH, mirror.url + PATH))

    assert errors == []
    assert shown(store) == CONTENT


@pytest.mark.slow
def test_several_large_files_have_a_connection_each(store: Store) -> None:
    contents = {f"/{index}": bytes([index]) * SIZE for index in range(3)}
    with EmbeddedFiles(contents) as files:
        files.lies.add("*", Lie.trickle(30_000_000))
        fetches = [
            locked(files.url + path, digest=sha256_of_bytes(content))
            for path, content in contents.items()
        ]

        assert fetch(store, *fetches, jobs=3) == []

        first = sorted(request.path for request in list(files.requests)[:3])
    assert first == ["/0", "/1", "/2"]


def test_no_reply_is_asked_for_that_the_host_of_the_hub_would_refuse(store: Store) -> None:
    size = 60_000_000_000
    wanted = locked("https://hub.example/w.bin", size=size)
    partial = open_partial(store, DIGEST, size)
    assert partial is not None

    with closing(partial):
        file = Undertaking(partial, wanted, Heard(Reporter(), wanted.subject, wanted.model))
        claim = file.claim()
        assert claim is not None
        _, span, _ = file.to_ask(claim)

    assert span == (0, 16 << 30)


def test_memory_does_not_grow_with_connections(files: EmbeddedFiles, store: Store) -> None:
    tracemalloc.start()
    try:
        fetch(store, locked(files.url + PATH), jobs=8)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    # The embedded server holds a part in memory for each connection.
    assert peak < 20_000_000 + SIZE


def asked(request: werkzeug.Request) -> tuple[int, int]:
    assert request.range is not None
    start, end = request.range.ranges[0]
    assert start is not None
    assert end is not None
    return start, end


def slowly(body: bytes, others: threading.Event) -> Iterator[bytes]:
    """So that other connections have something left to bring: hardly any of it before they do."""
    for start in range(0, len(body), PIECE // 4):
        threading.Event().wait(0.02)
        yield body[start : start + PIECE // 4]
        others.wait(LONG)


def part(start: int, end: int, body: bytes | Iterator[bytes]) -> werkzeug.Response:
    headers = {"Content-Range": f"bytes {start}-{end - 1}/{SIZE}"}
    return werkzeug.Response(body, 206, headers)


def part_after(start: int, end: int) -> bytes:
    """Another part of that length, from the second byte of the file on."""
    return CONTENT[start:end] if start == 0 else CONTENT[1 : 1 + end - start]


def serving(answer: Answer) -> HTTPServer:
    """A server of one file; `answer` says what comes for a part that does not begin the file."""

    others = threading.Event()

    def respond(request: werkzeug.Request) -> werkzeug.Response:
        threading.Event().wait(0.05)
        if request.range is None:
            return werkzeug.Response(CONTENT)
        start, end = asked(request)
        if not start:
            return part(start, end, slowly(CONTENT[:end], others))
        others.set()
        return part(*answer(start, end))

    server = HTTPServer(threaded=True)
    server.expect_request(re.compile("/.*")).respond_with_handler(respond)
    return server
