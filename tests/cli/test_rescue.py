"""`run` and `env` over models that come from mirrors, or out of archives."""

import io
import tarfile
from pathlib import Path

import pytest

from modellock.testing import EmbeddedFiles
from tests.cli.command import Command

pytestmark = pytest.mark.slow

SHOW = ("sh", "-c", 'cat "$MODELLOCK_MODEL_VOICE/weights.bin"')


def archive() -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as file:
        member = tarfile.TarInfo("weights.bin")
        member.size = 7
        file.addfile(member, io.BytesIO(b"weights"))
    return packed.getvalue()


@pytest.fixture
def served(modellock: Command) -> Command:
    """A lock of an archive whose origin went away after it was locked; nothing is in the store."""
    with EmbeddedFiles({"/voice.tar": archive()}) as origin:
        declare(modellock.folder, f"{origin.url}/voice.tar", "https://mirror.example/{path}")
        assert modellock.run("lock", "--store", "first").code == 0
    return modellock


def declare(folder: Path, url: str, mirror: str) -> None:
    (folder / "models.toml").write_text(
        f'[models.voice]\nurl = "{url}"\nunpack = true\nmirrors = ["{mirror}"]\n'
    )


def named(served: Command, mirror: EmbeddedFiles) -> None:
    """Let documents name the mirror in place of the one that is nowhere."""
    for name in ("models.toml", "models.lock"):
        path = served.folder / name
        path.write_text(path.read_text().replace("https://mirror.example", mirror.url))


def test_run_starts_a_program_with_what_only_a_mirror_near_by_serves(served: Command) -> None:
    with EmbeddedFiles({"/voice.tar": archive()}) as mirror:
        named(served, mirror)

        ended = served.run("run", "--", *SHOW)

    assert (ended.code, ended.stdout) == (0, "weights")
    assert "warning: voice" in ended.stderr


def test_where_nobody_looks_at_models_toml_the_environment_names_the_mirror(
    served: Command,
) -> None:
    with EmbeddedFiles({"/voice.tar": archive()}) as mirror:
        named(served, mirror)

        refused = served.run("run", "--frozen", "--", *SHOW)
        host = mirror.url.removeprefix("http://").partition(":")[0]
        ended = served.run("run", "--frozen", "--", *SHOW, MODELLOCK_PRIVATE_HOSTS=host)

    assert (refused.code, refused.stdout) == (3, "")
    assert (ended.code, ended.stdout) == (0, "weights")
