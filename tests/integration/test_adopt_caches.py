"""Caches as the real huggingface_hub writes them, in all its generations, taken over by hash."""

import importlib.util
import os
import stat
import sys
from pathlib import Path

import pytest

from modellock.ports.reporting import Reporter
from modellock.shell.store import Store
from modellock.values.digest import Digest
from modellock.verbs.adopt import AdoptRequest, adopt
from modellock.verbs.adopt_result import AdoptResult, Fate
from modellock.verbs.sync import sync
from tests.integration.shared_caches import WEIGHTS, SharedCache, sha256
from tests.integration.workspace import Workspace

pytestmark = pytest.mark.slow

PLAIN = '[models.minilm]\nhub = "acme/minilm"\n'
shares_blobs = pytest.mark.skipif(
    importlib.util.find_spec("huggingface_hub.utils._shared_blobs") is None,
    reason="repositories share blobs from huggingface_hub 1.32 on",
)
SHARE = """
import os, sys
from huggingface_hub.utils._shared_blobs import publish_blob_to_shared_store
blob = sys.argv[1]
print(publish_blob_to_shared_store(
    blob_path=blob, xet_hash="ab" + "0" * 62, cache_dir=sys.argv[2],
    expected_size=os.path.getsize(blob),
))
"""


@pytest.fixture
def cache(workspace: Workspace) -> SharedCache:
    """A cache that another program filled, and a lock whose weights the store lacks."""
    made = SharedCache(workspace, workspace.root / "hub")
    made.publish()
    made.locked(PLAIN)
    return made


def adopted(cache: SharedCache, *directories: Path, **asked: object) -> AdoptResult:
    request = AdoptRequest(
        directories=tuple(map(str, directories)) or (str(cache.root),),
        **asked,  # type: ignore[arg-type]
    )
    return adopt(cache.workspace.project, cache.workspace.settings, Reporter(), request)


def fates(result: AdoptResult) -> dict[Fate, int]:
    (told,) = result.directories
    return dict(told.fates)


def blob_of(cache: SharedCache) -> str:
    return Store(str(cache.workspace.store)).path_of(Digest("sha256", sha256(WEIGHTS)))


def synced_without_requests(cache: SharedCache) -> bool:
    """Whether a sync has all it needs once there is no network."""
    cache.workspace.offline = True
    result = sync(cache.workspace.project, cache.workspace.settings, Reporter())
    placed = cache.workspace.directory / "models/minilm/model.safetensors"
    return result.fetches == {} and placed.read_bytes() == WEIGHTS


def test_blobs_behind_symbolic_links_become_the_stores_too(cache: SharedCache) -> None:
    cache.hf("download", "acme/minilm")

    result = adopted(cache)

    assert fates(result) == {Fate.LINKED: 1}
    assert os.path.samefile(cache.folder / "blobs" / sha256(WEIGHTS), blob_of(cache))
    assert result.lacking == {}
    assert synced_without_requests(cache)


def test_the_hubs_own_programs_go_on_with_their_cache(cache: SharedCache) -> None:
    commit = cache.publish()
    cache.hf("download", "acme/minilm")

    adopted(cache)

    assert cache.loaded("config.json", commit) == "{}"
    cache.hf("download", "acme/minilm")
    assert cache.fetched() == []
    cache.hf("download", "acme/minilm", "--force-download")
    assert cache.fetched() == ["config.json", "model.safetensors"]
    assert not os.path.samefile(cache.folder / "blobs" / sha256(WEIGHTS), blob_of(cache))
    cache.hf("cache", "rm", "model/acme/minilm", "--yes", offline=True)
    assert not cache.folder.exists()
    assert synced_without_requests(cache)


def test_a_single_snapshot_leads_to_its_blobs(cache: SharedCache) -> None:
    cache.hf("download", "acme/minilm")
    (snapshot,) = (cache.folder / "snapshots").iterdir()

    assert fates(adopted(cache, snapshot)) == {Fate.LINKED: 1}


