"""Bytes that a store lost, taken from where its projects placed them: nobody is asked for them."""

import json
import shutil
from pathlib import Path

import pytest

from modellock.documents.project_settings import LinkMode
from modellock.errors import ModellockError
from modellock.shell.project import Project
from modellock.verbs.sync import sync
from modellock.verbs.sync_result import SyncRequest, SyncResult
from tests.integration.workspace import Heard, Workspace

FILES: dict[str, bytes | None] = {"config.json": b"{}", "model.safetensors": b"w" * 99}
COPY = SyncRequest(link_mode=LinkMode.COPY)


@pytest.fixture
def neighbour(workspace: Workspace) -> Workspace:
    """A project with copies of a model that is gone upstream, and from the store."""
    workspace.hub.publish("acme/m", FILES)
    workspace.write('[models.m]\nhub = "acme/m"\n')
    workspace.lock()
    sync(workspace.project, workspace.settings, Heard(), COPY)
    shutil.rmtree(workspace.store / "v1" / "blobs")
    workspace.hub.delete("acme/m")
    workspace.hub.requests.clear()
    return workspace


def synced_beside(neighbour: Workspace) -> SyncResult:
    """Another project with the same lock."""
    beside = neighbour.root / "beside"
    beside.mkdir()
    for name in ("models.toml", "models.lock"):
        shutil.copy(neighbour.directory / name, beside)
    return sync(Project(str(beside)), neighbour.settings, Heard())


def placed(neighbour: Workspace) -> dict[str, bytes]:
    root = neighbour.root / "beside" / "models" / "m"
    return {path.name: path.read_bytes() for path in root.iterdir()}


def state_of(neighbour: Workspace) -> Path:
    return neighbour.directory / ".modellock" / "state.json"


def test_a_file_that_a_neighbour_placed_is_not_fetched(neighbour: Workspace) -> None:
    result = synced_beside(neighbour)

    assert placed(neighbour) == FILES
    assert result.fetches == {}
    assert len(neighbour.hub.requests) == 0


def test_what_a_neighbour_edited_is_not_taken(neighbour: Workspace) -> None:
    edited = neighbour.directory / "models" / "m" / "model.safetensors"
    edited.write_bytes(b"x" * 99)

    with pytest.raises(ModellockError, match=r"m/model\.safetensors"):
        synced_beside(neighbour)

    assert "model.safetensors" not in str(neighbour.blobs())


def test_a_neighbour_that_lies_gets_nothing_into_the_store(neighbour: Workspace) -> None:
    state = json.loads(state_of(neighbour).read_text())
    (files,) = state["targets"][""]["models"].values()
    one, other = files
    files[one], files[other] = files[other], files[one]
    state_of(neighbour).write_text(json.dumps(state))

    with pytest.raises(ModellockError):
        synced_beside(neighbour)

    assert neighbour.blobs() == []


@pytest.mark.parametrize("root", ["", "[]", "{}", '{"lock": 1, "digests": 2}', "\x00"])
def test_a_root_that_cannot_be_read_is_passed_over(neighbour: Workspace, root: str) -> None:
    (neighbour.store / "v1" / "roots" / "00.json").write_text(root)

    synced_beside(neighbour)

    assert placed(neighbour) == FILES


def test_a_neighbour_that_is_gone_is_passed_over(neighbour: Workspace) -> None:
    shutil.move(neighbour.directory / "models.lock", neighbour.root / "models.lock")
    shutil.move(neighbour.directory / "models.toml", neighbour.root / "models.toml")
    shutil.rmtree(neighbour.directory)
    neighbour.directory.mkdir()
    for name in ("models.toml", "models.lock"):
        shutil.move(neighbour.root / name, neighbour.directory / name)

    with pytest.raises(ModellockError, match="m: 2 files not fetched"):
        synced_beside(neighbour)
