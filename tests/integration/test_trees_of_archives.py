"""Models out of archives and parts, placed as every other model is: in layouts, trees and roots."""

import gzip
import os
import shutil
from pathlib import Path

import pytest

from modellock.documents.project_settings import Layout, LinkMode
from modellock.testing import EmbeddedGitHub
from modellock.verbs.environment import environment
from modellock.verbs.status import status
from modellock.verbs.sync import sync
from modellock.verbs.sync_result import SyncRequest, SyncResult
from tests.integration.archives import plain_tar
from tests.integration.trees import looks, tar_digest
from tests.integration.workspace import Heard, Workspace

FILES = {"model.pt": b"weights" * 1000, "same.pt": b"weights" * 1000, "tokenizer.json": b"{}"}
PARTS = {"large.bin.partaa": b"a" * 5000, "large.bin.partab": b"b" * 5000}


@pytest.fixture
def locked(workspace: Workspace, github: EmbeddedGitHub) -> Workspace:
    """One model out of an archive and one of parts; the store has nothing of them."""
    archive = gzip.compress(plain_tar(FILES), mtime=0)
    github.publish("acme/voice", "v1.0", {"voice.tar.gz": archive})
    github.publish("acme/large", "v1.0", PARTS)
    workspace.write(
        '[models.voice]\ngithub = "acme/voice"\nunpack = true\n'
        '[models.large]\ngithub = "acme/large"\njoin = true\n'
    )
    workspace.lock()
    shutil.rmtree(workspace.store)
    return workspace


def synced(workspace: Workspace, **asked: object) -> SyncResult:
    request = SyncRequest(**asked)  # type: ignore[arg-type]  # as a test wants them
    return sync(workspace.project, workspace.settings, Heard(), request)


def test_the_same_tree_comes_from_a_store_and_from_none(locked: Workspace) -> None:
    one, other = locked.root / "one", locked.root / "other"

    synced(locked, to=str(one), link_mode=LinkMode.COPY)
    shutil.rmtree(locked.store)
    synced(locked, to=str(other), no_store=True)

    assert looks(one) == looks(other)
    assert tar_digest(one) == tar_digest(other)
    assert not locked.store.exists()


def test_without_a_store_nothing_of_the_archives_stays(locked: Workspace) -> None:
    out = locked.root / "out"

    synced(locked, to=str(out), no_store=True)

    assert sorted(str(path.relative_to(out)) for path in out.rglob("*") if path.is_file()) == [
        "large/large.bin",
        "voice/model.pt",
        "voice/same.pt",
        "voice/tokenizer.json",
    ]


def test_files_of_one_tree_share_nothing_with_each_other(locked: Workspace) -> None:
    out = locked.root / "out"

    synced(locked, to=str(out), no_store=True)

    with (out / "voice" / "same.pt").open("ab") as file:
        file.write(b"more")
    assert (out / "voice" / "model.pt").read_bytes() == FILES["model.pt"]


def test_what_comes_out_of_an_archive_lies_where_torch_looks(locked: Workspace) -> None:
    synced(locked, layout=Layout.TORCH_HUB)

    variables = environment(locked.project, SyncRequest().narrowing, layout=Layout.TORCH_HUB)
    found = list(Path(variables["TORCH_HOME"]).rglob("model.pt"))
    assert [path.read_bytes() for path in found] == [FILES["model.pt"]]


def test_a_file_that_a_program_wrote_into_is_healed_from_the_archive(locked: Workspace) -> None:
    synced(locked)
    placed = locked.directory / "models" / "voice" / "model.pt"
    os.chmod(placed, 0o644)
    placed.write_bytes(b"WEIGHTS" * 1000)

    synced(locked)

    assert placed.read_bytes() == FILES["model.pt"]
    assert status(locked.project, locked.settings).is_whole
