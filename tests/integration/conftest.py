from collections.abc import Iterator
from pathlib import Path

import pytest

from modellock.testing import EmbeddedGitHub, EmbeddedHub
from tests.integration.programs import Program
from tests.integration.workspace import Workspace


@pytest.fixture
def hub() -> Iterator[EmbeddedHub]:
    with EmbeddedHub() as embedded:
        yield embedded


@pytest.fixture
def github() -> Iterator[EmbeddedGitHub]:
    with EmbeddedGitHub() as embedded:
        yield embedded


@pytest.fixture
def workspace(tmp_path: Path, hub: EmbeddedHub, github: EmbeddedGitHub) -> Workspace:
    return Workspace(tmp_path, hub, github)


@pytest.fixture
def program(tmp_path: Path, hub: EmbeddedHub, monkeypatch: pytest.MonkeyPatch) -> Program:
    """A project in the current directory, with a store of its own; nothing is declared yet."""
    directory, store = tmp_path / "project", tmp_path / "store"
    directory.mkdir()
    monkeypatch.chdir(directory)
    monkeypatch.setenv("MODELLOCK_STORE", str(store))
    monkeypatch.setenv("HF_ENDPOINT", hub.url)
    return Program(directory, store, hub)
