"""Files on their way into a store, from servers that keep their word and from others."""

import os
import re
import signal
import threading
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest
import werkzeug
from pytest_httpserver import HTTPServer

from modellock.errors import (
    AuthenticationError,
    GatedError,
    GoneError,
    MismatchError,
    ModellockError,
    NoSpaceError,
    RateLimitError,
    ServerError,
    SeveralErrors,
    TruncatedError,
    WrongContentError,
)
from modellock.ports.reporting import Reporter
from modellock.ports.settings import Token, no_token
from modellock.shell.httpclient import HttpClient
from modellock.shell.local_files import file_url
from modellock.shell.retries import Schedule
from modellock.shell.store import Store
from modellock.shell.transfer import SMALL, Fetch, Fetched, fetch_all
from modellock.sources import Location
from modellock.testing import EmbeddedFiles, EmbeddedHub, Lie, Reply
from modellock.values.digest import Digest
from modellock.values.origins import Kind
from tests.integration.filesystems import as_root, mounted
from tests.integration.wires import BRIEF, Progress, fetch_one
from tests.waiting import LONG, at_once, wait_until

CONTENT = b"weights"
DIGEST = Digest("sha256", "9a129038d9a00aed0cf6a7ea059ca50a813449061ab87848cf1a13eafdf33b2c")
OTHER_SHA256 = "e06f613203d2733cb0c5f350aa97232ab87b4266a02b562f915217859636df0e"
GIT_SHA1 = "3ab313fff6f41bb35969cd359e9ddfb8033b3ac2"
PATH = "/w.bin"
LARGE = b"0123456789abcdef" * (1 << 20)


@pytest.fixture
def files() -> Iterator[EmbeddedFiles]:
    with EmbeddedFiles({PATH: CONTENT}) as files:
        yield files


@pytest.fixture
def mirror() -> Iterator[EmbeddedFiles]:
    with EmbeddedFiles({PATH: CONTENT}) as mirror:
        yield mirror


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(str(tmp_path / "store"))


@pytest.fixture
def client() -> Iterator[HttpClient]:
    with HttpClient(token_for=no_token, reporter=Reporter(), schedule=Schedule(BRIEF)) as client:
        yield client


def locked(*urls: str, subject: str = "m/w.bin", kind: Kind = Kind.URL) -> Fetch:
    """A file of models.lock."""
    return Fetch(
        subject=subject,
        model="m",
        kind=kind,
        digest=DIGEST,
        size=7,
        locations=tuple(Location(url=url) for url in urls),
    )


def unknown(url: str, *, subject: str = "m/w.bin", digest: Digest | None = None) -> Fetch:
    """A URL that is being locked."""
    return Fetch(
        subject=subject,
        model="m",
        kind=Kind.URL,
        digest=digest,
        size=None,
        locations=(Location(url=url),),
    )


def of_hub(hub: EmbeddedHub, name: str, commit: str, path: str, git_sha1: str | None) -> Fetch:
    """A file of the Hub that is being locked."""
    return Fetch(
        subject=f"m/{path}",
        model="m",
        kind=Kind.HUB,
        digest=None,
        size=7,
        git_sha1=git_sha1,
        locations=(Location(url=f"{hub.url}/{name}/resolve/{commit}/{path}"),),
    )


def failure(store: Store, client: HttpClient, fetch: Fetch) -> ModellockError:
    with pytest.raises(ModellockError) as caught:
        fetch_one(store, client, fetch, Reporter())
    assert_nothing_is_left(store)
    return caught.value


def assert_nothing_is_left(store: Store) -> None:
    assert names_in(store) == []


def names_in(store: Store) -> list[str]:
    """Of all its files."""
    return [name for _, _, names in os.walk(os.path.join(store.root, "v1")) for name in names]


def told(error: ModellockError) -> str:
    return f"{error.code}\n{error}\n{error.hint}"


