"""Where bytes are written while programs are compared, and not the disk they write to."""

import os
import shutil
import tempfile

from tests.benchmarks.harness import MEGABYTE

_TMPFS = "/dev/shm"  # noqa: S108 - the one tmpfs that every Linux has


def memory_disk(size: int) -> str:
    """A folder in memory with room for `size` bytes; else one on a disk, and a word about it."""
    room = shutil.disk_usage(_TMPFS).free if os.path.isdir(_TMPFS) else 0
    if room >= size:
        return _TMPFS
    print(f"on a disk, as {_TMPFS} has {room // MEGABYTE} MB free of {size // MEGABYTE}")
    return tempfile.gettempdir()
