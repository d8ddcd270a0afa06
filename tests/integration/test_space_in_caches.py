"""Space for models in a Hub's cache, of the project alone or shared, and for those beside them."""

import re
from pathlib import Path

import pytest

from modellock.cli.render_sync import sync_lines
from modellock.documents.project_settings import LinkMode
from modellock.errors import NoSpaceError
from modellock.verbs.sync_result import SyncMode
from tests.integration.filesystems import as_root, mounted
from tests.integration.shared_caches import FOLDER, MINILM, WEIGHTS, SharedCache, sha256
from tests.integration.workspace import Workspace

SMALL_DISK = "size=16m"
"""Takes WEIGHTS once."""


@pytest.fixture
def cache(workspace: Workspace) -> SharedCache:
    cache = SharedCache(workspace, workspace.root / "hub-cache")
    cache.publish()
    cache.locked()
    return cache


def downloaded(cache: SharedCache) -> Path:
    """The weights as huggingface_hub has them after a download."""
    blob = cache.folder / "blobs" / sha256(WEIGHTS)
    blob.parent.mkdir(parents=True)
    blob.write_bytes(WEIGHTS)
    return blob


def test_a_dry_run_adds_up_the_project_and_the_cache(cache: SharedCache) -> None:
    cache.workspace.hub.publish("acme/other", {"config.json": b"[]", "model.safetensors": b"w" * 9})
    cache.locked(f'{MINILM}[models.other]\nhub = "acme/other"\n')

    space = cache.sync(mode=SyncMode.DRY_RUN).space

    assert space is not None
    assert (space.needed, space.in_store, space.fetch) == (len(WEIGHTS) + 13, 4, len(WEIGHTS) + 9)
    assert [peak.disk.where for peak in space.peaks] == [str(cache.workspace.store)]


def test_what_the_cache_has_is_taken_into_the_store_and_not_fetched(cache: SharedCache) -> None:
    downloaded(cache)

    result = cache.sync(mode=SyncMode.DRY_RUN)

    assert result.space is not None
    assert (result.fetches, result.space.fetch) == ({}, 0)
    assert (result.space.in_store, result.space.adopt) == (2, len(WEIGHTS))
    _, _, moved, _ = sync_lines(result, now=0, took="")
    assert moved == (
        "Of 11.5 MB the store has 2 bytes, caches 11.5 MB; 0 bytes to fetch, 0 bytes to copy"
    )
    assert result.space.peaks[0].needed >= len(WEIGHTS)


@as_root
def test_a_blob_that_the_cache_has_is_not_copied_there_again(workspace: Workspace) -> None:
    with mounted(workspace.root / "disk", "tmpfs", SMALL_DISK) as disk:
        cache = SharedCache(workspace, disk)
        cache.publish()
        cache.locked()
        downloaded(cache)

        result = cache.sync()

        assert result.fetches == {}
        assert cache.loaded("config.json") == "{}"


@as_root
def test_a_cache_on_a_disk_that_is_too_small_is_refused_before_the_first_byte(
    workspace: Workspace,
) -> None:
    with mounted(workspace.root / "disk", "tmpfs", "size=8m") as disk:
        cache = SharedCache(workspace, disk)
        cache.publish()
        cache.locked()
        workspace.hub.requests.clear()

        with pytest.raises(NoSpaceError) as caught:
            cache.sync(link_mode=LinkMode.SYMLINK)

        assert re.fullmatch(
            rf"{disk}: not enough space: needed 11\.5 MB, free 8\.\d MB", str(caught.value)
        )
        assert len(workspace.hub.requests) == 0
        assert not (disk / FOLDER).exists()
