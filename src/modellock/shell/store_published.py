"""How a published blob looks to a stat, and how it is made to look so again."""

import os
import stat
from contextlib import suppress

from modellock.shell.dating import date
from modellock.shell.disk import make_directories, refuse_link
from modellock.shell.regular_files import open_regular
from modellock.values.dates import mtime_ns_of
from modellock.values.digest import ContentHasher, Digest

_CHUNK = 1 << 20


def looks_published(status: os.stat_result, digest: Digest, mode: int) -> bool:
    """Whether mode and modification time are those of a blob that nobody touched."""
    return (stat.S_IMODE(status.st_mode), status.st_mtime_ns) == (mode, mtime_ns_of(digest))


def content_stamp(status: os.stat_result) -> tuple[int, int, int]:
    """What differs when a file was written to, or is another one."""
    return status.st_ino, status.st_size, status.st_mtime_ns


def restore(path: str, digest: Digest, mode: int, hashed: os.stat_result) -> os.stat_result:
    """Give a right blob its mode and time again, where they were changed and this user may.

    `hashed` is its stat from before its bytes were looked at; the result is its stat with which it
    is right. One that was written to since then stays as it is, so that this goes on showing.
    """
    if looks_published(hashed, digest, mode):
        return hashed
    with suppress(OSError):
        if _marks(os.lstat(path)) == _marks(hashed):
            date(path, mtime_ns_of(digest))
            os.chmod(path, mode)
            return os.lstat(path)
    return hashed


def renew(path: str, mode: int) -> None:
    """Let a blob count as just used, where this user may: garbage collection spares young ones."""
    with suppress(OSError):
        os.chmod(path, mode)


def content_of(path: str) -> ContentHasher:
    """Everything about a file's bytes, read once. Raises OSError."""
    hasher = ContentHasher()
    with open_regular(path) as file:
        while chunk := file.read(_CHUNK):
            hasher.update(chunk)
    return hasher


def set_aside(path: str, aside: str, digest: Digest, damaged: os.stat_result) -> bool:
    """Move a damaged blob; False where another file is in its place by now. Raises OSError.

    Whoever else shows it by a hard link has wrong bytes as well, which nothing tells if they have
    decayed: so it gets another time, by which the next look at it does.
    """
    if not is_same(path, damaged):
        return False
    refuse_link(os.path.dirname(aside))
    make_directories(os.path.dirname(aside))
    os.rename(path, aside)
    if not is_same(aside, damaged):
        os.rename(aside, path)
        return False
    if damaged.st_mtime_ns == mtime_ns_of(digest):
        with suppress(OSError):
            os.utime(aside, follow_symlinks=os.utime not in os.supports_follow_symlinks)
    return True


def is_same(path: str, status: os.stat_result) -> bool:
    """Whether a path leads to the file of this stat. Raises OSError, but for one that is gone."""
    try:
        return os.path.samestat(os.lstat(path), status)
    except FileNotFoundError:
        return False


def own_uid() -> int:
    """Whose files this process makes; 0 on systems without owners."""
    return os.geteuid() if hasattr(os, "geteuid") else 0


def _marks(status: os.stat_result) -> tuple[int, ...]:
    return *content_stamp(status), status.st_ctime_ns
