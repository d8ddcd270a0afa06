"""A sync of 2 GB that is killed fifty times: what it reads twice, and what shows meanwhile."""

import hashlib
import os
import random
import shutil
import signal
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.filesystems import second_disk
from tests.nginx import nginx
from tests.real.command import clean_environment, modellock
from tests.real.programs import missing, program

pytestmark = pytest.mark.real

KILLS = 50
LONGEST = 1.0
"""Seconds that a sync is left alone after its start, at most."""

MEGABYTE = 1_000_000

COUNTED_SYNC = """
import mmap, os, socket, struct, sys, threading
shown = mmap.mmap(os.open(os.environ["COUNT"], os.O_RDWR), 8)
counting = threading.Lock()

def counted(name):
    receive = getattr(socket.socket, name)
    def receive_and_count(connection, *arguments):
        received = receive(connection, *arguments)
        with counting:
            (before,) = struct.unpack("q", shown[:8])
            more = received if isinstance(received, int) else len(received)
            shown[:8] = struct.pack("q", before + more)
        return received
    setattr(socket.socket, name, receive_and_count)

counted("recv")
counted("recv_into")
from modellock.cli import main
sys.exit(main(["sync"]))
"""
"""A sync that counts what it reads from sockets where no kill loses the count."""


@pytest.fixture
def memory() -> Iterator[Path]:
    with second_disk() as memory:
        if shutil.disk_usage(memory).free < 5_000 * MEGABYTE:
            missing("no room for 2 GB twice in memory")
        yield memory


@pytest.mark.parametrize(("files", "megabytes"), [(1, 2_000), (8, 250)])
def test_fifty_kills_cost_a_tenth_and_show_nothing_unverified(
    memory: Path, files: int, megabytes: int
) -> None:
    program("nginx")
    served, project = memory / "served", memory / "project"
    digests = {write(served / f"{index}.bin", megabytes) for index in range(files)}
    with nginx(str(served), str(memory / "nginx")) as url:
        lock(project, url, sorted(served.iterdir()))
        kills = sync_under_fire(project, memory / "count", digests)
        modellock("sync", "--check", folder=project)

    (read,) = struct.unpack("q", (memory / "count").read_bytes())
    assert kills == KILLS
    assert read <= 1.1 * files * megabytes * MEGABYTE
    assert list((project / ".cache" / "modellock" / "v1" / "staged").iterdir()) == []


def write(path: Path, megabytes: int) -> str:
    """Random bytes; their sha256."""
    path.parent.mkdir(exist_ok=True)
    with path.open("wb") as file:
        file.writelines(os.urandom(MEGABYTE) for _ in range(megabytes))
    return sha256(path)


def lock(project: Path, url: str, files: list[Path]) -> None:
    """Lock them all, and lose the store."""
    project.mkdir()
    models = (
        f'[models.m{file.stem}]\nurl = "{url}/{file.name}"\nsha256 = "{sha256(file)}"\n'
        for file in files
    )
    (project / "models.toml").write_text("".join(models))
    modellock("lock", folder=project)
    shutil.rmtree(project / ".cache")


def sync_under_fire(project: Path, count: Path, digests: set[str]) -> int:
    """Sync until that is done, killed again and again; how often."""
    count.write_bytes(bytes(8))
    chance, kills = random.Random(1), 0  # noqa: S311 - moments, no secrets
    while True:
        process = subprocess.Popen(
            [sys.executable, "-c", COUNTED_SYNC],
            cwd=project,
            env={**clean_environment(), "HOME": str(project), "COUNT": str(count)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        if kills < KILLS:
            time.sleep(chance.uniform(0.3, LONGEST))
            process.kill()
        code = process.wait()
        kills += code == -signal.SIGKILL
        shown = {sha256(path) for path in visible(project)}
        assert shown <= digests
        if code != -signal.SIGKILL:
            assert code == 0
            return kills


def visible(project: Path) -> Iterator[Path]:
    for folder in (project / ".cache" / "modellock" / "v1" / "blobs", project / "models"):
        yield from (path for path in folder.rglob("*") if path.is_file())


def sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