def test_a_locked_file_is_in_the_store_once_it_is_fetched(
    files: EmbeddedFiles, store: Store, client: HttpClient
) -> None:
    progress = Progress()
    fetch = locked(files.url + PATH)

    fetched = fetch_one(store, client, fetch, progress)

    assert fetched == Fetched(fetch=fetch, digest=DIGEST, size=7)
    assert Path(store.path_of(DIGEST)).read_bytes() == CONTENT
    assert progress.events == [
        ("planned", 1, 7),
        ("started", "m/w.bin", 7),
        ("finished", "m/w.bin"),
    ]
    assert progress.arrived == {"m/w.bin": 7}


def test_a_file_of_which_nothing_is_known_tells_what_it_is(
    files: EmbeddedFiles, store: Store, client: HttpClient
) -> None:
    progress = Progress()

    fetched = fetch_one(store, client, unknown(files.url + PATH), progress)

    assert (fetched.digest, fetched.size) == (DIGEST, 7)
    assert store.has(DIGEST, 7)
    assert progress.events[:2] == [("planned", 1, 0), ("started", "m/w.bin", 7)]


def test_an_empty_file_is_a_file(files: EmbeddedFiles, store: Store, client: HttpClient) -> None:
    files.files["/empty"] = b""

    assert fetch_one(store, client, unknown(f"{files.url}/empty"), Reporter()).size == 0


def test_a_file_without_an_announced_length_is_fetched(
    files: EmbeddedFiles, store: Store, client: HttpClient
) -> None:
    chunked = Reply(headers={"Transfer-Encoding": "chunked"}, body=CONTENT)
    files.lies.add(PATH, Lie.reply(chunked))

    assert fetch_one(store, client, locked(files.url + PATH), Reporter()).digest == DIGEST


def test_wrong_bytes_are_named_in_full_and_not_asked_for_again(
    files: EmbeddedFiles, store: Store, client: HttpClient
) -> None:
    files.lies.add(PATH, Lie.WRONG_BYTES)

    error = failure(store, client, locked(f"{files.url}{PATH}?signature=secret"))

    assert isinstance(error, MismatchError)
    assert told(error) == (
        "hash-mismatch\n"
        f"m/w.bin: expected {DIGEST}, received sha256:{OTHER_SHA256}\n"
        f"  from {files.url}/w.bin\n"
        "keep models.lock, and ask what upstream says: `modellock verify --upstream m`"
    )
    assert error.model == "m"
    assert len(files.requests) == 1


def test_wrong_bytes_under_a_commit_mean_that_someone_lies(
    files: EmbeddedFiles, store: Store, client: HttpClient
) -> None:
    files.lies.add(PATH, Lie.WRONG_BYTES)

    error = failure(store, client, locked(files.url + PATH, kind=Kind.HUB))

    assert str(error).endswith(
        "\n  a commit never changes: the server, or something on the way to it, lies"
    )


def test_a_url_that_is_not_what_its_spec_says_is_not_locked(
    files: EmbeddedFiles, store: Store, client: HttpClient
) -> None:
    files.lies.add(PATH, Lie.WRONG_BYTES)

    error = failure(store, client, unknown(files.url + PATH, digest=DIGEST))

    assert error.hint == "if you trust the new file, change `sha256` below [models.m]"


def test_another_length_is_refused_before_the_first_byte(
    files: EmbeddedFiles, store: Store, client: HttpClient
) -> None:
    files.lies.add(PATH, Lie.SHORTER)

    error = failure(store, client, locked(files.url + PATH))

    assert isinstance(error, MismatchError)
    assert str(error) == (f"m/w.bin: expected 7 bytes, received 3 bytes\n  from {files.url}/w.bin")


@pytest.mark.parametrize(
    ("body", "received"), [(b"weight", "6 bytes"), (CONTENT * 1000, "more"), (b"", "0 bytes")]
)
def test_another_length_that_was_not_announced_is_noticed(
    files: EmbeddedFiles, store: Store, client: HttpClient, body: bytes, received: str
) -> None:
    chunked = Reply(headers={"Transfer-Encoding": "chunked"}, body=body)
    files.lies.add(PATH, Lie.reply(chunked))

    error = failure(store, client, locked(files.url + PATH))

    assert f"m/w.bin: expected 7 bytes, received {received}\n" in str(error)


