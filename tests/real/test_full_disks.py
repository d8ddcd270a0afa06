"""A disk that takes every byte of a file, and then refuses to keep it, or takes its time."""

import hashlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from modellock.testing import EmbeddedHub
from tests.real.command import clean_environment, modellock
from tests.real.programs import missing, program
from tests.waiting import LONG, wait_until

pytestmark = pytest.mark.real

WEIGHTS = bytes(range(256)) * 12_000


@pytest.fixture(autouse=True)
def traceable() -> None:
    probe = [program("strace"), "-qq", "-e", "trace=none", "true"]
    ended = subprocess.run(probe, capture_output=True, text=True, check=False)
    if ended.returncode != 0:
        missing(f"strace may not trace here: {ended.stderr.strip()}")


@pytest.fixture
def hub() -> Iterator[EmbeddedHub]:
    with EmbeddedHub() as hub:
        hub.publish("acme/m", {"model.safetensors": WEIGHTS})
        yield hub


@pytest.fixture
def project(tmp_path: Path, hub: EmbeddedHub) -> Path:
    (tmp_path / "models.toml").write_text('[models.m]\nhub = "acme/m"\n')
    modellock("lock", folder=tmp_path, HF_ENDPOINT=hub.url)
    hub.requests.clear()
    return tmp_path


@pytest.mark.parametrize("syscalls", ["fsync", "rename,renameat,renameat2,link,linkat"])
def test_what_could_not_be_shown_is_not_asked_for_again(
    project: Path, hub: EmbeddedHub, syscalls: str
) -> None:
    process = start_on_disk(project, hub, syscalls, "error=ENOSPC")
    _, said = process.communicate(timeout=LONG)

    assert process.returncode == 3, said
    assert "No space left on device" in said
    assert not list(project.glob("models/**/*.safetensors"))
    assert not [path for path in project.glob(".cache/modellock/v1/blobs/*/*") if path.is_file()]
    assert "objects" in [request.origin for request in hub.requests]
    hub.requests.clear()
    modellock("sync", folder=project, HF_ENDPOINT=hub.url)
    assert len(hub.requests) == 0
    assert (project / "models/m/model.safetensors").read_bytes() == WEIGHTS


@pytest.mark.parametrize(("kind", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_disk_that_takes_its_time_holds_up_no_end(
    project: Path, hub: EmbeddedHub, kind: signal.Signals, code: int
) -> None:
    process = start_on_disk(project, hub, "fsync", "delay_enter=20000000")
    wait_until(lambda: part(project).exists() and part(project).stat().st_size == len(WEIGHTS))
    time.sleep(1.0)
    child = child_of(process)

    os.kill(child, kind)

    # Who traces it goes on until the call that it delays would have ended.
    wait_until(lambda: has_ended(child))
    assert process.poll() is None
    _, said = process.communicate(timeout=LONG)
    assert process.returncode == code, said
    hub.requests.clear()
    modellock("sync", folder=project, HF_ENDPOINT=hub.url)
    assert len(hub.requests) == 0


def part(project: Path) -> Path:
    name = f"{hashlib.sha256(WEIGHTS).hexdigest()}.part"
    return project / ".cache/modellock/v1/staged" / name


def child_of(process: subprocess.Popen[str]) -> int:
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    return int(children.read_text().split()[0])


def has_ended(process: int) -> bool:
    try:
        status = Path(f"/proc/{process}/stat").read_text()
    except FileNotFoundError:
        return True
    return status.rpartition(")")[2].split()[0] == "Z"


def start_on_disk(
    project: Path, hub: EmbeddedHub, syscalls: str, fault: str
) -> subprocess.Popen[str]:
    """A sync whose system calls about the file on its way go wrong."""
    only = ["-P", str(part(project)), "-e", f"trace={syscalls}"]
    tracing = [program("strace"), "-f", "-qq", "-o", os.devnull, *only]
    environ = {**clean_environment(), "HOME": str(project), "HF_ENDPOINT": hub.url}
    return subprocess.Popen(
        [
            *[*tracing, "-e", f"inject={syscalls}:{fault}"],
            *[sys.executable, "-m", "modellock", "sync"],
        ],
        cwd=project,
        # Bytecode would be written, too.
        env={**environ, "PYTHONDONTWRITEBYTECODE": "1"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
