"""Large files that are continued: in the same run, by a later process, beside another one."""

import fcntl
import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from modellock.errors import MismatchError, NoSpaceError, TruncatedError, WrongContentError
from modellock.ports.reporting import Reporter
from modellock.shell.store import Store
from modellock.shell.store_partials import arrived_so_far, open_partial
from modellock.testing import EmbeddedFiles, Lie, Reply
from modellock.values.digest import Digest, sha256_of_bytes
from tests.integration.filesystems import as_root, mounted
from tests.integration.large_file import (
    CONTENT,
    DIGEST,
    HALF,
    OTHER,
    PATH,
    SIZE,
    failure,
    fetched,
    half_fetched,
    names,
    ranges,
    shown,
    staged,
)
from tests.integration.processes import ended, start
from tests.integration.wires import Progress
from tests.waiting import wait_until


@pytest.fixture
def files() -> Iterator[EmbeddedFiles]:
    with EmbeddedFiles({PATH: CONTENT}) as files:
        yield files


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(str(tmp_path / "store"))


def test_what_breaks_off_goes_on_where_it_broke_off(files: EmbeddedFiles, store: Store) -> None:
    progress = Progress()
    files.lies.add(PATH, Lie.TRUNCATED, times=1)

    fetched(store, files, reporter=progress)

    assert shown(store) == CONTENT
    assert ranges(files) == [f"bytes=0-{SIZE - 1}", f"bytes={HALF}-{SIZE - 1}"]
    assert progress.events == [
        ("planned", 1, SIZE),
        ("started", "m/w.bin", SIZE),
        ("finished", "m/w.bin"),
    ]
    assert progress.arrived == {"m/w.bin": SIZE}
    assert names(store) == []


def test_the_rest_is_asked_for_of_the_very_same_file(files: EmbeddedFiles, store: Store) -> None:
    files.lies.add(PATH, Lie.TRUNCATED, times=1)

    fetched(store, files)

    etags = [request.headers.get("If-Range") for request in files.requests]
    assert etags == [None, f'"{DIGEST.value[:32]}"']


def test_a_line_that_breaks_more_often_than_patience_lasts_is_no_reason_to_give_up(
    files: EmbeddedFiles, store: Store
) -> None:
    files.lies.add(PATH, Lie.TRUNCATED, times=12)

    fetched(store, files)

    assert shown(store) == CONTENT
    assert len(files.requests) == 13


def test_a_later_process_fetches_only_what_is_missing(files: EmbeddedFiles, store: Store) -> None:
    half_fetched(store, files)
    assert names(store) == ["DIGEST.part", "DIGEST.part.json"]

    progress = Progress()
    fetched(store, files, reporter=progress)

    assert shown(store) == CONTENT
    assert ranges(files) == [f"bytes={HALF}-{SIZE - 1}"]
    assert progress.arrived == {"m/w.bin": SIZE}
    assert names(store) == []


def test_nothing_is_asked_for_where_only_the_check_was_missing(
    files: EmbeddedFiles, store: Store
) -> None:
    partial = open_partial(store, DIGEST, SIZE)
    assert partial is not None
    with closing(partial):
        partial.write(0, CONTENT)

    fetched(store, files)

    assert shown(store) == CONTENT
    assert len(files.requests) == 0


def test_a_server_without_ranges_is_asked_for_the_whole_file(
    files: EmbeddedFiles, store: Store
) -> None:
    half_fetched(store, files)
    files.lies.add(PATH, Lie.IGNORED_RANGE)
    progress = Progress()

    fetched(store, files, reporter=progress)

    assert shown(store) == CONTENT
    assert ranges(files) == [f"bytes={HALF}-{SIZE - 1}", None]
    assert progress.arrived == {"m/w.bin": SIZE}


def test_a_server_without_ranges_that_breaks_off_is_asked_from_the_first_byte_each_time(
    files: EmbeddedFiles, store: Store
) -> None:
    half_fetched(store, files)
    files.lies.add(PATH, Lie.TRUNCATED, times=4)
    files.lies.add(PATH, Lie.IGNORED_RANGE)

    fetched(store, files)

    assert shown(store) == CONTENT
    assert ranges(files)[-1] is None


