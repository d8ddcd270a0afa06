"""One file as its publisher had it, read from the parts that it was cut into."""

import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from io import BufferedReader
from typing import Self

from modellock.shell.regular_files import NO_LINK, open_regular

_BLOCK = 1 << 18


class Volume:
    """Files read as one, in constant memory; open within its `with` statement. Raises OSError."""

    def __init__(self, paths: Sequence[str]) -> None:
        self._paths = paths
        self._files: list[tuple[int, BufferedReader]] = []
        """With the position at which each begins."""

        self._closing = ExitStack()
        self.size = 0
        """Bytes."""

    def __enter__(self) -> Self:
        with ExitStack() as opening:
            for path in self._paths:
                file = opening.enter_context(open_regular(path, NO_LINK))
                self._files.append((self.size, file))
                self.size += os.fstat(file.fileno()).st_size
            self._closing = opening.pop_all()
        return self

    def __exit__(self, *raised: object) -> None:
        self._closing.close()

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
        if start >= self.size:
            # An archive may name any place; no system seeks to all of them.
            return b""
        for begin, file in self._files:
            if begin <= start + len(read) and len(read) < count:
                file.seek(start + len(read) - begin)
                read += file.read(count - len(read))
        return bytes(read)
