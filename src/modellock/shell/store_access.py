"""What a store refuses to whoever would have it take something in, and what helps."""

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager

from modellock.errors import FileAccessError
from modellock.shell.disk import disk_error


@contextmanager
def store_errors(root: str) -> Iterator[None]:
    """Turn any OSError inside into a ModellockError about a store that is to take something in."""
    try:
        yield
    except OSError as error:
        refusal = disk_error(error, root)
        if isinstance(refusal, FileAccessError):
            refusal.hint = _hint(error, root)
        raise refusal from error


def _hint(error: OSError, root: str) -> str | None:
    if error.errno == errno.EACCES and _is_shared(root):
        return f"its owner can open it to the group again: `chmod -R g+rwX {root}`"
    if error.errno in (errno.EACCES, errno.EROFS):
        return "name a store that can be written to: `modellock --store DIRECTORY sync`"
    return None


def _is_shared(root: str) -> bool:
    """Whether the directory that somebody made for a store is one for a group."""
    try:
        return bool(os.stat(root).st_mode & stat.S_IWGRP)
    except OSError:
        return False