def test_a_server_without_ranges_that_always_breaks_off_is_given_up(
    files: EmbeddedFiles, store: Store
) -> None:
    files.lies.add(PATH, Lie.TRUNCATED)
    files.lies.add(PATH, Lie.IGNORED_RANGE)

    with pytest.raises(TruncatedError):
        fetched(store, files)

    assert len(files.requests) < 12


@pytest.mark.parametrize(
    "reply",
    [
        Reply(status=416, headers={"Content-Range": f"bytes */{HALF}"}),
        Reply(
            status=206, headers={"Content-Range": f"bytes 0-{HALF - 1}/{SIZE}"}, body=b"x" * HALF
        ),
        Reply(
            status=206,
            headers={"Content-Range": f"bytes {HALF}-{SIZE - 1}/{SIZE + 1}"},
            body=b"x" * HALF,
        ),
        Reply(status=206, body=b"x" * HALF),
        Reply(
            status=206,
            headers={"Content-Type": "multipart/byteranges; boundary=b"},
            body=b"x" * HALF,
        ),
        Reply(
            status=206,
            headers={
                "Content-Range": f"bytes {HALF}-{SIZE - 1}/{SIZE}",
                "Content-Encoding": "gzip",
            },
            body=b"x" * HALF,
        ),
    ],
    ids=["416", "other-offset", "other-total", "no-range", "multipart", "packed"],
)
def test_a_part_that_is_not_the_one_asked_for_leads_to_a_clean_start(
    files: EmbeddedFiles, store: Store, reply: Reply
) -> None:
    half_fetched(store, files)
    files.lies.add(PATH, Lie.reply(reply), times=1)

    fetched(store, files)

    assert shown(store) == CONTENT
    assert ranges(files) == [f"bytes={HALF}-{SIZE - 1}", None]


def test_a_file_that_changed_meanwhile_is_fetched_from_its_first_byte(
    files: EmbeddedFiles, store: Store
) -> None:
    files.files[PATH] = OTHER
    half_fetched(store, files)
    files.files[PATH] = CONTENT

    fetched(store, files)

    assert shown(store) == CONTENT
    assert ranges(files) == [f"bytes={HALF}-{SIZE - 1}", None]


@pytest.mark.parametrize("lie", [Lie.HTML_PAGE, Lie.status(503), Lie.status(404)])
def test_a_place_that_has_something_else_now_costs_nothing_of_what_is_here(
    files: EmbeddedFiles, store: Store, lie: Lie
) -> None:
    half_fetched(store, files)
    files.lies.add(PATH, lie, times=1)
    failure(store, files)
    files.requests.clear()

    fetched(store, files)

    assert ranges(files) == [f"bytes={HALF}-{SIZE - 1}"]


def test_a_page_in_place_of_the_rest_is_named_a_page(files: EmbeddedFiles, store: Store) -> None:
    half_fetched(store, files)
    files.lies.add(PATH, Lie.HTML_PAGE)

    error = failure(store, files)

    assert isinstance(error, WrongContentError)
    assert "received an HTML page" in str(error)


def test_a_page_without_a_length_costs_nothing_of_what_is_here(
    files: EmbeddedFiles, store: Store
) -> None:
    half_fetched(store, files)
    page = Reply(headers={"Transfer-Encoding": "chunked"}, body=b"<html>log in first</html>")
    files.lies.add(PATH, Lie.reply(page), times=1)
    error = failure(store, files)
    files.requests.clear()

    fetched(store, files)

    assert isinstance(error, WrongContentError)
    assert ranges(files) == [f"bytes={HALF}-{SIZE - 1}"]


def test_what_became_wrong_on_the_disk_is_fetched_anew_before_anybody_is_blamed(
    files: EmbeddedFiles, store: Store
) -> None:
    half_fetched(store, files)
    with (staged(store) / f"{DIGEST.value}.part").open("r+b") as file:
        file.write(bytes(1000))
    progress = Progress()

    fetched(store, files, reporter=progress)

    assert shown(store) == CONTENT
    assert ranges(files) == [f"bytes={HALF}-{SIZE - 1}", None]
    assert progress.arrived == {"m/w.bin": SIZE}
    assert progress.warnings == []


