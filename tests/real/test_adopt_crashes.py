"""What is on disk after an adoption was killed at any moment, or its disk failed."""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.real.command import clean_environment, modellock
from tests.real.programs import missing, program

pytestmark = pytest.mark.real

WEIGHTS = {"linked.bin": b"in a cache of the Hub", "copied.bin": b"in one of Whisper"}
# One after the other, because strace counts the calls of each kind for itself.
CHANGES = [
    "rename,renameat,renameat2",
    "link,linkat",
    "unlink,unlinkat",
    "mkdir,mkdirat",
    "chmod,fchmod,fchmodat",
    "utimensat",
    "fsync",
]


@pytest.fixture(scope="module")
def strace() -> str:
    command = program("strace")
    probe = subprocess.run(
        [command, "-qq", "-e", "trace=none", "true"], capture_output=True, text=True, check=False
    )
    if probe.returncode != 0:
        missing(f"strace may not trace here: {probe.stderr.strip()}")
    return command


class Machine:
    """A project whose files two caches have, and the store has not."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "models.toml").write_text('[models.small]\nlocal = "origin"\n')
        (folder / "origin").mkdir()
        for name, content in WEIGHTS.items():
            (folder / "origin" / name).write_bytes(content)
        modellock("lock", folder=folder)
        self.begin()

    def begin(self) -> None:
        """Come back to the moment before the adoption, whatever was done since."""
        shutil.rmtree(self.folder / ".cache", ignore_errors=True)
        for name, file in self.caches().items():
            file.parent.mkdir(parents=True)
            file.write_bytes(WEIGHTS[name])

    def caches(self) -> dict[str, Path]:
        name = hashlib.sha256(WEIGHTS["linked.bin"]).hexdigest()
        return {
            "linked.bin": self.folder / ".cache/huggingface/hub/models--acme--m/blobs" / name,
            "copied.bin": self.folder / ".cache/whisper/base.pt",
        }

    def cached(self) -> dict[str, bytes]:
        return {name: file.read_bytes() for name, file in self.caches().items()}

    def blobs(self) -> dict[str, bytes]:
        """What the store shows, by name."""
        found = (self.folder / ".cache/modellock/v1/blobs").rglob("*")
        return {path.name: path.read_bytes() for path in found if path.is_file()}

    def adopt_under(self, strace: str, fault: str) -> int:
        """The exit code, with a fault injected into the system calls of all threads."""
        calls = fault.partition(":")[0]
        tracing = ["-f", "-qq", "-o", os.devnull, "-e", f"trace={calls}", "-e", f"inject={fault}"]
        ended = subprocess.run(
            [strace, *tracing, sys.executable, "-m", "modellock", "store", "adopt"],
            cwd=self.folder,
            # Bytecode would be one more thing that is written, and only the first time.
            env={**clean_environment(), "HOME": str(self.folder), "PYTHONDONTWRITEBYTECODE": "1"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
        return ended.returncode


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


@pytest.mark.parametrize("syscalls", CHANGES)
def test_a_kill_at_any_moment_shows_nothing_unverified_and_the_next_adoption_completes_it(
    syscalls: str, strace: str, machine: Machine
) -> None:
    moments = 0
    while machine.adopt_under(strace, f"{syscalls}:signal=SIGKILL:when={moments + 1}") != 0:
        moments += 1
        assert all(name == sha256(content) for name, content in machine.blobs().items())
        assert machine.cached() == WEIGHTS

        modellock("store", "adopt", folder=machine.folder)
        assert set(machine.blobs().values()) == set(WEIGHTS.values())
        assert machine.cached() == WEIGHTS
        machine.begin()

    assert moments > 0


@pytest.mark.parametrize(("error", "code"), [("EIO", 2), ("ENOSPC", 3)])
def test_a_disk_that_keeps_nothing_leaves_the_caches_as_they_are(
    error: str, code: int, strace: str, machine: Machine
) -> None:
    assert machine.adopt_under(strace, f"fsync:error={error}") == code

    assert machine.blobs() == {}
    assert machine.cached() == WEIGHTS
    assert [file.stat().st_mode & 0o222 for file in machine.caches().values()] == [0o200, 0o200]


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
