"""Sixteen processes, eight projects and one store, which is collected all the time."""

import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pytest

from modellock.decisions.collection import Bounds
from modellock.errors import StoreInUseError
from modellock.ports.reporting import Reporter
from modellock.testing import EmbeddedGitHub, EmbeddedHub
from modellock.verbs.collecting import collect_garbage
from modellock.verbs.sync import sync
from tests.integration.processes import ended, start
from tests.integration.workspace import Heard, Workspace

pytestmark = pytest.mark.slow

LARGE = 1_500_000
"""Bytes of a file that one process fetches while others wait for it."""


@dataclass
class Neighbour(Workspace):
    """One of several projects that have a store in common."""

    shared: Path = field(kw_only=True)

    @property
    def store(self) -> Path:
        return self.shared


def neighbour(name: str, root: Path, hub: EmbeddedHub, github: EmbeddedGitHub) -> Workspace:
    """A locked project with a model that all have, and one of its own."""
    project = Neighbour(root / name, hub, github, shared=root / "store")
    hub.publish(f"acme/{name}", {"model.safetensors": name.encode() * (LARGE // len(name))})
    project.write(f'[models.all]\nhub = "acme/all"\n[models.own]\nhub = "acme/{name}"\n')
    project.lock()
    return project


def work(project: Workspace) -> None:
    heard = Heard()
    sync(project.project, project.settings, heard)
    assert heard.warnings == []


def collect_on(project: Workspace, done: Path) -> None:
    while not done.exists():
        later = time.time() + 7_200
        # Syncs of a busy machine may follow on each other for longer than it waits.
        with suppress(StoreInUseError):
            collect_garbage(project.settings, Reporter(), Bounds(), now=later)


def test_each_blob_travels_once_and_nothing_is_lost(
    tmp_path: Path, hub: EmbeddedHub, github: EmbeddedGitHub
) -> None:
    hub.publish("acme/all", {"model.safetensors": b"all" * (LARGE // 3), "more.bin": b"x" * 10})
    projects = [neighbour(f"project{n}", tmp_path, hub, github) for n in range(8)]
    hub.requests.clear()

    done = tmp_path / "done"
    collector = start(partial(collect_on, projects[0], done))
    children = [start(partial(work, project)) for project in projects * 2]
    codes = [ended(child) for child in children]
    done.touch()

    assert [*codes, ended(collector)] == [0] * 17
    served = Counter(request.path for request in hub.requests if request.origin == "objects")
    assert len(served) == 9
    assert set(served.values()) == {1}
    for project in projects:
        own = project.directory / "models" / "own" / "model.safetensors"
        assert own.read_bytes().startswith(project.root.name.encode())
        shared = project.directory / "models" / "all" / "model.safetensors"
        assert shared.stat().st_nlink == 9
