"""Bytes on their way into the store."""

import os
import re
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Self

from modellock.errors import MismatchError
from modellock.shell.dating import date
from modellock.shell.disk import disk_errors, set_mode, unlink_if_there
from modellock.shell.file_locks import lock
from modellock.values.dates import mtime_ns_of
from modellock.values.digest import ContentHasher, Digest

WRITE_BACK = 32 << 20
"""Bytes after which the system is told to begin writing them to disk."""


STAGED_NAME = re.compile(r"(?:[0-9a-f]{64}|unknown)-[0-9a-f]{16}")
"""Of a staged file: the digest that is expected of it, and what tells it from others."""


class Staging:
    """A file that nobody else looks at; removed at the end of its `with` unless published."""

    def __init__(
        self,
        path: str,
        digest: Digest | None,
        *,
        mode: int,
        show: Callable[[str, ContentHasher], object],
    ) -> None:
        self.path = path
        # Buffered, since a raw file writes less than it was given when the disk fills up.
        self.file = open(path, "xb")  # noqa: SIM115 - closed by __exit__
        # It tells that whoever writes the file lives.
        lock(self.file.fileno())
        self._digest = digest
        self._mode = mode
        self._show = show
        self._written = 0
        self._written_back = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: object) -> None:
        # What cannot be flushed is thrown away with the file.
        with suppress(OSError):
            self.file.close()
        unlink_if_there(self.path)

    def write(self, chunk: bytes | memoryview) -> None:
        """Append bytes. Raises NoSpaceError, FileAccessError."""
        with disk_errors(self.path):
            self.file.write(chunk)
            self._written += len(chunk)
            if self._written - self._written_back >= WRITE_BACK:
                begin_write_back(self.file.fileno(), self._written_back, self._written)
                self._written_back = self._written

    def publish(self, hasher: ContentHasher) -> None:
        """Make the bytes visible under their digest; a right blob that is there already stays.

        Raises MismatchError where they are not what was staged for.
        """
        digest = hasher.sha256
        if self._digest not in (None, digest):
            raise MismatchError(f"store: expected {self._digest}, received {digest}")
        with disk_errors(self.path):
            self.file.flush()
            make_ready(self.path, self.file.fileno(), hasher, self._mode)
            if sys.platform == "win32":
                self.file.close()  # Windows renames no open file
            self._show(self.path, hasher)


def begin_write_back(descriptor: int, start: int, end: int) -> None:
    """Tell the system to begin writing bytes to the disk, and that nobody will read them soon.

    Else fsync has it all still to do, while the network rests: 8 files of 256 MB at once came at
    394 MB/s without and 565 with. Of these pages, still dirty, the kernel forgets none.
    """
    if hasattr(os, "posix_fadvise"):
        os.posix_fadvise(descriptor, start, end - start, os.POSIX_FADV_DONTNEED)


def make_ready(path: str, descriptor: int, hasher: ContentHasher, mode: int) -> None:
    """Give a whole file the looks of a blob, and the disk its bytes. Raises OSError.

    Raises MismatchError where the disk has another number of bytes than was hashed.
    """
    written = os.fstat(descriptor).st_size
    if written != hasher.size:
        raise MismatchError(f"{path}: expected {hasher.size} bytes, received {written}")
    # In this order, because Windows dates no read-only file.
    date(path, mtime_ns_of(hasher.sha256))
    set_mode(path, mode)
    os.fsync(descriptor)