@pytest.mark.parametrize(
    ("lie", "what"),
    [
        (Lie.HTML_PAGE, "an HTML page"),
        (Lie.LFS_POINTER, "a git-lfs pointer"),
        (Lie.GZIP, "a body in the encoding 'gzip'"),
    ],
)
def test_what_is_no_file_is_named_beside_what_was_expected(
    files: EmbeddedFiles, store: Store, client: HttpClient, lie: Lie, what: str
) -> None:
    files.lies.add(PATH, lie)

    at_sync = failure(store, client, locked(files.url + PATH))
    at_lock = failure(store, client, unknown(files.url + PATH))

    assert isinstance(at_sync, WrongContentError)
    assert isinstance(at_lock, WrongContentError)
    assert str(at_sync) == (
        f"m/w.bin: expected 7 bytes with {DIGEST}, received {what}\n  from {files.url}/w.bin"
    )
    assert str(at_lock) == f"m/w.bin: expected a file, received {what}\n  from {files.url}/w.bin"


def test_a_page_of_the_files_own_length_is_named_a_page(
    files: EmbeddedFiles, store: Store, client: HttpClient
) -> None:
    files.lies.add(PATH, Lie.reply(Reply(headers={"Content-Type": "text/html"}, body=b"<html/>")))

    assert "received an HTML page" in str(failure(store, client, locked(files.url + PATH)))


def test_a_page_that_was_asked_for_is_a_file(
    files: EmbeddedFiles, store: Store, client: HttpClient
) -> None:
    page = Reply(headers={"Content-Type": "text/html"}, body=b"<!DOCTYPE html>")
    files.lies.add(PATH, Lie.reply(page))

    fetch = unknown(files.url + PATH, subject="m/page.html")

    assert fetch_one(store, client, fetch, Reporter()).size == 15


@pytest.mark.parametrize("header", ["Content-Type: text/html", "Content-Encoding: x-gzip"])
def test_the_right_bytes_are_right_whatever_they_are_called(
    files: EmbeddedFiles, store: Store, client: HttpClient, header: str
) -> None:
    name, _, text = header.partition(": ")
    files.lies.add(PATH, Lie.header(name, text))

    assert fetch_one(store, client, locked(files.url + PATH), Reporter()).digest == DIGEST


@pytest.mark.parametrize("lie", [Lie.TRUNCATED, Lie.RESET_MIDWAY, Lie.RESET, Lie.status(503)])
def test_what_breaks_off_is_fetched_again_and_counted_once(
    files: EmbeddedFiles, store: Store, client: HttpClient, lie: Lie
) -> None:
    progress = Progress()
    files.lies.add(PATH, lie, times=4)

    fetch_one(store, client, locked(files.url + PATH), progress)

    assert progress.events == [
        ("planned", 1, 7),
        ("started", "m/w.bin", 7),
        ("finished", "m/w.bin"),
    ]
    assert progress.arrived == {"m/w.bin": 7}


def test_what_breaks_off_every_time_is_given_up(
    files: EmbeddedFiles, store: Store, client: HttpClient
) -> None:
    files.lies.add(PATH, Lie.TRUNCATED)

    error = failure(store, client, locked(files.url + PATH))

    assert isinstance(error, TruncatedError)
    assert str(error) == (
        f"m/w.bin: {files.url.removeprefix('http://')} broke off: "
        "expected 7 bytes, received 3 bytes"
    )
    assert len(files.requests) == 5


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (401, AuthenticationError),
        (403, AuthenticationError),
        (404, GoneError),
        (429, RateLimitError),
        (503, ServerError),
        (206, ServerError),
    ],
)
def test_a_refusal_becomes_an_error_of_its_own(
    files: EmbeddedFiles, store: Store, client: HttpClient, status: int, expected: type
) -> None:
    files.lies.add(PATH, Lie.status(status))

    assert type(failure(store, client, locked(files.url + PATH))) is expected