def test_a_place_that_sends_a_wrong_file_is_blamed_after_one_whole_body(
    files: EmbeddedFiles, store: Store
) -> None:
    half_fetched(store, files)
    files.files[PATH] = OTHER
    files.lies.add(PATH, Lie.header("ETag", None))

    error = failure(store, files)

    assert isinstance(error, MismatchError)
    assert str(error).startswith(f"m/w.bin: expected {DIGEST}, received {sha256_of_bytes(OTHER)}\n")
    assert ranges(files) == [f"bytes={HALF}-{SIZE - 1}", None]
    assert names(store) == []


def test_a_wrong_file_in_one_body_is_not_asked_for_again(
    files: EmbeddedFiles, store: Store
) -> None:
    files.files[PATH] = OTHER

    assert isinstance(failure(store, files), MismatchError)

    assert ranges(files) == [f"bytes=0-{SIZE - 1}"]
    assert names(store) == []


def test_another_place_goes_on_where_the_first_broke_off(
    files: EmbeddedFiles, store: Store
) -> None:
    half_fetched(store, files)
    files.lies.add(PATH, Lie.status(404))
    with EmbeddedFiles({PATH: CONTENT}) as mirror:
        mirror.lies.add(PATH, Lie.header("ETag", '"another"'))

        fetched(store, files, mirror)

        assert ranges(mirror) == [f"bytes={HALF}-{SIZE - 1}"]
        assert mirror.requests[0].headers.get("If-Range") is None
    assert shown(store) == CONTENT


def test_after_a_crash_of_the_system_only_what_the_disk_has_counts(
    files: EmbeddedFiles, store: Store
) -> None:
    half_fetched(store, files)
    record = staged(store) / f"{DIGEST.value}.part.json"
    fields = json.loads(record.read_text())
    record.write_text(json.dumps({**fields, "boot": "another", "durable": [[0, 1000]]}))

    fetched(store, files)

    assert shown(store) == CONTENT
    assert ranges(files) == [f"bytes=1000-{SIZE - 1}"]


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"size": 4000000}', '{"size":4000000,"here":[[0,9000000]]}']
)
def test_a_record_that_a_crash_left_unreadable_is_as_good_as_none(
    files: EmbeddedFiles, store: Store, text: str
) -> None:
    half_fetched(store, files)
    (staged(store) / f"{DIGEST.value}.part.json").write_text(text)

    fetched(store, files)

    assert shown(store) == CONTENT
    assert ranges(files) == [f"bytes=0-{SIZE - 1}"]


def test_a_record_of_more_bytes_than_there_are_is_not_believed(
    files: EmbeddedFiles, store: Store
) -> None:
    half_fetched(store, files)
    os.truncate(staged(store) / f"{DIGEST.value}.part", 1000)

    fetched(store, files)

    assert shown(store) == CONTENT
    assert ranges(files) == [f"bytes=0-{SIZE - 1}"]


def test_a_partial_file_with_a_name_elsewhere_is_not_written_to(
    files: EmbeddedFiles, store: Store, tmp_path: Path
) -> None:
    half_fetched(store, files)
    elsewhere = tmp_path / "elsewhere"
    os.link(staged(store) / f"{DIGEST.value}.part", elsewhere)
    before = elsewhere.read_bytes()

    fetched(store, files)

    assert shown(store) == CONTENT
    assert elsewhere.read_bytes() == before
    assert ranges(files) == [f"bytes={HALF}-{SIZE - 1}"]


