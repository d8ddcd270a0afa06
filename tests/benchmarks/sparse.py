"""A second project of a lock of 50 GB, and one of as many tiny files: bytes cost nothing.

The blobs are holes, of which no disk holds anything, and their names are not the digests of their
bytes: a sync that hashed one would find it damaged, and fail.
"""

import os
import shutil
import statistics
import tempfile

from tests.benchmarks.full_store import Crowd, fill_store, write_project
from tests.benchmarks.harness import GIGABYTE, Ended, Figure, run
from tests.benchmarks.startup import MODELLOCK

MODELS = 10
FILES = 100
LARGE = 50 * GIGABYTE // (MODELS * FILES)
SMALL = 50
"""Bytes of each file."""

ROUNDS = 7
CROWDS = (
    Crowd(models=MODELS, files=FILES, size=LARGE, name="large"),
    Crowd(models=MODELS, files=FILES, size=SMALL, name="small"),
)


def measure() -> list[Figure]:
    with tempfile.TemporaryDirectory() as folder:
        variables = {"MODELLOCK_STORE": os.path.join(folder, "store")}
        projects = [_project(folder, crowd, variables) for crowd in CROWDS]
        placing = [[_placed(project, variables) for project in projects] for _ in range(ROUNDS)]
        looking = [[_looked(project, variables) for project in projects] for _ in range(ROUNDS)]
    return [
        *_figures("sync of a second project, 50 GB against 50 kB", placing),
        *_figures("status, the same", looking),
    ]


def _project(folder: str, crowd: Crowd, variables: dict[str, str]) -> str:
    """The second project with these files; the first has synced them."""
    lock = crowd.lock()
    fill_store(variables["MODELLOCK_STORE"], lock)
    first = write_project(os.path.join(folder, f"{crowd.name}-first"), lock)
    run([MODELLOCK, "sync"], folder=first, variables=variables)
    return write_project(os.path.join(folder, crowd.name), lock)


def _placed(project: str, variables: dict[str, str]) -> Ended:
    for made in ("models", ".modellock"):
        shutil.rmtree(os.path.join(project, made), ignore_errors=True)
    return run([MODELLOCK, "sync"], folder=project, variables=variables)


def _looked(project: str, variables: dict[str, str]) -> Ended:
    return run([MODELLOCK, "status"], folder=project, variables=variables)


def _figures(what: str, rounds: list[list[Ended]]) -> list[Figure]:
    """How many times as long the large files take."""
    large, small = zip(*rounds, strict=True)
    seconds = [statistics.median(ended.seconds for ended in runs) for runs in (large, small)]
    cpu = [statistics.median(ended.cpu for ended in runs) for runs in (large, small)]
    note = f"{seconds[0]:.2f} s, CPU {cpu[0]:.2f} s; {seconds[1]:.2f} s, CPU {cpu[1]:.2f} s"
    return [
        Figure(what=what, value=seconds[0] / seconds[1], unit=" x", at_most=1.2, note=note),
        Figure(what="  CPU", value=cpu[0] / cpu[1], unit=" x", at_most=1.2),
    ]