def test_what_is_missing_at_lock_was_never_there(
    files: EmbeddedFiles, store: Store, client: HttpClient
) -> None:
    assert failure(store, client, unknown(f"{files.url}/missing")).code == "not-found"


def test_a_token_is_sent_to_the_hub_and_not_to_where_it_keeps_its_files(
    hub: EmbeddedHub, store: Store
) -> None:
    commit = hub.publish("acme/m", {"w.bin": CONTENT}, private=True)
    hub.tokens["secret"] = ["acme/m"]
    fetch = of_hub(hub, "acme/m", commit, "w.bin", None)

    with HttpClient(
        token_for=lambda _: Token("secret", "HF_TOKEN"),
        reporter=Reporter(),
        schedule=Schedule(BRIEF),
    ) as client:
        fetch_one(store, client, fetch, Reporter())

    sent = [(request.origin, request.authorization) for request in hub.requests]
    assert sent == [("hub", "Bearer secret"), ("objects", None)]


def test_a_gated_file_names_the_page_of_its_terms(
    hub: EmbeddedHub, store: Store, client: HttpClient
) -> None:
    commit = hub.publish("acme/m", {"w.bin": CONTENT}, gated="auto")

    error = failure(store, client, of_hub(hub, "acme/m", commit, "w.bin", None))

    assert isinstance(error, GatedError)
    assert error.hint == (
        f"accept the terms on {hub.url}/acme/m, then set `MODELLOCK_TOKEN_127_0_0_1`"
    )


def test_a_signed_url_that_expired_is_asked_for_anew(
    hub: EmbeddedHub, store: Store, client: HttpClient
) -> None:
    commit = hub.publish("acme/m", {"w.bin": CONTENT})
    hub.lies.add("*", Lie.status(403), times=1, origin="objects")

    fetched = fetch_one(store, client, of_hub(hub, "acme/m", commit, "w.bin", None), Reporter())

    assert fetched.digest == DIGEST
    assert [request.origin for request in hub.requests] == ["hub", "objects"] * 2


def test_a_host_of_files_that_always_refuses_is_told_from_the_origin(
    hub: EmbeddedHub, store: Store, client: HttpClient
) -> None:
    commit = hub.publish("acme/m", {"w.bin": CONTENT})
    hub.lies.add("*", Lie.status(403), origin="objects")

    error = failure(store, client, of_hub(hub, "acme/m", commit, "w.bin", None))

    assert type(error).code == "server"
    assert str(error) == (
        f"m/w.bin: {hub.objects_url.removeprefix('http://')}, where the origin keeps its files, "
        "answered 403 Forbidden"
    )


def test_a_plain_file_of_the_hub_is_checked_by_its_git_object_id(
    hub: EmbeddedHub, store: Store, client: HttpClient
) -> None:
    commit = hub.publish("acme/m", {"config.json": CONTENT})
    fetch = of_hub(hub, "acme/m", commit, "config.json", GIT_SHA1)

    assert fetch_one(store, client, fetch, Reporter()).digest == DIGEST


def test_a_plain_file_with_another_git_object_id_is_refused(
    hub: EmbeddedHub, store: Store, client: HttpClient
) -> None:
    commit = hub.publish("acme/m", {"config.json": CONTENT})
    hub.lies.add("config.json", Lie.WRONG_BYTES)

    error = failure(store, client, of_hub(hub, "acme/m", commit, "config.json", GIT_SHA1))

    assert isinstance(error, MismatchError)
    assert str(error).startswith(
        f"m/config.json: expected git object {GIT_SHA1}, "
        "received git object 00dfd1a431f14acc70f2ac8a5c750d6ba78e64d8\n"
    )


def test_the_next_place_is_asked_where_the_first_has_nothing(
    files: EmbeddedFiles, mirror: EmbeddedFiles, store: Store, client: HttpClient
) -> None:
    progress = Progress()
    fetch = locked(f"{files.url}/missing", mirror.url + PATH)

    fetch_one(store, client, fetch, progress)

    assert store.has(DIGEST, 7)
    assert (progress.warnings, len(files.requests)) == ([], 1)


