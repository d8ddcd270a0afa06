"""File locks that mean nothing, as on some network disks: strace has the system answer so."""

import hashlib
import shutil
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
FILES = {"config.json": b'{"a": 1}', "model.safetensors": WEIGHTS}
MANIFEST = '[models.m]\nhub = "acme/m"\n'


@pytest.fixture(scope="module")
def strace() -> str:
    command = program("strace")
    probe = subprocess.run(
        [command, "-qq", "-e", "trace=none", "true"], capture_output=True, text=True, check=False
    )
    if probe.returncode != 0:
        missing(f"strace may not trace here: {probe.stderr.strip()}")
    return command


@pytest.fixture
def hub() -> Iterator[EmbeddedHub]:
    with EmbeddedHub() as hub:
        hub.publish("acme/m", FILES)
        yield hub


def projects(root: Path, hub: EmbeddedHub) -> list[Path]:
    """Two of them with one lock, and nothing in the store that they have in common."""
    first, second = root / "first", root / "second"
    first.mkdir()
    (first / "models.toml").write_text(MANIFEST)
    modellock("lock", folder=first, MODELLOCK_HUB_URL=hub.url)
    shutil.copytree(first, second)
    return [first, second]


@pytest.mark.parametrize("answer", ["retval=0", "error=ENOLCK", "error=ENOSYS"])
def test_whatever_locks_say_each_of_many_syncs_ends_well(
    answer: str, strace: str, hub: EmbeddedHub, tmp_path: Path
) -> None:
    folders = projects(tmp_path, hub)
    shutil.rmtree(tmp_path / "store", ignore_errors=True)
    environment = {
        **clean_environment(),
        "HOME": str(tmp_path),
        "MODELLOCK_STORE": str(tmp_path / "store"),
        "MODELLOCK_HUB_URL": hub.url,
    }
    useless = [strace, "-f", "-qq", "-o", "/dev/null", "-e", "trace=flock"]
    useless += ["-e", f"inject=flock:{answer}", sys.executable, "-m", "modellock"]

    commands = [(folder, "sync") for folder in folders * 2] + [(folders[0], "store gc")]
    started = [
        subprocess.Popen(
            [*useless, *command.split()],
            cwd=folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for folder, command in commands
    ]
    told = [one.communicate()[0] for one in started]

    assert [one.returncode for one in started] == [0] * 5, told
    for folder in folders:
        assert {path: (folder / "models" / "m" / path).read_bytes() for path in FILES} == FILES
        ended = modellock("sync", "--check", folder=folder, MODELLOCK_STORE=str(tmp_path / "store"))
        assert ended.stderr == ""
    blobs = [path for path in (tmp_path / "store/v1/blobs").rglob("*") if path.is_file()]
    assert sorted(path.name for path in blobs) == sorted(map(sha256, FILES.values()))
    assert all(sha256(path.read_bytes()) == path.name for path in blobs)


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
