"""What a start may load: each import here would be paid by every run of the command."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

LATE = frozenset(
    {"asyncio", "click", "httpx", "httpx2", "huggingface_hub", "packaging", "rich", "tomlkit"}
)
"""Loaded at the moment they are needed: together they take the time of twenty bare starts."""

SLOW = frozenset({"dataclasses", "pathlib", "tomllib", "typing"})
"""Cheap beside a download, dear for a sync that has nothing to do."""

NETWORK = frozenset({"http.client", "socket", "ssl"})


def loaded_by(code: str, *arguments: str, folder: Path) -> frozenset[str]:
    """Names of the modules that a fresh interpreter loads to run `code`."""
    ended = subprocess.run(
        [sys.executable, "-X", "importtime", "-c", code, *arguments],
        cwd=folder,
        env={**unmeasured_environment(), "MODELLOCK_STORE": str(folder / "store")},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    lines = ended.stderr.splitlines()
    imports = [line for line in lines if line.startswith("import time:")]
    assert ended.returncode == 0, [line for line in lines if line not in imports]
    return frozenset(line.rpartition("|")[2].strip() for line in imports[1:])


def unmeasured_environment() -> dict[str, str]:
    """This process's variables without those by which coverage would load itself too."""
    return {name: value for name, value in os.environ.items() if not name.startswith("COV")}


def loaded_by_command(*arguments: str, folder: Path) -> frozenset[str]:
    code = "from modellock.cli import main; raise SystemExit(main())"
    return loaded_by(code, *arguments, folder=folder)


@pytest.fixture
def synced_project(tmp_path: Path) -> Path:
    """A project with one local model, locked and synced."""
    (tmp_path / "origin").mkdir()
    (tmp_path / "origin" / "weights.bin").write_bytes(b"weights")
    (tmp_path / "models.toml").write_text('[models.small]\nlocal = "origin"\n')
    loaded_by_command("lock", folder=tmp_path)
    loaded_by_command("sync", folder=tmp_path)
    return tmp_path


def test_import_loads_no_library(tmp_path: Path) -> None:
    loaded = loaded_by("import modellock", folder=tmp_path)

    assert loaded & (LATE | SLOW | NETWORK) == set()


def test_version_loads_no_library(tmp_path: Path) -> None:
    loaded = loaded_by_command("--version", folder=tmp_path)

    assert loaded & (LATE | SLOW | NETWORK) == set()


def test_help_loads_no_library(tmp_path: Path) -> None:
    loaded = loaded_by_command("--help", folder=tmp_path)

    # From Python 3.14 on, argparse itself loads dataclasses to lay out a page.
    assert loaded & (LATE | NETWORK) == set()


def test_status_loads_no_client_and_no_terminal_library(synced_project: Path) -> None:
    loaded = loaded_by_command("status", folder=synced_project)

    assert loaded & (LATE | NETWORK) == set()


def test_a_sync_with_nothing_to_do_can_send_no_request_and_parses_no_toml(
    synced_project: Path,
) -> None:
    loaded = loaded_by_command("sync", folder=synced_project)

    assert loaded & (LATE | SLOW | NETWORK) == set()


@pytest.mark.parametrize("program", [(), ("--", "true")])
def test_a_run_with_nothing_missing_can_send_no_request_and_parses_no_toml(
    synced_project: Path, program: tuple[str, ...]
) -> None:
    loaded = loaded_by_command("run", *program, folder=synced_project)

    assert loaded & (LATE | SLOW | NETWORK) == set()


@pytest.mark.parametrize("flags", [(), ("--check",)])
def test_a_lock_with_nothing_to_do_can_send_no_request_and_parses_no_toml(
    synced_project: Path, flags: tuple[str, ...]
) -> None:
    loaded = loaded_by_command("lock", *flags, folder=synced_project)

    assert loaded & (LATE | SLOW | NETWORK) == set()


def test_the_measurement_sees_late_imports(tmp_path: Path) -> None:
    loaded = loaded_by("def late():\n    import tomllib\nlate()", folder=tmp_path)

    assert "tomllib" in loaded