def test_the_next_place_is_asked_where_the_first_lies_and_the_lie_is_told(
    files: EmbeddedFiles, mirror: EmbeddedFiles, store: Store, client: HttpClient
) -> None:
    progress = Progress()
    files.lies.add(PATH, Lie.WRONG_BYTES)

    fetch_one(store, client, locked(files.url + PATH, mirror.url + PATH), progress)

    assert store.has(DIGEST, 7)
    (warning,) = progress.warnings
    assert warning == (
        f"m/w.bin: expected {DIGEST}, received sha256:{OTHER_SHA256}\n"
        f"  from {files.url}/w.bin | another place had the right bytes"
    )
    assert progress.arrived == {"m/w.bin": 7}


def test_places_that_fail_in_different_ways_are_all_reported(
    files: EmbeddedFiles, mirror: EmbeddedFiles, store: Store, client: HttpClient
) -> None:
    mirror.lies.add(PATH, Lie.WRONG_BYTES)

    error = failure(store, client, locked(f"{files.url}/missing", mirror.url + PATH))

    assert isinstance(error, SeveralErrors)
    assert [one.code for one in error.errors] == ["gone", "hash-mismatch"]
    assert [one.model for one in error.errors] == ["m", "m"]


def test_places_that_fail_alike_are_reported_once(
    files: EmbeddedFiles, mirror: EmbeddedFiles, store: Store, client: HttpClient
) -> None:
    error = failure(store, client, locked(f"{files.url}/a", f"{mirror.url}/b"))

    assert isinstance(error, GoneError)
    assert mirror.url.removeprefix("http://") in str(error)


def test_a_file_that_no_place_serves_is_gone(store: Store, client: HttpClient) -> None:
    error = failure(store, client, locked())

    assert told(error) == "gone\nm/w.bin: no place is known that serves it\nNone"


@as_root
def test_a_full_disk_is_no_fault_of_the_place(
    files: EmbeddedFiles, mirror: EmbeddedFiles, client: HttpClient, tmp_path: Path
) -> None:
    files.files[PATH] = mirror.files[PATH] = LARGE
    with mounted(tmp_path / "small", "tmpfs", "size=1m") as small:
        store = Store(str(small / "store"))
        fetch = Fetch(
            subject="m/w.bin",
            model="m",
            kind=Kind.URL,
            digest=None,
            size=None,
            locations=(Location(url=files.url + PATH), Location(url=mirror.url + PATH)),
        )

        error = failure(store, client, fetch)

    assert isinstance(error, NoSpaceError)
    assert list(mirror.requests) == []


def test_a_local_file_is_copied_and_checked(
    tmp_path: Path, store: Store, client: HttpClient
) -> None:
    origin = tmp_path / "my dir" / "w%1.bin"
    origin.parent.mkdir()
    origin.write_bytes(CONTENT)

    fetch_one(store, client, locked(file_url(str(origin)), kind=Kind.LOCAL), Reporter())

    assert store.has(DIGEST, 7)


def test_a_local_file_that_was_changed_is_not_what_was_locked(
    tmp_path: Path, store: Store, client: HttpClient
) -> None:
    origin = tmp_path / "w.bin"
    origin.write_bytes(b"weightr")

    error = failure(store, client, locked(file_url(str(origin)), kind=Kind.LOCAL))

    assert told(error) == (
        "hash-mismatch\n"
        f"m/w.bin: expected {DIGEST}, received sha256:{OTHER_SHA256}\n"
        f"  from file://{origin}\n"
        "if that change was meant, run `modellock update m`"
    )


def test_a_local_file_that_vanished_is_gone(
    tmp_path: Path, store: Store, client: HttpClient
) -> None:
    error = failure(store, client, locked(file_url(str(tmp_path / "w.bin")), kind=Kind.LOCAL))

    assert (error.code, str(error)) == (
        "gone",
        f"m/w.bin: its origin no longer has it\n  from file://{tmp_path}/w.bin",
    )


