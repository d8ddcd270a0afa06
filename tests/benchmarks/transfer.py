"""Large files from nginx on loopback, against curl into a file and a digest, file after file.

Many, which have a connection each, and a single one, which has all of them.
"""

import hashlib
import os
import shutil
import sys
import tempfile

from modellock.values.wording import count_words
from tests.benchmarks.harness import MEGABYTE, Ended, Figure, medians, run
from tests.nginx import nginx

ROUNDS = 3
FILES = 8
SIZE = 256 * MEGABYTE
TMPFS = "/dev/shm"  # noqa: S108 - the one tmpfs that every Linux has
MODELLOCK = os.path.join(os.path.dirname(sys.executable), "modellock")


def measure() -> list[Figure]:
    with tempfile.TemporaryDirectory() as folder:
        served = os.path.join(folder, "served")
        digests = write_files(served)
        with nginx(served, os.path.join(folder, "nginx")) as url:
            disk = against_curl("disk", url, digests, folder)
            return disk + on_tmpfs(url, digests) + on_tmpfs(url, digests[:1])


def on_tmpfs(url: str, digests: list[str]) -> list[Figure]:
    room = shutil.disk_usage(TMPFS).free if os.path.isdir(TMPFS) else 0
    if room < 2 * len(digests) * SIZE:
        print(f"tmpfs left out: {TMPFS} has {room // MEGABYTE} MB free")
        return []
    with tempfile.TemporaryDirectory(dir=TMPFS) as folder:
        return against_curl("tmpfs", url, digests, folder)


def write_files(folder: str) -> list[str]:
    """Fill `folder` with 0.bin, 1.bin, ...; returns the sha256 of each."""
    os.makedirs(folder)
    digests = []
    for index in range(FILES):
        path = os.path.join(folder, f"{index}.bin")
        with open(path, "wb") as file:
            file.writelines(os.urandom(MEGABYTE) for _ in range(SIZE // MEGABYTE))
        with open(path, "rb") as file:
            digests.append(hashlib.file_digest(file, "sha256").hexdigest())
    return digests


def against_curl(where: str, url: str, digests: list[str], folder: str) -> list[Figure]:
    project = locked_project(os.path.join(folder, "project"), url, digests)
    target = os.path.join(folder, "curl")
    peaks: list[int] = []

    def sync() -> float:
        ended = run_sync(project)
        peaks.append(ended.peak)
        return ended.seconds

    files = len(digests)
    ours, theirs = medians([sync, lambda: run_curl(url, target, files)], ROUNDS)
    total = files * SIZE / MEGABYTE
    note = f"{total / ours:.0f} MB/s with fsync, curl {total / theirs:.0f} MB/s without"
    return [
        Figure(
            what=f"sync, {count_words(files, 'file')} of {SIZE // MEGABYTE} MB, {where}",
            value=theirs / ours,
            unit=" x",
            at_least=1.2,
            note=note,
        ),
        Figure(
            what=f"peak memory, {count_words(files, 'file')}, {where}",
            value=max(peaks) / MEGABYTE,
            unit=" MB",
            at_most=120.0,
        ),
    ]


def locked_project(folder: str, url: str, digests: list[str]) -> str:
    os.makedirs(folder)
    models = (
        f'[models.m{index}]\nurl = "{url}/{index}.bin"\nsha256 = "{digest}"\n'
        for index, digest in enumerate(digests)
    )
    with open(os.path.join(folder, "models.toml"), "w", encoding="utf-8") as file:
        file.writelines(models)
    run([MODELLOCK, "lock"], folder=folder, variables=in_store(folder))
    return folder


def run_sync(project: str) -> Ended:
    """Fetch everything into an empty store; what the run before wrote is gone and flushed."""
    for leftover in ("store", "models", ".modellock"):
        shutil.rmtree(os.path.join(project, leftover), ignore_errors=True)
    os.sync()
    return run([MODELLOCK, "sync"], folder=project, variables=in_store(project))


def run_curl(url: str, folder: str, files: int) -> float:
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    os.sync()
    script = (
        f"set -euo pipefail; for name in $(seq 0 {files - 1}); do "
        f'curl --silent --fail "{url}/$name.bin" | tee "$name.bin" | openssl sha256; done'
    )
    return run(["bash", "-c", script], folder=folder).seconds


def in_store(project: str) -> dict[str, str]:
    return {"MODELLOCK_STORE": os.path.join(project, "store")}