@shares_blobs
def test_blobs_in_the_store_that_repositories_of_a_cache_share(cache: SharedCache) -> None:
    cache.hf("download", "acme/minilm")
    blob = cache.folder / "blobs" / sha256(WEIGHTS)
    shared = cache.ran([sys.executable, "-c", SHARE, str(blob), str(cache.root)], offline=True)
    assert shared == "True\n"
    payload = cache.root / "blobs/ab" / ("ab" + "0" * 62)

    assert fates(adopted(cache)) == {Fate.LINKED: 1}

    assert os.path.samefile(payload, blob_of(cache))
    assert blob.is_symlink()
    assert synced_without_requests(cache)


@shares_blobs
def test_one_repository_leads_to_what_it_shares_with_others(cache: SharedCache) -> None:
    cache.hf("download", "acme/minilm")
    blob = cache.folder / "blobs" / sha256(WEIGHTS)
    cache.ran([sys.executable, "-c", SHARE, str(blob), str(cache.root)], offline=True)

    assert fates(adopted(cache, cache.folder)) == {Fate.LINKED: 1}


def test_everything_of_a_cache_is_its_blobs(cache: SharedCache) -> None:
    cache.hf("download", "acme/minilm")

    result = adopted(cache, everything=True)

    # The small file came into the store when it was locked.
    assert fates(result) == {Fate.LINKED: 1, Fate.HERE: 1}


def test_a_download_into_a_directory_is_copied(cache: SharedCache) -> None:
    folder = cache.workspace.root / "downloaded"
    cache.hf("download", "acme/minilm", "--local-dir", str(folder))

    result = adopted(cache, folder)

    assert fates(result) == {Fate.COPIED: 1}
    assert stat.S_IMODE((folder / "model.safetensors").stat().st_mode) == 0o644
    cache.hf("download", "acme/minilm", "--local-dir", str(folder))
    assert cache.fetched() == []
    assert synced_without_requests(cache)


def test_a_snapshot_without_links_is_copied(cache: SharedCache) -> None:
    cache.hf("download", "acme/minilm")
    for link in cache.folder.glob("snapshots/*/*"):
        link.resolve().replace(link)

    assert fates(adopted(cache)) == {Fate.COPIED: 1}
    assert synced_without_requests(cache)


def test_a_damaged_blob_does_not_get_in_under_its_name(cache: SharedCache) -> None:
    cache.hf("download", "acme/minilm")
    blob = cache.folder / "blobs" / sha256(WEIGHTS)
    blob.write_bytes(b"W" + WEIGHTS[1:])
    before = blob.stat()

    result = adopted(cache)

    assert fates(result) == {Fate.OTHER: 1}
    assert result.lacking == {"minilm/model.safetensors": len(WEIGHTS)}
    assert (blob.stat().st_mode, blob.stat().st_mtime_ns) == (before.st_mode, before.st_mtime_ns)


def test_the_caches_of_torch_whisper_and_clip_are_directories_of_files(
    workspace: Workspace, tmp_path: Path
) -> None:
    names = ("torch/hub/checkpoints/resnet-0badcafe.pth", "whisper/base.pt", "clip/ViT-B-32.pt")
    manifest = ""
    for number, name in enumerate(names):
        cached = tmp_path / "cache" / name
        cached.parent.mkdir(parents=True)
        cached.write_bytes(f"weights {number}".encode())
        origin = workspace.directory / f"origin{number}"
        origin.mkdir()
        (origin / "weights.bin").write_bytes(cached.read_bytes())
        manifest += f'[models.m{number}]\nlocal = "origin{number}"\n'
    workspace.write(manifest)
    workspace.lock()
    caches = tuple(str((tmp_path / "cache" / name).parent) for name in names)

    result = adopt(
        workspace.project, workspace.settings, Reporter(), AdoptRequest(directories=caches)
    )

    assert [one.files for one in result.directories] == [1, 1, 1]
    assert result.lacking == {}