@pytest.mark.parametrize("kind", ["link", "pipe", "directory"])
def test_a_local_file_that_became_something_else_is_not_read(
    tmp_path: Path, store: Store, client: HttpClient, kind: str
) -> None:
    origin, other = tmp_path / "w.bin", tmp_path / "other"
    other.write_bytes(CONTENT)
    match kind:
        case "link":
            origin.symlink_to(other)
        case "pipe":
            os.mkfifo(origin)
        case _:
            origin.mkdir()

    error = failure(store, client, locked(file_url(str(origin)), kind=Kind.LOCAL))

    assert error.code == "file-access"


def test_one_file_that_fails_stops_no_other(
    files: EmbeddedFiles, store: Store, client: HttpClient
) -> None:
    progress = Progress()
    files.files.update({"/a": b"a", "/b": b"bb"})
    files.lies.add(PATH, Lie.WRONG_BYTES)
    fetches = [
        locked(files.url + PATH),
        unknown(f"{files.url}/a", subject="m/a"),
        unknown(f"{files.url}/missing", subject="m/missing"),
        unknown(f"{files.url}/b", subject="m/b"),
    ]

    done, errors = fetch_all(store, client, fetches, progress, jobs=2)

    assert sorted(one.fetch.subject for one in done) == ["m/a", "m/b"]
    assert sorted(error.code for error in errors) == ["hash-mismatch", "not-found"]
    assert [error.model for error in errors] == ["m", "m"]
    assert progress.events[0] == ("planned", 4, 7)
    assert sum(event[0] == "failed" for event in progress.events) == 2


def test_the_largest_file_is_fetched_first(
    files: EmbeddedFiles, store: Store, client: HttpClient
) -> None:
    sizes = {"/a": SMALL, "/b": 3 * SMALL, "/c": 2 * SMALL}
    fetches = []
    for path, size in sizes.items():
        files.files[path] = path.encode() * size
        fetches.append(
            Fetch(
                subject=f"m{path}",
                model="m",
                kind=Kind.URL,
                digest=None,
                size=size * 2,
                locations=(Location(url=files.url + path),),
            )
        )

    fetch_all(store, client, fetches, Reporter(), jobs=1)

    assert [request.path for request in files.requests] == ["/b", "/c", "/a"]


def test_several_files_are_fetched_at_once(store: Store, client: HttpClient) -> None:
    all_there = threading.Barrier(8)

    def answer(request: werkzeug.Request) -> werkzeug.Response:
        all_there.wait(LONG)
        return werkzeug.Response(request.path)

    with HTTPServer(threaded=True) as server:
        server.expect_request(re.compile("/.*")).respond_with_handler(answer)
        fetches = [
            unknown(server.url_for(f"/{number}"), subject=f"m/{number}") for number in range(8)
        ]

        done, errors = fetch_all(store, client, fetches, Reporter(), jobs=8)

    assert (len(done), errors) == (8, [])


def test_an_interrupt_ends_all_transfers_and_leaves_nothing(
    files: EmbeddedFiles, store: Store, client: HttpClient
) -> None:
    files.files["/large"] = LARGE
    files.lies.add("/large", Lie.trickle(100_000))
    fetches = [unknown(f"{files.url}/large", subject=f"m/{number}") for number in range(3)]

    def interrupt() -> None:
        wait_until(lambda: len(files.requests) == 2)
        os.kill(os.getpid(), signal.SIGINT)

    threading.Thread(target=interrupt).start()
    with at_once(), pytest.raises(KeyboardInterrupt):
        fetch_all(store, client, fetches, Reporter(), jobs=2)

    # A thread that a busy machine does not let end in time ends later.
    wait_until(lambda: names_in(store) == [])


def test_memory_does_not_grow_with_the_file(
    files: EmbeddedFiles, store: Store, client: HttpClient
) -> None:
    files.files["/large"] = LARGE * 2
    tracemalloc.start()
    try:
        fetch_one(store, client, unknown(f"{files.url}/large"), Reporter())
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert len(files.files["/large"]) > 33_000_000
    assert peak < 8_000_000
