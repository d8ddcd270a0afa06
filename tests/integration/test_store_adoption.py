"""Files that are written to while they are taken over: none gets in with bytes nobody hashed."""

import os
import threading
from pathlib import Path

import pytest

from modellock.decisions.adoption import Find
from modellock.documents.project_settings import LinkMode
from modellock.shell.crew import StoppedError
from modellock.shell.finds import find_of
from modellock.shell.store import Store
from modellock.shell.store_adoption import Content, read, take_over
from tests.integration.filesystems import as_root, btrfs

RIGHT = b"right bytes"
WRONG = b"wrong bytes"


def file_in(directory: Path) -> Path:
    file = directory / "model.bin"
    file.write_bytes(RIGHT)
    os.utime(file, (1, 1))
    return file


def found(file: Path) -> Find:
    return find_of(str(file), str(file.parent), file.lstat())


def content_of(file: Path) -> Content:
    content = read(found(file), threading.Event())
    assert content is not None
    return content


def test_what_is_read_is_told_with_its_hash(tmp_path: Path) -> None:
    content = content_of(file_in(tmp_path))

    assert content.hasher.size == 11
    assert content.digest.value == (
        "c8d6e6a1caed1d3a40e6ab76f42b6a07a23fd496276769a3b4a2c449e5416e26"
    )


def test_a_file_that_was_written_to_since_it_was_found_is_not_believed(tmp_path: Path) -> None:
    file = file_in(tmp_path)
    find = found(file)
    file.write_bytes(WRONG)

    assert read(find, threading.Event()) is None


def test_one_that_another_process_has_just_linked_into_its_store_is(tmp_path: Path) -> None:
    file = file_in(tmp_path)
    find, content = found(file), content_of(file)
    take_over(Store(str(tmp_path / "store")), content, [LinkMode.HARDLINK])

    again = read(find, threading.Event())

    assert again is not None
    assert again.digest == content.digest


def test_one_that_grows_while_it_is_read_comes_to_an_end(tmp_path: Path) -> None:
    file = file_in(tmp_path)
    find, seen = found(file), list[int]()

    def grow(count: int) -> None:
        seen.append(count)
        with file.open("ab") as growing:
            growing.write(WRONG)

    assert read(find, threading.Event(), grow) is None
    assert seen == [11, 11]


def test_nor_one_that_became_a_link_or_went(tmp_path: Path) -> None:
    file = file_in(tmp_path)
    find = found(file)
    file.rename(tmp_path / "moved")

    assert read(find, threading.Event()) is None
    file.symlink_to(tmp_path / "moved")
    assert read(find, threading.Event()) is None


def test_reading_ends_when_the_run_does(tmp_path: Path) -> None:
    stop = threading.Event()
    stop.set()

    with pytest.raises(StoppedError):
        read(found(file_in(tmp_path)), stop)


@pytest.mark.parametrize("way", [LinkMode.HARDLINK, LinkMode.COPY])
def test_a_file_that_is_written_to_after_it_was_read_does_not_get_in(
    tmp_path: Path, way: LinkMode
) -> None:
    refuses_what_changed(tmp_path, way)


@as_root
def test_nor_does_its_clone(tmp_path: Path) -> None:
    with btrfs(tmp_path / "disk") as disk:
        refuses_what_changed(disk, LinkMode.REFLINK)


def refuses_what_changed(directory: Path, way: LinkMode) -> None:
    file = file_in(directory)
    content = content_of(file)
    file.write_bytes(WRONG)
    os.utime(file, (1, 1))
    store = Store(str(directory / "store"))

    taken = take_over(store, content, [way])

    assert taken is None
    assert list(store.digests()) == []
    assert list((directory / "store/v1/staged").iterdir()) == []
    assert file.read_bytes() == WRONG


def test_a_file_that_was_written_to_gets_its_mode_back_and_no_false_time(tmp_path: Path) -> None:
    file = file_in(tmp_path)
    file.chmod(0o640)
    content = content_of(file)
    before = file.stat().st_mtime_ns
    file.write_bytes(WRONG)

    take_over(Store(str(tmp_path / "store")), content, [LinkMode.HARDLINK])

    assert file.stat().st_mode & 0o777 == 0o640
    assert file.stat().st_mtime_ns > before


def test_another_file_under_the_same_name_stays_as_it_is(tmp_path: Path) -> None:
    file = file_in(tmp_path)
    content = content_of(file)
    (tmp_path / "other").write_bytes(WRONG)
    (tmp_path / "other").replace(file)
    before = file.stat()

    taken = take_over(Store(str(tmp_path / "store")), content, [LinkMode.HARDLINK])

    assert taken is None
    assert (file.stat().st_mode, file.stat().st_mtime_ns) == (before.st_mode, before.st_mtime_ns)


def test_a_way_that_does_not_work_here_gives_way_to_the_next(tmp_path: Path) -> None:
    content = content_of(file_in(tmp_path))
    store = Store(str(tmp_path / "store"))

    assert take_over(store, content, [LinkMode.REFLINK, LinkMode.HARDLINK]) in (
        LinkMode.REFLINK,
        LinkMode.HARDLINK,
    )

    assert store.has(content.digest, 11)


def test_what_another_process_published_meanwhile_stays(tmp_path: Path) -> None:
    content = content_of(file_in(tmp_path))
    store = Store(str(tmp_path / "store"))
    take_over(store, content, [LinkMode.COPY])
    blob = os.stat(store.path_of(content.digest)).st_ino

    assert take_over(store, content, [LinkMode.HARDLINK]) is LinkMode.HARDLINK

    assert os.stat(store.path_of(content.digest)).st_ino == blob
    assert list((tmp_path / "store/v1/staged").iterdir()) == []
