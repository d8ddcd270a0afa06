"""A Hub's cache whose sync was killed before any of its changes: what its refs lead to is whole."""

import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from modellock.testing import EmbeddedGitHub, EmbeddedHub
from tests.integration.filesystems import second_disk
from tests.integration.local_project import LocalProject
from tests.integration.processes import ended, killed_before, start
from tests.integration.test_layout_hf_cache import FILES, REPOSITORY, declare, entries, synced
from tests.integration.workspace import Workspace

pytestmark = pytest.mark.slow

EVERY = range(1, 200, 4)
"""The changes before which a sync is killed; each of them waits for loads of the old commit."""

NEWER = {**FILES, "model.safetensors": b"v" * 50}


@dataclass(frozen=True, kw_only=True)
class Upstream:
    """What two locks say, and a store that has all of it."""

    store: Path
    locks: tuple[str, str]

    def updated(self, below: Path) -> LocalProject:
        """A project that shows one commit while its lock says the next one."""
        shutil.copytree(self.store, below / "store")
        project = LocalProject(below)
        (project.directory / "models.lock").write_text(self.locks[0])
        project.sync()
        (project.directory / "models.lock").write_text(self.locks[1])
        return project


@pytest.fixture(scope="module")
def upstream(tmp_path_factory: pytest.TempPathFactory) -> Upstream:
    """Made by a process of its own, since a fork waits for what threads a client leaves behind."""
    root = tmp_path_factory.mktemp("upstream")
    assert ended(start(lambda: publish_below(root))) == 0
    locks = ((root / "older.lock").read_text(), (root / "newer.lock").read_text())
    return Upstream(store=root / "store", locks=locks)


def publish_below(root: Path) -> None:
    with EmbeddedHub() as hub, EmbeddedGitHub() as github:
        workspace = Workspace(root, hub, github)
        hub.publish(REPOSITORY, FILES)
        declare(workspace)
        synced(workspace)
        (root / "older.lock").write_text(workspace.lock_text)
        hub.publish(REPOSITORY, NEWER)
        workspace.lock("base")
        synced(workspace)
        (root / "newer.lock").write_text(workspace.lock_text)


def folder(project: LocalProject) -> Path:
    return project.directory / "models" / "hub" / "models--acme--base"


def led_to(project: LocalProject) -> dict[str, bytes]:
    """What a program that asks for `main` reads."""
    commit = (folder(project) / "refs" / "main").read_text()
    snapshot = folder(project) / "snapshots" / commit
    return {name: (snapshot / name).read_bytes() for name in FILES}


def test_main_leads_to_a_whole_commit_whenever_a_sync_is_killed(upstream: Upstream) -> None:
    with second_disk() as memory:
        for change in EVERY:
            project = upstream.updated(memory / str(change))

            killed = killed_before(change, project.sync)
            seen = led_to(project)
            project.sync()

            assert seen in (FILES, NEWER)
            assert led_to(project) == NEWER
            assert len(list((folder(project) / "snapshots").iterdir())) == 1
            assert not any(".modellock-" in name for name in entries(folder(project)))
            if not killed:
                return
    pytest.fail("a sync has more changes than were tried")