def test_a_link_in_the_place_of_a_partial_file_is_not_followed(
    files: EmbeddedFiles, store: Store, tmp_path: Path
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_bytes(b"mine")
    staged(store).mkdir(parents=True)
    (staged(store) / f"{DIGEST.value}.part").symlink_to(elsewhere)

    fetched(store, files)

    assert shown(store) == CONTENT
    assert elsewhere.read_bytes() == b"mine"


@pytest.mark.slow
def test_who_comes_second_waits_sees_how_far_it_is_and_fetches_nothing(
    files: EmbeddedFiles, store: Store
) -> None:
    files.lies.add(PATH, Lie.trickle(1_000_000))
    child = start(lambda: fetched(store, files))
    wait_until(lambda: names(store) == ["DIGEST.part", "DIGEST.part.json"])
    progress = Progress()

    fetched(store, files, reporter=progress)

    assert ended(child) == 0
    assert shown(store) == CONTENT
    assert len(files.requests) == 1
    assert progress.arrived == {"m/w.bin": SIZE}


@pytest.mark.slow
def test_who_waits_goes_on_where_the_first_was_killed(files: EmbeddedFiles, store: Store) -> None:
    files.lies.add(PATH, Lie.trickle(400_000), times=1)
    child = start(lambda: fetched(store, files))
    wait_until(lambda: arrived_so_far(store, DIGEST) > 0)

    class Killing(Reporter):
        def fetch_awaited(self, subject: str) -> None:
            del subject
            os.kill(child, 9)

    fetched(store, files, reporter=Killing())

    assert ended(child) == -9
    assert shown(store) == CONTENT
    first, second = ranges(files)
    assert first == f"bytes=0-{SIZE - 1}"
    assert second not in (first, None)


@pytest.mark.parametrize("error", [None, OSError("no locks")], ids=["lie", "missing"])
def test_where_locks_mean_nothing_nobody_writes_to_the_file_of_another(
    files: EmbeddedFiles, store: Store, monkeypatch: pytest.MonkeyPatch, error: OSError | None
) -> None:
    def flock(_descriptor: int, _operation: int) -> None:
        if error is not None:
            raise error

    half_fetched(store, files)
    first = open_partial(store, DIGEST, SIZE)
    assert first is not None
    monkeypatch.setattr(fcntl, "flock", flock)

    fetched(store, files)
    first.write(0, bytes(1000))
    first.close()

    assert shown(store) == CONTENT
    assert ranges(files) == [f"bytes={HALF}-{SIZE - 1}"]


@pytest.mark.slow
def test_two_of_which_each_believes_it_has_the_lock_both_end_well(
    files: EmbeddedFiles, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fcntl, "flock", lambda _descriptor, _operation: None)
    files.lies.add(PATH, Lie.trickle(8_000_000))

    children = [start(lambda: fetched(store, files)) for _ in range(3)]

    assert [ended(child) for child in children] == [0, 0, 0]
    assert shown(store) == CONTENT


@pytest.mark.slow
def test_an_interrupt_keeps_what_has_arrived(files: EmbeddedFiles, store: Store) -> None:
    files.lies.add(PATH, Lie.trickle(500_000), times=1)
    child = start(lambda: fetched(store, files))
    wait_until(lambda: arrived_so_far(store, DIGEST) > 600_000)
    os.kill(child, 2)
    assert ended(child) == 1
    files.requests.clear()

    fetched(store, files)

    (asked,) = ranges(files)
    assert asked is not None
    assert int(asked.removeprefix("bytes=").partition("-")[0]) > 500_000


@as_root
def test_a_disk_that_is_full_before_the_last_byte_keeps_what_it_has(
    files: EmbeddedFiles, tmp_path: Path
) -> None:
    with mounted(tmp_path / "small", "tmpfs", "size=3m") as small:
        store = Store(str(small / "store"))
        error = failure(store, files)
        files.requests.clear()
        subprocess.run(["mount", "-o", "remount,size=20m", str(small)], check=True)

        fetched(store, files)

        assert isinstance(error, NoSpaceError)
        assert shown(store) == CONTENT
        (asked,) = ranges(files)
        assert asked is not None
        assert int(asked.removeprefix("bytes=").partition("-")[0]) > HALF


def test_a_digest_of_other_bytes_has_a_partial_file_of_its_own(store: Store) -> None:
    other = Digest("sha256", "0" * 64)
    one, two = open_partial(store, DIGEST, SIZE), open_partial(store, other, SIZE)

    assert one is not None
    assert two is not None
    assert one.path != two.path
    one.close()
    two.close()


def test_of_a_file_of_which_nothing_arrived_nothing_is_left(
    files: EmbeddedFiles, store: Store
) -> None:
    files.lies.add(PATH, Lie.status(404))

    failure(store, files)

    assert names(store) == []
