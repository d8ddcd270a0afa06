"""One file as its publisher had it, read from the parts that it was cut into."""

import os
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from io import BufferedReader
from typing import Self

from modellock.shell.regular_files import NO_LINK, open_regular

_BLOCK = 1 << 18


class Volume:
    """Files read as one, in constant memory; to be read within its `with` statement.

    One of them is open at a time: a process of macOS may have 256, and a release 1,000 parts.
    Raises OSError.
    """

    def __init__(self, paths: Sequence[str]) -> None:
        self._paths = paths
        self._starts: list[int] = []
        """The position at which each begins."""

        self._open = ExitStack()
        self._file: BufferedReader | None = None
        self._index = -1
        self.size = 0
        """Bytes."""

    def __enter__(self) -> Self:
        for path in self._paths:
            with open_regular(path, NO_LINK) as file:
                self._starts.append(self.size)
                self.size += os.fstat(file.fileno()).st_size
        return self

    def __exit__(self, *raised: object) -> None:
        self._open.close()

    def blocks(self) -> Iterator[bytes]:
        """All of it."""
        return self.portion(0, self.size)

    def portion(self, start: int, count: int) -> Iterator[bytes]:
        """So many bytes from a position on, or as many as there are."""
        while count > 0:
            block = self.read(start, min(count, _BLOCK))
            if not block:
                return
            yield block
            start += len(block)
            count -= len(block)

    def read(self, start: int, count: int) -> bytes:
        """The same in one piece."""
        read = bytearray()
        # An archive may name any place; no system seeks to all of them.
        end = min(start + count, self.size)
        while (at := start + len(read)) < end:
            index = bisect_right(self._starts, at) - 1
            file = self._opened(index)
            file.seek(at - self._starts[index])
            block = file.read(end - at)
            if not block:
                break
            read += block
        return bytes(read)

    def _opened(self, index: int) -> BufferedReader:
        if self._file is None or self._index != index:
            self._open.close()
            self._file = self._open.enter_context(open_regular(self._paths[index], NO_LINK))
            self._index = index
        return self._file
