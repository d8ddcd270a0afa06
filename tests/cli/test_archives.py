"""Archives as a user of the command meets them."""

import gzip
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from tests.cli.command import Command
from tests.cli.world import settled
from tests.integration.archives import plain_tar, tar, tar_entry

pytestmark = pytest.mark.slow

TREE = {"small/model.bin": b"weights" * 1000, "small/tokenizer.json": b"{}"}
ARCHIVE = gzip.compress(plain_tar(TREE, tarfile.USTAR_FORMAT), mtime=0)
MANIFEST = '[models.small]\nlocal = "../origin"\nunpack = true\nstrip-components = 1\n'


@pytest.fixture
def origin(tmp_path: Path) -> Path:
    folder = tmp_path / "origin"
    folder.mkdir()
    return folder


@pytest.fixture
def command(modellock: Command, origin: Path) -> Command:
    (modellock.folder / "models.toml").write_text(MANIFEST)
    (origin / "small.tar.gz").write_bytes(ARCHIVE)
    return modellock


def test_an_unpacked_model_is_locked_synced_and_looked_at_like_any_other(command: Command) -> None:
    locked, synced, status = (command.run(verb) for verb in ("lock", "sync", "status"))

    assert settled(locked.stdout + locked.stderr) == (
        "Added small: tree 32e0b90469f3, 2 files (7.0 kB)\n"
        "Wrote models.lock: 1 model, 2 files (7.0 kB) in TIME\n"
    )
    assert settled(synced.stdout + synced.stderr) == (
        "+ small  2 files placed (7.0 kB)\n"
        "Synced 1 model, 2 files (7.0 kB) in TIME; nothing to fetch\n"
    )
    assert status.stdout == ("small  placed  2 files (7.0 kB) in models/small\n1 model: 1 placed\n")


def test_a_tree_says_what_is_fetched_for_a_model(command: Command) -> None:
    command.run("lock")

    assert command.run("tree").stdout == (
        f"small  tree 32e0b90469f3, 2 files (7.0 kB), fetched as 1 file ({len(ARCHIVE)} bytes)\n"
        "1 model, 2 files (7.0 kB)\n"
    )


def test_an_archive_is_known_by_its_bytes(command: Command) -> None:
    command.run("lock")

    ended = command.run("why", "../origin/small.tar.gz")

    assert ended.stdout == (
        "../origin/small.tar.gz has the bytes of\n"
        f"  small/small.tar.gz ({len(ARCHIVE)} bytes), fetched and not placed\n"
    )


def test_an_archive_that_leads_elsewhere_is_refused(command: Command, origin: Path) -> None:
    (origin / "small.tar.gz").write_bytes(tar(tar_entry(b"small/../../evil", b"1")))

    ended = command.run("lock")

    assert (ended.code, ended.stdout) == (2, "")
    assert ended.stderr == (
        "error: small/small.tar.gz: 'small/../../evil' is not a safe relative path: it has the "
        "segment '..'\n"
        "hint: leave it out with `exclude` below [models.small], or do not unpack\n"
    )


def test_nothing_to_strip_is_told_where_it_is_written(command: Command) -> None:
    (command.folder / "models.toml").write_text(MANIFEST.replace("unpack = true\n", ""))

    ended = command.run("lock")

    assert ended.code == 2
    assert ended.stderr == (
        "error: models.toml:3: models.small.strip-components is refused: nothing is unpacked\n"
        "hint: write `unpack = true`\n"
    )


def test_without_a_library_for_zstd_the_command_that_brings_it_is_told(
    command: Command, origin: Path
) -> None:
    (origin / "small.tar.gz").write_bytes(b"\x28\xb5\x2f\xfd and so on")
    code = (
        "import sys; sys.modules.update({'backports': None, 'compression.zstd': None})\n"
        "from modellock.cli import main\n"
        "raise SystemExit(main())"
    )

    ended = subprocess.run(
        [sys.executable, "-c", code, "lock"],
        cwd=command.folder,
        env=command.environ(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )

    assert ended.returncode == 2
    assert ended.stderr == (
        "error: small/small.tar.gz: cannot be unpacked by this Python: it has no zstd\n"
        "hint: run `pip install 'models-lock[zstd]'`\n"
    )
