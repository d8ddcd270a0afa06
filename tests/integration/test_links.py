"""The link ladder, on file systems that refuse in different ways."""

import errno
import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from modellock.documents.project_settings import LinkMode
from modellock.errors import LinkModeError
from modellock.shell.links import Linker
from tests.integration.filesystems import as_root, btrfs, mounted, second_disk

CONTENT = b"weights"


@pytest.fixture
def blob(tmp_path: Path) -> Path:
    path = tmp_path / "blob"
    path.write_bytes(CONTENT)
    path.chmod(0o444)
    return path


@pytest.fixture
def other_disk() -> Iterator[Path]:
    """A directory on another file system than the temporary one."""
    with second_disk() as directory:
        yield directory


class Notes(list[str]):
    """What was said."""


@pytest.fixture
def notes() -> Notes:
    return Notes()


def test_a_hard_link_is_the_first_choice_and_goes_without_saying(
    blob: Path, tmp_path: Path, notes: Notes
) -> None:
    Linker(LinkMode.AUTO, notes.append).link(str(blob), str(tmp_path / "placed"))

    assert os.path.samefile(blob, tmp_path / "placed")
    assert notes == []


def test_across_file_systems_files_are_copied_and_that_is_said_once(
    blob: Path, other_disk: Path, notes: Notes
) -> None:
    linker = Linker(LinkMode.AUTO, notes.append)

    linker.link(str(blob), str(other_disk / "one"))
    linker.link(str(blob), str(other_disk / "two"))

    assert (other_disk / "one").read_bytes() == (other_disk / "two").read_bytes() == CONTENT
    assert notes == ["models are copied: no hard links from the store (Invalid cross-device link)"]


def test_a_copy_is_its_users_own(blob: Path, tmp_path: Path, notes: Notes) -> None:
    before = os.umask(0o077)
    try:
        Linker(LinkMode.COPY, notes.append).link(str(blob), str(tmp_path / "placed"))
    finally:
        os.umask(before)

    status = os.stat(tmp_path / "placed")
    assert stat.S_IMODE(status.st_mode) == 0o644
    assert not os.path.samefile(blob, tmp_path / "placed")
    assert notes == []


def test_a_symbolic_link_is_made_only_when_asked(blob: Path, tmp_path: Path, notes: Notes) -> None:
    Linker(LinkMode.SYMLINK, notes.append).link(str(blob), str(tmp_path / "placed"))

    assert os.readlink(tmp_path / "placed") == str(blob)


@pytest.mark.parametrize("mode", [LinkMode.HARDLINK, LinkMode.REFLINK])
def test_a_mode_that_was_asked_for_is_that_mode_or_an_error(
    mode: LinkMode, blob: Path, other_disk: Path, notes: Notes
) -> None:
    with pytest.raises(LinkModeError, match=f"cannot be a {mode} of .*: Invalid cross-device"):
        Linker(mode, notes.append).link(str(blob), str(other_disk / "placed"))

    assert list(other_disk.iterdir()) == []


@as_root
def test_a_reflink_is_taken_where_the_file_system_has_them(tmp_path: Path, notes: Notes) -> None:
    with btrfs(tmp_path / "disk") as disk:
        (disk / "blob").write_bytes(CONTENT)

        Linker(LinkMode.REFLINK, notes.append).link(str(disk / "blob"), str(disk / "placed"))

        assert (disk / "placed").read_bytes() == CONTENT


def test_a_full_disk_is_no_reason_to_try_another_way(
    tmp_path: Path, blob: Path, notes: Notes
) -> None:
    blob.chmod(0o644)
    blob.write_bytes(bytes(100_000))
    with mounted(tmp_path / "small", "tmpfs", "size=16k") as small:
        with pytest.raises(OSError, match="No space left on device") as caught:
            Linker(LinkMode.AUTO, notes.append).link(str(blob), str(small / "placed"))

        assert caught.value.errno == errno.ENOSPC
        assert list(small.iterdir()) == []


@as_root
def test_a_blob_of_another_user_is_copied(tmp_path: Path) -> None:
    if Path("/proc/sys/fs/protected_hardlinks").read_text() != "1\n":
        pytest.skip("fs.protected_hardlinks is off")
    tmp_path.chmod(0o711)
    (tmp_path / "blob").write_bytes(CONTENT)
    (tmp_path / "blob").chmod(0o444)
    (tmp_path / "home").mkdir()
    os.chown(tmp_path / "home", 12345, 12345)
    script = (
        "import os, sys\n"
        "from modellock.shell.links import Linker\n"
        "from modellock.documents.project_settings import LinkMode\n"
        "os.setuid(12345)\n"
        "Linker(LinkMode.AUTO, print).link('blob', 'home/placed')\n"
    )

    ended = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False
    )

    if "PermissionError" in ended.stderr and "blob" not in ended.stderr:
        pytest.skip("the package cannot be read by other users")
    assert ended.stdout == (
        "models are copied: no hard links from the store "
        "(its files are another user's, see fs.protected_hardlinks)\n"
    ), ended.stderr
    assert (tmp_path / "home" / "placed").read_bytes() == CONTENT


def test_whatever_is_no_hard_link_gets_the_time_that_is_asked_for(
    blob: Path, tmp_path: Path, notes: Notes
) -> None:
    for mode in (LinkMode.COPY, LinkMode.SYMLINK):
        target = tmp_path / mode
        Linker(mode, notes.append).link(str(blob), str(target), mtime_ns=1_000_000_000)

        assert target.lstat().st_mtime == 1

    assert blob.stat().st_mtime != 1


def test_where_blobs_are_moved_a_second_file_is_a_copy(
    blob: Path, tmp_path: Path, notes: Notes
) -> None:
    linker = Linker(LinkMode.AUTO, notes.append, moves=True)

    linker.link(str(blob), str(tmp_path / "one"))
    linker.link(str(blob), str(tmp_path / "two"))

    assert os.path.samefile(blob, tmp_path / "one")
    assert not os.path.samefile(blob, tmp_path / "two")
    assert (tmp_path / "two").read_bytes() == CONTENT
    assert notes == []


def test_a_free_name_is_linked_at_once_where_that_is_one_step(
    blob: Path, tmp_path: Path, other_disk: Path, notes: Notes
) -> None:
    auto = Linker(LinkMode.AUTO, notes.append)

    assert auto.link_at_once(str(blob), str(tmp_path / "placed"))
    assert not auto.link_at_once(str(blob), str(other_disk / "placed"))
    assert not Linker(LinkMode.COPY, notes.append).link_at_once(str(blob), str(tmp_path / "copy"))
    assert list(other_disk.iterdir()) == []


@pytest.mark.parametrize("mode", [LinkMode.AUTO, LinkMode.COPY, LinkMode.SYMLINK])
def test_a_name_that_is_taken_stays(
    mode: LinkMode, blob: Path, tmp_path: Path, notes: Notes
) -> None:
    (tmp_path / "taken").write_bytes(b"other")

    with pytest.raises(FileExistsError):
        Linker(mode, notes.append).link(str(blob), str(tmp_path / "taken"))

    assert (tmp_path / "taken").read_bytes() == b"other"


def test_a_name_that_is_taken_is_not_linked_at_once(
    blob: Path, tmp_path: Path, notes: Notes
) -> None:
    (tmp_path / "taken").write_bytes(b"other")

    with pytest.raises(FileExistsError):
        Linker(LinkMode.AUTO, notes.append).link_at_once(str(blob), str(tmp_path / "taken"))
