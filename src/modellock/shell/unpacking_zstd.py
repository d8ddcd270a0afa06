"""Zstandard, which Python has from 3.14 on, and before that with an extra of this distribution."""

import sys
from typing import Any

WINDOW_LOG = 26
"""Of 64 MiB, as much as the dictionary of `xz -9`: a frame may make its reader keep that much of
what came before. `zstd -19` asks for 8 MiB, `--ultra -22` and `--long` for 128."""


INSTALL = "pip install 'models-lock[zstd]'"
"""The command that brings it to a Python that has none."""


def has_zstd() -> bool:
    """Whether there is one."""
    try:
        zstd_decompressor()
    except ImportError:
        return False
    return True


def zstd_decompressor() -> Any:
    """A decompressor for one frame, like those of bz2 and lzma. ImportError where there is none."""
    module: Any
    if sys.version_info >= (3, 14):
        from compression import zstd as module
    else:
        from backports import zstd as module
    return module.ZstdDecompressor(
        options={module.DecompressionParameter.window_log_max: WINDOW_LOG}
    )
