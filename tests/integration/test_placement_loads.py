"""A snapshot of a Hub's cache that is withdrawn stays for the loads that began with it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from modellock.ports.reporting import Reporter
from modellock.testing import EmbeddedHub
from modellock.verbs.sync import sync
from modellock.verbs.sync_result import SyncRequest
from tests.integration.processes import Witness
from tests.integration.workspace import Workspace

MANIFEST = '[models.small]\nhub = "acme/small"\nlayout = "hf-cache"\n'
FILES = {"config.json": b"{}", "model.safetensors": b"1", "tokenizer.json": b"{}"}

Sight = tuple[str | None, frozenset[str]]


def test_the_ref_moves_then_the_entry_goes_then_all_the_rest_at_once(
    workspace: Workspace, hub: EmbeddedHub
) -> None:
    old = publish(hub, b"1")
    synced(workspace)
    new = publish(hub, b"2")
    workspace.lock("small")
    folder = workspace.directory / "models/hub/models--acme--small"

    with watched(folder, old) as sights:
        sync(workspace.project, workspace.settings, Reporter(), SyncRequest())

    assert sights == [
        (old, frozenset(FILES)),
        (new, frozenset(FILES)),
        (new, frozenset(FILES) - {"config.json"}),
        (new, frozenset()),
    ]


def test_a_model_that_goes_loses_its_ref_first(workspace: Workspace, hub: EmbeddedHub) -> None:
    old = publish(hub, b"1")
    synced(workspace)
    workspace.write("")
    workspace.lock()
    folder = workspace.directory / "models/hub/models--acme--small"

    with watched(folder, old) as sights:
        sync(workspace.project, workspace.settings, Reporter(), SyncRequest())

    assert sights == [
        (old, frozenset(FILES)),
        (None, frozenset(FILES)),
        (None, frozenset(FILES) - {"config.json"}),
        (None, frozenset()),
    ]


def publish(hub: EmbeddedHub, weights: bytes) -> str:
    return hub.publish("acme/small", {**FILES, "model.safetensors": weights})


def synced(workspace: Workspace) -> None:
    workspace.write(MANIFEST)
    workspace.lock()
    sync(workspace.project, workspace.settings, Reporter(), SyncRequest())


@contextmanager
def watched(folder: Path, commit: str) -> Iterator[list[Sight]]:
    """What `main` is and which files a commit has, each time that this is another than before."""
    sights: list[Sight] = []

    def look() -> None:
        sight = ref_of(folder), names_below(folder / "snapshots" / commit)
        if sight not in sights[-1:]:
            sights.append(sight)

    with Witness(look):
        yield sights
    look()


def ref_of(folder: Path) -> str | None:
    try:
        return (folder / "refs" / "main").read_text()
    except FileNotFoundError:
        return None


def names_below(snapshot: Path) -> frozenset[str]:
    try:
        names = frozenset(os.listdir(snapshot))
    except FileNotFoundError:
        return frozenset()
    # A directory that was renamed away during the listing is emptied out of sight.
    return names if snapshot.exists() else frozenset()
