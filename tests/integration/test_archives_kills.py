"""A lock and a sync of archives, killed before every third change: what shows is right."""

import gzip
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from modellock.shell.store import Store
from modellock.values.digest import sha256_of_bytes
from tests.integration.archives import plain_tar, plain_zip
from tests.integration.filesystems import second_disk
from tests.integration.local_project import LocalProject
from tests.integration.processes import killed_before

pytestmark = pytest.mark.slow

TREE = {"config.json": b"{}", "sub/weights.bin": b"weights" * 50_000}
SHOWN = {path: content.decode() for path, content in TREE.items()}
PARTS = 5
EVERY = 3
"""Changes from one kill to the next: each file goes through a dozen that are alike."""

each_part = pytest.mark.parametrize("part", range(PARTS))


@pytest.fixture
def root() -> Iterator[Path]:
    """In memory, where nothing is gained by waiting for a disk."""
    with second_disk() as memory:
        yield memory


def packed(root: Path) -> LocalProject:
    """A project whose one model is two archives."""
    project = LocalProject(root, keys={"small": "unpack = true"})
    origin = root / "origins" / "small"
    origin.mkdir(parents=True)
    (origin / "a.tar.gz").write_bytes(gzip.compress(plain_tar(TREE)))
    (origin / "b.zip").write_bytes(plain_zip({"LICENSE": b"free"}))
    project.declare("small")
    return project


def check_store(project: LocalProject) -> None:
    store = Store(str(project.store))
    for digest in store.digests():
        with open(store.path_of(digest), "rb") as file:
            assert sha256_of_bytes(file.read()) == digest


def try_all(part: int, root: Path, check: Callable[[Path, int], bool]) -> None:
    for change in range(part * EVERY + 1, 400, PARTS * EVERY):
        if not check(root / str(change), change):
            return
    pytest.fail("there are more changes than were tried")


@each_part
def test_a_lock_that_was_killed_is_made_whole_by_the_next(part: int, root: Path) -> None:
    def check(below: Path, change: int) -> bool:
        project = packed(below)

        killed = killed_before(change, project.lock)

        check_store(project)
        assert project.shown() == {}
        project.lock()
        project.sync()
        assert project.shown("models/small") == {**SHOWN, "LICENSE": "free"}
        return killed

    try_all(part, root, check)


@each_part
def test_a_sync_that_was_killed_shows_all_or_nothing(part: int, root: Path) -> None:
    def check(below: Path, change: int) -> bool:
        project = packed(below)
        project.lock()
        shutil.rmtree(below / "store")

        killed = killed_before(change, project.sync)

        check_store(project)
        assert project.shown("models/small") in ({}, {**SHOWN, "LICENSE": "free"})
        project.sync()
        assert project.shown("models/small") == {**SHOWN, "LICENSE": "free"}
        return killed

    try_all(part, root, check)


BYTES_OF_MEMORY = 150_000_000

GREEDY = {
    "xz -9": "head -c 100M /dev/urandom | xz -0 --lzma2=preset=0,dict=64MiB -c",
    "zstd": "head -c 100M /dev/urandom | zstd -q -1 --long=26 -c",
    "gzip": "head -c 100M /dev/urandom | gzip -1c",
}


@pytest.mark.parametrize("command", list(GREEDY.values()), ids=list(GREEDY))
def test_unpacking_takes_no_more_memory_than_is_said(command: str, tmp_path: Path) -> None:
    project = LocalProject(tmp_path, keys={"small": "unpack = true"})
    origin = tmp_path / "origins" / "small"
    origin.mkdir(parents=True)
    subprocess.run(["bash", "-c", f"{command} > m.packed"], cwd=origin, check=True)
    project.declare("small")

    ended = subprocess.run(
        [sys.executable, "-c", MEASURED, "lock"],
        cwd=project.directory,
        env={"PATH": "/usr/bin:/bin", "MODELLOCK_STORE": str(project.store)},
        capture_output=True,
        text=True,
        check=True,
    )

    assert int(ended.stdout.split()[-1]) * 1024 < BYTES_OF_MEMORY


MEASURED = """
from modellock.cli import main
code = main()
# Not ru_maxrss: that counts what the process that ran the tests had when it forked.
print(next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM:")))
raise SystemExit(code)
"""
