"""File locks, and whether they mean anything where a file lies."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum

from modellock.shell.regular_files import NO_LINK

if sys.platform != "win32":
    import fcntl

_LOCAL = frozenset(
    ("bcachefs", "btrfs", "ext2", "ext3", "ext4", "f2fs", "overlay", "ramfs", "tmpfs", "xfs", "zfs")
)
"""File systems that no other machine writes to at the same time."""

_MOUNTS = "/proc/self/mountinfo"


class Hold(Enum):
    """Whose a file is."""

    OURS = "ours"
    """No other process of this machine gets the lock before this descriptor is closed."""

    THEIRS = "theirs"

    UNSURE = "unsure"
    """The file system has no locks, or such as mean nothing."""


def hold(descriptor: int, path: str) -> Hold:
    """Lock a file, and say what that is worth; never waits."""
    taken = lock(descriptor)
    if taken is not True:
        return Hold.UNSURE if taken is None else Hold.THEIRS
    return Hold.OURS if _refuses_a_second(path) else Hold.UNSURE


def lock(descriptor: int) -> bool | None:
    """Lock a file or directory for as long as it is open, whether the lock is had; never waits.

    None where there are no locks, as on Windows and some network disks.
    """
    if sys.platform == "win32":
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return None
    return True


@contextmanager
def holding(path: str) -> Iterator[Hold]:
    """Lock a file that is there for as long as a `with` lasts; UNSURE where it cannot be opened."""
    try:
        descriptor = os.open(path, os.O_RDWR | NO_LINK)
    except OSError:
        yield Hold.UNSURE
        return
    try:
        yield hold(descriptor, path)
    finally:
        os.close(descriptor)


def _refuses_a_second(path: str) -> bool:
    """Whether what is locked is locked: some file systems say yes to everybody."""
    # Read-write, because NFS turns flock into a lock that asks for that (flock(2), NOTES).
    second = os.open(path, os.O_RDWR)
    try:
        return lock(second) is False
    finally:
        os.close(second)


def is_local(path: str) -> bool:
    """Whether only this kernel can write to a file; True where nothing tells."""
    kind = _kind_of(path)
    return kind is None or kind in _LOCAL


def is_layered(path: str) -> bool:
    """Whether a link to a file may copy it, up from a lower layer of an image."""
    return _kind_of(path) == "overlay"


def _kind_of(path: str) -> str | None:
    """The type of the file system that a path lies on; None where nothing tells."""
    try:
        with open(_MOUNTS, encoding="utf-8", errors="surrogateescape") as file:
            lines = file.read().splitlines()
    except OSError:
        return None
    return file_system_of(os.path.realpath(path), lines)


def file_system_of(path: str, mounts: list[str]) -> str:
    """The type of the file system that a path lies on, by the lines of mountinfo (proc(5)).

    Empty where no line is about it. Not by device numbers: those of btrfs and overlay are others
    in mountinfo than in a stat.
    """
    longest, kind = -1, ""
    for line in mounts:
        before, _, after = line.partition(" - ")
        fields = before.split(" ")
        if len(fields) < 5:
            continue
        point = _unescaped(fields[4]).rstrip("/")
        # A later mount at the same point covers the earlier one.
        if (path == point or path.startswith(f"{point}/")) and len(point) >= longest:
            longest, kind = len(point), after.partition(" ")[0]
    return kind


def _unescaped(field: str) -> str:
    for octal, character in (("040", " "), ("011", "\t"), ("012", "\n"), ("134", "\\")):
        field = field.replace(f"\\{octal}", character)
    return field
