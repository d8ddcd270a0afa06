from pathlib import Path

import pytest

from tests.cli.command import Command


@pytest.fixture
def modellock(tmp_path: Path) -> Command:
    """The command in an empty directory."""
    for name in ("project", "home"):
        (tmp_path / name).mkdir()
    return Command(tmp_path / "project", tmp_path / "home")
