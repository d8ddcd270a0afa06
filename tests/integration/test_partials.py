"""Partial files that are damaged, somebody else's, or on a disk whose locks mean little."""

import fcntl
import json
import os
import re
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from modellock.errors import FileAccessError, ModellockError
from modellock.shell.store import Store
from modellock.shell.store_partials import arrived_so_far, open_partial
from modellock.testing import EmbeddedFiles, Lie
from modellock.values.digest import ContentHasher
from tests.integration.filesystems import as_root, mounted_over
from tests.integration.large_file import (
    CONTENT,
    DIGEST,
    HALF,
    PATH,
    SIZE,
    fetched,
    half_fetched,
    names,
    ranges,
    shown,
    staged,
)
from tests.integration.trees import NOBODY, as_nobody, let_pass

REST = f"bytes={HALF}-{SIZE - 1}"


@pytest.fixture
def files() -> Iterator[EmbeddedFiles]:
    with EmbeddedFiles({PATH: CONTENT}) as files:
        yield files


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(str(tmp_path / "store"))


def partial_of(store: Store) -> Path:
    return staged(store) / f"{DIGEST.value}.part"


def record_of(store: Store) -> Path:
    return staged(store) / f"{DIGEST.value}.part.json"


def _directory(path: Path, _elsewhere: Path) -> None:
    path.mkdir()


def _pipe(path: Path, _elsewhere: Path) -> None:
    os.mkfifo(path)


def _link(path: Path, elsewhere: Path) -> None:
    path.symlink_to(elsewhere)


def _second_name(path: Path, elsewhere: Path) -> None:
    path.hardlink_to(elsewhere)


Obstacle = Callable[[Path, Path], None]


