"""What is on disk after a sync was killed at any moment, or its disk failed: strace does both."""

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

BEFORE = {"a.bin": b"before", "b.bin": b"same"}
AFTER = {"a.bin": b"after", "b.bin": b"same", "sub/c.bin": b"new"}
SYNC = [sys.executable, "-m", "modellock", "sync"]
CHANGES_OF_NAMES = "rename,renameat,renameat2,link,linkat,unlink,unlinkat,mkdir,rmdir"


@pytest.fixture(scope="module")
def strace() -> str:
    command = program("strace")
    probe = subprocess.run(
        [command, "-qq", "-e", "trace=none", "true"], capture_output=True, text=True, check=False
    )
    if probe.returncode != 0:
        missing(f"strace may not trace here: {probe.stderr.strip()}")
    return command


class Project:
    """Synced once; then what is locked changed, and the store was lost."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "models.toml").write_text('[models.small]\nlocal = "origin"\n')
        self._locks = [self._lock_of(files) for files in (BEFORE, AFTER)]
        self.begin()

    def _lock_of(self, files: dict[str, bytes]) -> bytes:
        self._publish(files)
        modellock("update", "--all", folder=self.folder)
        return (self.folder / "models.lock").read_bytes()

    def _publish(self, files: dict[str, bytes]) -> None:
        for path, content in files.items():
            file = self.folder / "origin" / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)

    def begin(self) -> None:
        """Come back to the moment before the sync, whatever was done since."""
        before, after = self._locks
        for leftover in ("models", ".modellock", ".cache", "origin"):
            shutil.rmtree(self.folder / leftover, ignore_errors=True)
        self._publish(BEFORE)
        (self.folder / "models.lock").write_bytes(before)
        modellock("sync", folder=self.folder)
        self._publish(AFTER)
        (self.folder / "models.lock").write_bytes(after)
        shutil.rmtree(self.store)

    @property
    def store(self) -> Path:
        return self.folder / ".cache" / "modellock"

    def blobs(self) -> dict[str, bytes]:
        """What the store shows, by name."""
        found = (self.store / "v1" / "blobs").rglob("*")
        return {path.name: path.read_bytes() for path in found if path.is_file()}

    def placed(self) -> dict[str, bytes]:
        """What the project shows, by path."""
        folder = self.folder / "models" / "small"
        return {
            path.relative_to(folder).as_posix(): path.read_bytes()
            for path in folder.rglob("*")
            if path.is_file()
        }


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


@pytest.mark.parametrize("syscalls", [CHANGES_OF_NAMES, "fsync", "write"])
def test_a_kill_at_any_moment_shows_nothing_unverified_and_the_next_sync_completes_it(
    syscalls: str, strace: str, project: Project
) -> None:
    moments = 0
    while sync_under(strace, f"{syscalls}:signal=SIGKILL:when={moments + 1}", project) != 0:
        moments += 1
        assert all(sha256(content) == name for name, content in project.blobs().items())
        assert project.placed().items() <= BEFORE.items() | AFTER.items()

        modellock("sync", folder=project.folder)
        assert project.placed() == AFTER
        modellock("sync", "--check", folder=project.folder)
        project.begin()

    assert moments > 3


@pytest.mark.parametrize(("error", "code"), [("EIO", 2), ("ENOSPC", 3)])
def test_a_disk_that_cannot_keep_what_was_written_publishes_nothing(
    error: str, code: int, strace: str, project: Project
) -> None:
    assert sync_under(strace, f"fsync:error={error}", project) == code

    assert project.blobs() == {}
    assert project.placed() == BEFORE


def test_a_disk_that_refuses_modes_keeps_all_the_same(strace: str, project: Project) -> None:
    assert sync_under(strace, "chmod,fchmod,fchmodat:error=EPERM", project) == 0

    assert project.placed() == AFTER


def test_a_sync_with_nothing_to_do_opens_no_socket(strace: str, project: Project) -> None:
    modellock("sync", folder=project.folder)
    trace = project.folder / "trace"

    subprocess.run(
        [strace, "-f", "-qq", "-e", "trace=socket", "-o", str(trace), *SYNC],
        cwd=project.folder,
        env=environment(project),
        check=True,
        capture_output=True,
    )

    assert trace.read_text() == ""


def sync_under(strace: str, fault: str, project: Project) -> int:
    """The exit code of `sync` with a fault injected into the system calls of all its threads."""
    calls = fault.partition(":")[0]
    tracing = ["-f", "-qq", "-o", os.devnull, "-e", f"trace={calls}", "-e", f"inject={fault}"]
    ended = subprocess.run(
        [strace, *tracing, *SYNC],
        cwd=project.folder,
        env=environment(project),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    return ended.returncode


def environment(project: Project) -> dict[str, str]:
    # Bytecode would be one more thing that is written, and only the first time.
    home = str(project.folder)
    return {**clean_environment(), "HOME": home, "PYTHONDONTWRITEBYTECODE": "1"}


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
