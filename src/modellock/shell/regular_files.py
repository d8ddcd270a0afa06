"""Regular files opened as such: what else a checkout can put under a name is not waited for.

A committed link may lead to a pipe, which never begins, or to a device, which never ends. Every
start loads this module.
"""

import errno
import os
import stat
from io import BufferedReader

NO_LINK = getattr(os, "O_NOFOLLOW", 0)
"""Refuses a link in the file's own place; Windows has no such flag."""

LARGEST_DOCUMENT = 1 << 28
"""Bytes; a models.lock with a million files has half as many."""

_USUAL = 1 << 20
"""Bytes; hardly any document is larger."""

# Windows has no O_NONBLOCK, and asks for O_BINARY.
_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


def open_regular(path: str, flags: int = 0) -> BufferedReader:
    """Open a regular file for reading; OSError for everything else, also for a directory."""
    descriptor = os.open(path, _FLAGS | flags)
    if stat.S_ISREG(os.fstat(descriptor).st_mode):
        return open(descriptor, "rb")
    os.close(descriptor)
    raise OSError(errno.EINVAL, "not a regular file", path)


def read_regular(path: str) -> bytes:
    """The bytes of a document, also at the end of a link. Raises OSError."""
    with open_regular(path) as file:
        return read_document(file)


def read_document(file: BufferedReader) -> bytes:
    """The rest of an open document. Raises OSError where it is larger than any document is."""
    # Files of /proc are regular too, and the memory of the machine is one of them.
    content = file.read(_USUAL)
    if len(content) == _USUAL:
        # All that is asked for is reserved at once.
        content += file.read(LARGEST_DOCUMENT + 1 - _USUAL)
    if len(content) > LARGEST_DOCUMENT:
        raise OSError(errno.EFBIG, os.strerror(errno.EFBIG), file.name)
    return content