@pytest.mark.parametrize("put", [_directory, _pipe, _link, _second_name])
@pytest.mark.parametrize("where", [partial_of, record_of])
def test_what_is_in_the_way_of_a_partial_file_is_left_alone(
    files: EmbeddedFiles,
    store: Store,
    tmp_path: Path,
    where: Callable[[Store], Path],
    put: Obstacle,
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_bytes(b"mine")
    staged(store).mkdir(parents=True)
    put(where(store), elsewhere)

    fetched(store, files)

    assert shown(store) == CONTENT
    assert elsewhere.read_bytes() == b"mine"
    assert names(store) == [where(store).name.replace(DIGEST.value, "DIGEST")]


@pytest.mark.parametrize("etag", ["\r\nX-Injected: 1", "\ud800", 'W/"weak"', "bare"])
def test_an_etag_that_no_server_sends_is_not_sent_to_one(
    files: EmbeddedFiles, store: Store, etag: str
) -> None:
    half_fetched(store, files)
    record = record_of(store)
    record.write_text(json.dumps({**json.loads(record.read_text()), "etag": etag}))

    fetched(store, files)

    assert shown(store) == CONTENT
    assert ranges(files) == [REST]
    assert files.requests[0].headers.get("If-Range") is None


def test_an_etag_as_long_as_a_letter_does_not_crowd_out_the_record(
    files: EmbeddedFiles, store: Store
) -> None:
    files.lies.add(PATH, Lie.header("ETag", f'"{"a" * 60_000}"'))
    half_fetched(store, files)
    size_of_record = record_of(store).stat().st_size

    fetched(store, files)

    assert size_of_record < 4096
    assert ranges(files) == [REST]


@pytest.mark.parametrize(
    "here",
    [
        [[2 * index, 2 * index + 1] for index in range(1500)],
        [[0, 10**18]],
        [[-1, 5]],
        [[5, 5]],
        [[0.0, 5.0]],
        [[False, True]],
        [["0", "5"]],
        [[1, 2, 3]],
        {"0": "5"},
        "0-5",
    ],
)
def test_a_record_that_no_process_writes_is_as_good_as_none(
    files: EmbeddedFiles, store: Store, here: object
) -> None:
    half_fetched(store, files)
    record = record_of(store)
    fields = json.loads(record.read_text())
    record.write_text(json.dumps({**fields, "here": here, "durable": []}))

    fetched(store, files)

    assert shown(store) == CONTENT
    assert ranges(files) == [f"bytes=0-{SIZE - 1}"]


def test_bytes_that_a_record_counts_twice_arrived_once(files: EmbeddedFiles, store: Store) -> None:
    half_fetched(store, files)
    record = record_of(store)
    fields = json.loads(record.read_text())
    record.write_text(json.dumps({**fields, "here": [[0, HALF]] * 3}))

    assert arrived_so_far(store, DIGEST) == HALF


@as_root
@pytest.mark.slow
def test_a_file_that_a_kill_left_read_only_is_gone_on_with_itself(
    files: EmbeddedFiles, store: Store
) -> None:
    half_fetched(store, files)
    partial_of(store).chmod(0o444)
    file = partial_of(store).stat().st_ino
    _give_to_nobody(store)

    as_nobody(lambda: fetched(store, files))

    assert Path(store.path_of(DIGEST)).stat().st_ino == file
    assert ranges(files) == [REST]
    assert names(store) == []


@as_root
@pytest.mark.slow
def test_what_another_user_left_is_copied_and_need_not_be_removable(
    files: EmbeddedFiles, store: Store
) -> None:
    half_fetched(store, files)
    _open_to_all(store, 0o1777)

    as_nobody(lambda: fetched(store, files))

    assert shown(store) == CONTENT
    assert ranges(files) == [REST]
    assert names(store) == ["DIGEST.part", "DIGEST.part.json"]


@as_root
@pytest.mark.slow
def test_what_another_user_left_is_copied_once_however_often_one_is_killed(
    files: EmbeddedFiles, store: Store
) -> None:
    half_fetched(store, files)
    _open_to_all(store, 0o1777)
    files.lies.add(PATH, Lie.status(404), times=2)
    for _ in range(2):
        as_nobody(lambda: _failing(store, files))

    as_nobody(lambda: fetched(store, files))

    assert ranges(files)[2:] == [REST]
    assert names(store) == ["DIGEST.part", "DIGEST.part.json"]


@pytest.mark.parametrize("error", [None, OSError("no locks")], ids=["lie", "missing"])
def test_where_locks_mean_nothing_nothing_is_left_of_what_was_tried(
    files: EmbeddedFiles, store: Store, monkeypatch: pytest.MonkeyPatch, error: OSError | None
) -> None:
    def flock(_descriptor: int, _operation: int) -> None:
        if error is not None:
            raise error

    monkeypatch.setattr(fcntl, "flock", flock)

    fetched(store, files)

    assert names(store) == []


def test_where_locks_mean_nothing_nobody_takes_away_what_another_has_just_begun(
    files: EmbeddedFiles, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fcntl, "flock", lambda _descriptor, _operation: None)
    first = open_partial(store, DIGEST, SIZE)
    assert first is not None

    with closing(first):
        fetched(store, files)

        assert Path(first.path).exists()


@as_root
def test_on_a_network_disk_a_later_process_of_this_machine_goes_on_with_the_same_file(
    files: EmbeddedFiles, store: Store, tmp_path: Path
) -> None:
    with _network_disks(tmp_path):
        half_fetched(store, files)
        (before,) = [path.stat().st_ino for path in staged(store).glob("*.part")]

        fetched(store, files)

    assert Path(store.path_of(DIGEST)).stat().st_ino == before
    assert ranges(files) == [REST]
    assert names(store) == []


@as_root
def test_on_a_network_disk_a_second_process_of_this_machine_waits(
    store: Store, tmp_path: Path
) -> None:
    with _network_disks(tmp_path):
        first = open_partial(store, DIGEST, SIZE)
        assert first is not None
        first.write(0, CONTENT[:HALF])

        second = open_partial(store, DIGEST, SIZE)
        first.close()

    assert second is None


@as_root
def test_on_a_network_disk_what_another_machine_began_is_copied(
    files: EmbeddedFiles, store: Store, tmp_path: Path
) -> None:
    with _network_disks(tmp_path):
        half_fetched(store, files)
        (record,) = staged(store).glob("*.json")
        fields = json.loads(record.read_text())
        record.write_text(json.dumps({**fields, "boot": "theirs", "durable": fields["here"]}))
        (theirs,) = [path.stat().st_ino for path in staged(store).glob("*.part")]

        fetched(store, files)

    assert Path(store.path_of(DIGEST)).stat().st_ino != theirs
    assert ranges(files) == [REST]


def test_a_file_whose_name_another_has_now_is_not_published_by_that_name(store: Store) -> None:
    partial = open_partial(store, DIGEST, SIZE)
    assert partial is not None
    partial.write(0, CONTENT)
    hasher = ContentHasher()
    hasher.update(CONTENT)
    partial_of(store).rename(staged(store) / "moved")
    partial_of(store).write_bytes(bytes(SIZE))

    with pytest.raises(FileAccessError, match="another file has its name now"):
        partial.publish(hasher)
    partial.close()

    assert list(store.digests()) == []


@contextmanager
def _network_disks(tmp_path: Path) -> Iterator[None]:
    """All disks look to this process as if other machines could write to them, too."""
    mounts = f"/proc/{os.getpid()}/mountinfo"
    told = tmp_path / "mountinfo"
    told.write_text(re.sub(" - [a-z0-9]+ ", " - nfs4 ", Path(mounts).read_text()))
    with mounted_over(told, Path(mounts)):
        yield


def _failing(store: Store, files: EmbeddedFiles) -> None:
    with pytest.raises(ModellockError):
        fetched(store, files)


def _open_to_all(store: Store, mode: int) -> None:
    for folder in [*Path(store.root).rglob("*"), Path(store.root)]:
        if folder.is_dir():
            folder.chmod(mode)
    let_pass(Path(store.root))


def _give_to_nobody(store: Store) -> None:
    for path in [*Path(store.root).rglob("*"), Path(store.root)]:
        os.chown(path, NOBODY, NOBODY)
    let_pass(Path(store.root))
