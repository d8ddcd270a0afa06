"""What every writer of files here shares: durable directories, and a disk's refusals as errors."""

import errno
import os
import secrets
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from modellock.errors import FileAccessError, ModellockError, NoSpaceError, UnsafeNameError
from modellock.values.wording import size_words


@contextmanager
def disk_errors(path: str) -> Iterator[None]:
    """Turn any OSError inside into a ModellockError about `path`."""
    try:
        yield
    except OSError as error:
        raise disk_error(error, path) from error


def disk_error(error: OSError, path: str) -> ModellockError:
    """NoSpaceError with numbers, else FileAccessError."""
    reason = error.strerror or str(error)
    if says_full(error):
        return NoSpaceError(f"{path}: no space left: {reason}{_free_words(path)}")
    return FileAccessError(f"{path}: {reason}{_closed_words(error)}")


def _closed_words(error: OSError) -> str:
    """What of another user's it is that lets this one not in, where that is what is wrong."""
    if sys.platform == "win32" or error.errno != errno.EACCES:
        return ""
    name = error.filename
    closed = _closed_at(os.path.abspath(name)) if isinstance(name, str) else None
    status = os.stat(closed) if closed is not None else None
    if status is None or status.st_uid == os.getuid():
        return ""
    mode = stat.S_IMODE(status.st_mode)
    return f": {closed} belongs to user {status.st_uid} and has mode {mode:04o}"


def _closed_at(path: str) -> str | None:
    """What may not be entered on the way to a path, or else not be read, or not be added to."""
    above, below = [], path
    while (parent := os.path.dirname(below)) != below:
        above.append(parent)
        below = parent
    shut = [one for one in reversed(above) if not os.access(one, os.X_OK)]
    if os.path.exists(path) and not os.access(path, os.R_OK):
        shut.append(path)
    shut += [one for one in above[:1] if not os.access(one, os.W_OK)]
    return shut[0] if shut else None


def says_full(error: OSError) -> bool:
    """Whether a disk, or somebody's share of it, is full."""
    return error.errno in (errno.ENOSPC, errno.EDQUOT)


def _free_words(path: str) -> str:
    directory = nearest_directory(path)
    # Standard output has no directory.
    free = free_bytes(directory) if directory else None
    return "" if free is None else f", {size_words(free)} free"


def free_bytes(directory: str) -> int | None:
    """What may still be written; 0 also where a file system has no notion of it. Raises OSError.

    A quota is seen by nobody but who runs into it. None on Windows.
    """
    if not hasattr(os, "statvfs"):
        return None
    numbers = os.statvfs(directory)
    # What is set aside for root, root may use.
    blocks = numbers.f_bfree if os.geteuid() == 0 else numbers.f_bavail
    return blocks * numbers.f_frsize


def nearest_directory(path: str) -> str:
    """The nearest directory at or above a path that exists."""
    while not os.path.isdir(path) and path != os.path.dirname(path):
        path = os.path.dirname(path)
    return path


def make_directories(path: str) -> None:
    """Make a directory and what is missing above it, so that a crash does not take it back."""
    if os.path.isdir(path):
        return
    parent = os.path.dirname(path)
    make_directories(parent)
    try:
        os.mkdir(path)
    except FileExistsError:
        if not os.path.isdir(path):
            raise
    else:
        sync_directory(parent)


def refuse_link(directory: str) -> None:
    """Raise UnsafeNameError for a link in place of a directory: it leads writes elsewhere."""
    if os.path.islink(directory):
        raise UnsafeNameError(
            f"{directory}: is a symbolic link, which modellock never puts there",
            hint="remove it and run the command again",
        )


def sync_directory(path: str) -> None:
    """Make names that were added to a directory outlast a crash, where the system can do that."""
    if sys.platform == "win32":
        return
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        # Network and FUSE file systems that cannot do it for a directory say so in different ways.
        if error.errno not in (errno.EINVAL, errno.ENOSYS, errno.ENOTSUP, errno.EBADF):
            raise
    finally:
        os.close(descriptor)


def set_mode(path: str, mode: int) -> None:
    """Give a file or directory a mode, where there are any: some shares refuse one to the owner."""
    try:
        os.chmod(path, mode)
    except OSError as error:
        if error.errno not in (errno.EPERM, errno.ENOTSUP, errno.ENOSYS):
            raise


def add_name(path: str, name: str) -> None:
    """Give a file one more name, a symbolic link itself where the system can. Raises OSError."""
    os.link(path, name, follow_symlinks=os.link not in os.supports_follow_symlinks)


def unlink_if_there(path: str) -> None:
    """Remove a name; one that is gone already is as good."""
    try:
        os.unlink(path)
    except FileNotFoundError:
        return


def replace_text(path: str, text: str) -> None:
    """Write a small file as a whole, so that nobody reads half of it. Raises OSError."""
    staged = f"{path}.{secrets.token_hex(4)}"
    try:
        with open(staged, "x", encoding="utf-8") as file:
            file.write(text)
        os.replace(staged, path)
    except OSError:
        unlink_if_there(staged)
        raise
