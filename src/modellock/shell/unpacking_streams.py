"""Packed bytes in, unpacked bytes out, in bounded memory; and such a stream read bit by bit."""

import zlib
from collections.abc import Iterator

from modellock.decisions.formats import Codec
from modellock.shell.unpacking_engines import LARGEST_WINDOW, Deflate, Engine, engine_for

_OUTPUT = 1 << 18
"""Bytes that come out at once."""

_MEMORY_WORDS = ("Memory usage limit", "too much memory")
"""How liblzma and libzstd refuse."""


def unpacked(blocks: Iterator[bytes], codec: Codec) -> Iterator[bytes]:
    """A stream unpacked, or several one behind the other, as all of these formats allow.

    ValueError where it is damaged, cut short, followed by something else, or needs more memory
    than anybody has for it; ImportError where this Python has no library for it.
    """
    engine: Engine | None = None
    streams = 0
    for block in blocks:
        left = block
        while left:
            if engine is None:
                engine = engine_for(codec)
                streams += 1
            yield from _drained(engine, left, codec, streams)
            left, engine = (engine.unused_data, None) if engine.eof else (b"", engine)
    if engine is not None:
        raise ValueError(f"is cut short: its {codec} stream does not end")


def inflated(blocks: Iterator[bytes]) -> Iterator[bytes]:
    """One stream of deflate without a header, as zip archives have them; ValueError as above."""
    engine = Deflate(-zlib.MAX_WBITS)
    for block in blocks:
        if engine.eof:
            raise ValueError("has bytes behind the end of its deflate stream")
        yield from _drained(engine, block, "deflate", 1)
    if not engine.eof or engine.unused_data:
        raise ValueError("does not end where its deflate stream ends")


def _drained(engine: Engine, block: bytes, codec: str, stream: int) -> Iterator[bytes]:
    while True:
        try:
            out = engine.decompress(block, _OUTPUT)
        # bz2 raises OSError, and libzstd's error is nothing but an Exception.
        except Exception as error:
            raise ValueError(_fault(error, codec, stream)) from error
        if out:
            yield out
        if engine.eof or engine.needs_input:
            return
        block = b""


def _fault(error: Exception, codec: str, stream: int) -> str:
    if any(words in str(error) for words in _MEMORY_WORDS):
        return f"needs more memory to be unpacked than {LARGEST_WINDOW >> 20} MiB"
    if stream > 1:
        return f"is damaged, or has something else behind its {codec} stream: {error}"
    return f"is damaged: {codec}: {error}"


class Stream:
    """Bytes that come in blocks, taken in the portions that a format is made of."""

    def __init__(self, blocks: Iterator[bytes]) -> None:
        self._blocks = blocks
        self._left = memoryview(b"")

    def peek(self, count: int) -> bytes:
        """The next bytes, which stay; fewer only where it ends."""
        while len(self._left) < count and (block := next(self._blocks, None)) is not None:
            self._left = memoryview(bytes(self._left) + block)
        return bytes(self._left[:count])

    def take(self, count: int) -> bytes:
        """The next bytes. ValueError where it ends before."""
        taken = self.peek(count)
        if len(taken) < count:
            raise ValueError(_CUT)
        self._left = self._left[count:]
        return taken

    def portion(self, count: int) -> Iterator[memoryview]:
        """The next bytes, block by block. ValueError where it ends before."""
        while count:
            if not self._left and not self.peek(1):
                raise ValueError(_CUT)
            block, self._left = self._left[:count], self._left[count:]
            count -= len(block)
            yield block

    def rest(self) -> Iterator[memoryview]:
        """Everything that is left."""
        while self.peek(1):
            block, self._left = self._left, memoryview(b"")
            yield block


_CUT = "is cut short: it ends in the middle"
