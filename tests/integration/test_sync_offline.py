"""A sync without a network: what the store has is placed, what it lacks is told with numbers."""

import shutil

import pytest

from modellock.errors import OfflineError, SeveralErrors
from modellock.ports.reporting import Reporter
from modellock.testing import EmbeddedHub
from modellock.verbs.sync import sync
from tests.integration.workspace import Workspace

TWO_MODELS = """
[models.minilm]
hub = "acme/minilm"

[models.own]
local = "origin"
"""


@pytest.fixture
def locked(workspace: Workspace, hub: EmbeddedHub) -> Workspace:
    hub.publish("acme/minilm", {"config.json": b"{}", "vocab.txt": b"a b c"})
    (workspace.directory / "origin").mkdir()
    (workspace.directory / "origin" / "own.bin").write_bytes(b"own")
    workspace.write(TWO_MODELS)
    workspace.lock()
    workspace.offline = True
    return workspace


def test_what_the_store_has_is_placed(locked: Workspace, hub: EmbeddedHub) -> None:
    before = len(hub.requests)

    sync(locked.project, locked.settings, Reporter())

    assert (locked.directory / "models/minilm/vocab.txt").read_bytes() == b"a b c"
    assert len(hub.requests) == before


def test_what_the_store_lacks_is_told_and_local_models_are_done(
    locked: Workspace, hub: EmbeddedHub
) -> None:
    shutil.rmtree(locked.store)
    before = len(hub.requests)

    with pytest.raises(OfflineError) as caught:
        sync(locked.project, locked.settings, Reporter())

    assert str(caught.value) == (
        "minilm: 2 files (7 bytes) not in the store, and --offline turns the network off\n"
        "  vocab.txt (5 bytes)\n"
        "  config.json (2 bytes)"
    )
    assert caught.value.model == "minilm"
    assert (locked.directory / "models/own/own.bin").read_bytes() == b"own"
    assert not (locked.directory / "models/minilm").exists()
    assert len(hub.requests) == before


def test_bytes_that_a_local_model_has_as_well_need_no_network(
    workspace: Workspace, hub: EmbeddedHub
) -> None:
    hub.publish("acme/minilm", {"config.json": b"{}"})
    (workspace.directory / "origin").mkdir()
    (workspace.directory / "origin" / "twin.json").write_bytes(b"{}")
    workspace.write(TWO_MODELS)
    workspace.lock()
    shutil.rmtree(workspace.store)
    workspace.offline = True

    sync(workspace.project, workspace.settings, Reporter())

    assert (workspace.directory / "models/minilm/config.json").read_bytes() == b"{}"


def test_each_model_is_told_what_it_lacks(workspace: Workspace, hub: EmbeddedHub) -> None:
    for name in ("one", "two"):
        hub.publish(f"acme/{name}", {"config.json": b"{}"})
    workspace.write('[models.one]\nhub = "acme/one"\n[models.two]\nhub = "acme/two"\n')
    workspace.lock()
    shutil.rmtree(workspace.store)
    workspace.offline = True

    with pytest.raises(SeveralErrors) as caught:
        sync(workspace.project, workspace.settings, Reporter())

    assert sorted(str(error.model) for error in caught.value.errors) == ["one", "two"]
