"""Bytes on their way into the store."""

import os
from collections.abc import Callable
from contextlib import suppress
from typing import Self

from modellock.digest import ContentHasher, Digest
from modellock.disk import disk_errors, unlink_if_there
from modellock.errors import MismatchError


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
        self._digest = digest
        self._mode = mode
        self._show = show

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

    def restart(self) -> None:
        """Forget what was written."""
        with disk_errors(self.path):
            self.file.seek(0)
            self.file.truncate()

    def publish(self, hasher: ContentHasher) -> None:
        """Make the bytes visible under their digest; a right blob that is there already stays.

        Raises MismatchError where they are not what was staged for.
        """
        digest = hasher.sha256
        if self._digest not in (None, digest):
            raise MismatchError(f"store: expected {self._digest}, received {digest}")
        with disk_errors(self.path):
            self._finish(hasher.size)
            self._show(self.path, hasher)

    def _finish(self, size: int) -> None:
        self.file.flush()
        written = os.fstat(self.file.fileno()).st_size
        if written != size:
            raise MismatchError(f"{self.path}: expected {size} bytes, received {written}")
        os.chmod(self.path, self._mode)
        os.fsync(self.file.fileno())
        self.file.close()
