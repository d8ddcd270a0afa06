from collections.abc import Iterator
from pathlib import Path

import pytest

from modellock.testing import EmbeddedGitHub, EmbeddedHub
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
