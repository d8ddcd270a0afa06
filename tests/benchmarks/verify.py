"""`verify --deep` beside b3sum, over the same bytes in memory: one large file, and several.

b3sum hashes with all cores as well; where it is not installed, the `blake3` package does the same
in its place.
"""

import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median

from tests.benchmarks.harness import GIGABYTE, MEGABYTE, Ended, Figure, run
from tests.benchmarks.memory_disk import memory_disk
from tests.benchmarks.peers import MODELLOCK
from tests.benchmarks.served import write_files

_SIZE = 8 * GIGABYTE
_LESS = 2 * GIGABYTE
_ROUNDS = 5
_MMAP = (
    "import blake3, sys\n"
    "for path in sys.argv[1:]:\n"
    "    blake3.blake3(max_threads=blake3.blake3.AUTO).update_mmap(path).hexdigest()\n"
)


def measure() -> list[Figure]:
    size = _SIZE if _memory() >= 4 * _SIZE else _LESS
    where = memory_disk(2 * size)
    return [
        figure
        for count in (1, 32)
        for figure in _beside_b3sum(where, count, size // count // MEGABYTE * MEGABYTE)
    ]


def _memory() -> int:
    """Bytes that are free for files in memory."""
    with open("/proc/meminfo", encoding="ascii") as file:
        fields = dict(line.split(":") for line in file)
    return int(fields["MemAvailable"].split()[0]) * 1024


def _beside_b3sum(where: str, count: int, size: int) -> list[Figure]:
    with tempfile.TemporaryDirectory(dir=where) as folder:
        variables = {"MODELLOCK_STORE": os.path.join(folder, "store")}
        _place(folder, count, size, variables)
        ours, theirs = _rivals(
            lambda: run([MODELLOCK, "verify", "--deep"], folder=folder, variables=variables),
            lambda: run(_peer(folder), folder=folder),
        )
    total = count * size / GIGABYTE
    what = f"{count} x {size // MEGABYTE} MB"
    name = "b3sum" if shutil.which("b3sum") else "update_mmap"
    return [
        Figure(what=f"verify --deep, {what}", value=total / ours.seconds, unit=" GB/s"),
        Figure(what=f"{name}, {what}", value=total / theirs.seconds, unit=" GB/s"),
        Figure(what="ratio of the times", value=ours.seconds / theirs.seconds, at_most=1.2),
        Figure(what="ratio of the times of the processor", value=ours.cpu / theirs.cpu),
    ]


@dataclass(frozen=True, slots=True)
class _Median:
    """In seconds."""

    seconds: float
    cpu: float


def _rivals(*works: Callable[[], Ended]) -> list[_Median]:
    """What each took; turn by turn, so that all see the same noise."""
    rounds = [[work() for work in works] for _ in range(_ROUNDS)]
    return [
        _Median(median(one.seconds for one in column), median(one.cpu for one in column))
        for column in zip(*rounds, strict=True)
    ]


def _place(folder: str, count: int, size: int, variables: dict[str, str]) -> None:
    """A synced project, of which the origin is gone: what is left are blobs and links to them."""
    origin = os.path.join(folder, "origin")
    write_files(origin, count, size)
    with open(os.path.join(folder, "models.toml"), "w", encoding="utf-8") as file:
        file.write('[models.model]\nlocal = "origin"\n')
    run([MODELLOCK, "lock"], folder=folder, variables=variables)
    run([MODELLOCK, "sync"], folder=folder, variables=variables)
    shutil.rmtree(origin)


def _peer(folder: str) -> Sequence[str]:
    placed = os.path.join(folder, "models", "model")
    paths = [os.path.join(placed, name) for name in sorted(os.listdir(placed))]
    if shutil.which("b3sum"):
        return ["b3sum", *paths]
    return [sys.executable, "-c", _MMAP, *paths]
