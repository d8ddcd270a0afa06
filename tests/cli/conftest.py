from pathlib import Path

import pytest

from tests.cli.command import Command
from tests.cli.world import declare_local


@pytest.fixture
def modellock(tmp_path: Path) -> Command:
    """The command in an empty directory."""
    for name in ("project", "home"):
        (tmp_path / name).mkdir()
    return Command(tmp_path / "project", tmp_path / "home")


@pytest.fixture
def locked(modellock: Command) -> Command:
    """A project with one local model that was never placed."""
    declare_local(modellock)
    modellock.lock()
    return modellock


@pytest.fixture
def synced(locked: Command) -> Command:
    """The same with the model in place."""
    locked.sync()
    return locked
