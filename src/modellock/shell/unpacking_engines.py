"""What unpacks one stream of each codec: libraries that not every Python was built with.

Zstandard is in Python from 3.14 on, and before that in an extra of this distribution.
"""

import sys
import zlib
from typing import Any, Protocol

from modellock.decisions.formats import Codec

INSTALL_ZSTD = "pip install 'models-lock[zstd]'"
"""The command that brings zstd to a Python that has none."""

LARGEST_WINDOW = 64 << 20
"""Bytes of what came before that a stream may make its reader keep. `xz -9` asks for as much, the
most of xz's presets, `zstd -19` for 8 MiB, and `zstd --ultra -22` or `--long` for 128, with which a
run would take more than 150 MB; the formats allow gigabytes."""

_LARGEST_WINDOW_LOG = LARGEST_WINDOW.bit_length() - 1
_XZ_MEMORY = LARGEST_WINDOW + (16 << 20)
"""Bytes: what `xz -9` takes is 65 MiB with its tables (man xz)."""

_GZIP_WINDOW = 16 + zlib.MAX_WBITS
"""16 stands for gzip's own header and checksum (zlib.h, inflateInit2)."""


class Engine(Protocol):
    """One stream being unpacked, as bz2, lzma and zstd have it."""

    @property
    def eof(self) -> bool: ...  # noqa: D102
    @property
    def needs_input(self) -> bool: ...  # noqa: D102
    @property
    def unused_data(self) -> bytes: ...  # noqa: D102
    def decompress(self, data: bytes, max_length: int) -> bytes: ...  # noqa: D102


class Deflate:
    """The same for zlib, which keeps what it has not read yet in another place."""

    def __init__(self, window: int) -> None:
        self._engine = zlib.decompressobj(window)
        self.needs_input = True

    @property
    def eof(self) -> bool:
        """Whether the stream has ended."""
        return self._engine.eof

    @property
    def unused_data(self) -> bytes:
        """What was given behind its end."""
        return self._engine.unused_data

    def decompress(self, data: bytes, max_length: int) -> bytes:
        """The next bytes, at most so many."""
        out = self._engine.decompress(self._engine.unconsumed_tail + data, max_length)
        self.needs_input = len(out) < max_length and not self._engine.unconsumed_tail
        return out


def engine_for(codec: Codec) -> Engine:
    """What unpacks one stream. ImportError where this Python has no library for it."""
    try:
        return _engine(codec)
    except ImportError as error:
        raise ImportError(f"it has no {codec}") from error


def has_library_for(codec: Codec) -> bool:
    """Whether this Python can unpack a codec."""
    try:
        engine_for(codec)
    except ImportError:
        return False
    return True


def _engine(codec: Codec) -> Engine:
    match codec:
        case Codec.GZIP:
            return Deflate(_GZIP_WINDOW)
        case Codec.BZIP2:
            import bz2

            return bz2.BZ2Decompressor()
        case Codec.XZ:
            import lzma

            return lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_XZ_MEMORY)
        case Codec.ZSTD:
            return _zstd_engine()


def _zstd_engine() -> Engine:
    module: Any
    if sys.version_info >= (3, 14):
        from compression import zstd as module
    else:
        from backports import zstd as module
    limit = {module.DecompressionParameter.window_log_max: _LARGEST_WINDOW_LOG}
    engine: Engine = module.ZstdDecompressor(options=limit)
    return engine
