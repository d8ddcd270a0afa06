"""A disk that takes every byte of a file and then refuses to keep it, or to give it its name."""

import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from modellock.testing import EmbeddedHub
from tests.real.command import clean_environment, modellock
from tests.real.programs import missing, program

pytestmark = pytest.mark.real

WEIGHTS = bytes(range(256)) * 12_000


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
    ended = sync_on_full_disk(project, hub, syscalls)

    assert ended.returncode == 3, ended.stderr
    assert "No space left on device" in ended.stderr
    assert not list(project.glob("models/**/*.safetensors"))
    assert not [path for path in project.glob(".cache/modellock/v1/blobs/*/*") if path.is_file()]
    assert "objects" in [request.origin for request in hub.requests]
    hub.requests.clear()
    modellock("sync", folder=project, HF_ENDPOINT=hub.url)
    assert len(hub.requests) == 0
    assert (project / "models/m/model.safetensors").read_bytes() == WEIGHTS


def sync_on_full_disk(
    project: Path, hub: EmbeddedHub, syscalls: str
) -> subprocess.CompletedProcess[str]:
    strace = program("strace")
    part = f".cache/modellock/v1/staged/{hashlib.sha256(WEIGHTS).hexdigest()}.part"
    of_the_file = ["-P", str(project / part)]
    tracing = ["-f", "-qq", "-o", os.devnull, *of_the_file, "-e", f"trace={syscalls}"]
    environ = {**clean_environment(), "HOME": str(project), "HF_ENDPOINT": hub.url}
    ended = subprocess.run(
        [
            *[strace, *tracing, "-e", f"inject={syscalls}:error=ENOSPC"],
            *[sys.executable, "-m", "modellock", "sync"],
        ],
        cwd=project,
        # Bytecode would be written, too.
        env={**environ, "PYTHONDONTWRITEBYTECODE": "1"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if "ptrace" in ended.stderr.lower():
        missing(f"strace may not trace here: {ended.stderr.strip()}")
    return ended
