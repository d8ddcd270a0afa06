"""`sync --shared-cache`: a Hub's cache that other programs use online, too."""

import pytest

import modellock
from modellock.verbs.path import path
from modellock.verbs.status import status
from modellock.verbs.sync_result import SyncMode
from tests.integration.shared_caches import (
    FOLDER,
    MINILM,
    WEIGHTS,
    SharedCache,
    git_id,
    sha256,
)
from tests.integration.workspace import Workspace

pytestmark = pytest.mark.slow


@pytest.fixture
def cache(workspace: Workspace) -> SharedCache:
    return SharedCache(workspace, workspace.root / "hub-cache")


def test_a_model_lies_there_as_huggingface_hub_itself_writes_it(cache: SharedCache) -> None:
    commit = cache.publish()
    cache.locked()

    cache.sync()

    assert cache.shown() == sorted(
        [
            f"blobs/{git_id(b'{}')}",
            f"blobs/{sha256(WEIGHTS)}",
            *(f"refs/{name}" for name in cache.own_refs()),
            "refs/main",
            f"snapshots/{commit}/config.json",
            f"snapshots/{commit}/model.safetensors",
        ]
    )
    weights = cache.folder / "snapshots" / commit / "model.safetensors"
    assert str(weights.readlink()) == f"../../blobs/{sha256(WEIGHTS)}"
    assert weights.stat().st_nlink == 2
    assert list(cache.root.iterdir()) == [cache.folder]
    assert not (cache.workspace.directory / "models").exists()


def test_programs_find_it_without_a_network(cache: SharedCache) -> None:
    commit = cache.publish()
    cache.locked()

    cache.sync()

    assert [cache.loaded("config.json", name) for name in ("", "main", commit)] == ["{}"] * 3


def test_a_second_sync_has_nothing_to_do_and_reads_no_file(cache: SharedCache) -> None:
    cache.publish()
    cache.locked()
    cache.sync()

    result = cache.sync()

    assert result.is_unchanged
    assert (result.models, result.files, result.size) == (1, 2, len(WEIGHTS) + 2)


def test_a_download_of_the_same_commit_fetches_nothing(cache: SharedCache) -> None:
    cache.publish()
    cache.locked()
    cache.sync()

    cache.hf("download", "acme/minilm")

    assert cache.fetched() == []


def test_a_download_of_the_next_commit_fetches_what_is_new(cache: SharedCache) -> None:
    cache.publish()
    cache.locked()
    cache.sync()
    cache.publish(README_md=b"# New")

    cache.hf("download", "acme/minilm")

    assert cache.fetched() == ["README.md"]


def test_a_selection_never_counts_as_the_whole(cache: SharedCache) -> None:
    commit = cache.publish(vocab_txt=b"a b c")
    cache.locked(MINILM + 'include = ["config.json"]\n')
    cache.sync()

    cache.hf("download", "acme/minilm")

    assert cache.fetched() == ["model.safetensors", "vocab.txt"]
    assert cache.shown(f"snapshots/{commit}") == ["config.json", "model.safetensors", "vocab.txt"]


def test_a_ref_that_leads_elsewhere_stays_and_a_note_says_how_to_load(cache: SharedCache) -> None:
    old = cache.publish()
    cache.locked()
    new = cache.publish(README_md=b"# New")
    cache.hf("download", "acme/minilm")

    (note,) = cache.notes()

    assert (cache.folder / "refs" / "main").read_text() == new
    assert note == (
        f"minilm: CACHE/{FOLDER}/refs/main leads to {new}: load the locked commit with "
        f'`revision="{old}"`, or from CACHE/{FOLDER}/snapshots/{old}'
    )
    assert cache.loaded("config.json", old) == "{}"


def test_what_others_downloaded_is_taken_as_it_is(cache: SharedCache) -> None:
    commit = cache.publish()
    cache.locked()
    cache.hf("download", "acme/minilm")
    before = cache.shown()
    cache.workspace.hub.requests.clear()

    result = cache.sync()

    assert cache.shown() == sorted([*before, *(f"refs/{name}" for name in cache.own_refs())])
    assert (cache.folder / "blobs" / sha256(WEIGHTS)).stat().st_nlink == 1
    assert list(cache.workspace.hub.requests) == []
    assert result.fetches == {}
    assert cache.shown(f"snapshots/{commit}") == ["config.json", "model.safetensors"]


def test_a_snapshot_that_others_began_is_completed(cache: SharedCache) -> None:
    commit = cache.publish(vocab_txt=b"a b c")
    cache.locked(MINILM + 'include = ["config.json", "model.safetensors"]\n')
    cache.hf("download", "acme/minilm", "vocab.txt", "config.json")

    cache.sync()

    assert cache.shown(f"snapshots/{commit}") == ["config.json", "model.safetensors", "vocab.txt"]


def test_bytes_that_another_commit_has_are_not_fetched_again(cache: SharedCache) -> None:
    cache.publish()
    cache.hf("download", "acme/minilm")
    cache.publish(README_md=b"# New")
    cache.locked(MINILM)

    planned = cache.sync(mode=SyncMode.DRY_RUN)
    result = cache.sync()

    assert (planned.fetches, result.fetches) == ({}, {})
    assert result.files == 3


def test_pruning_spares_what_is_locked(cache: SharedCache) -> None:
    commit = cache.publish()
    cache.locked()
    cache.sync()
    (cache.folder / "refs" / "main").unlink()

    cache.hf("cache", "prune", "--yes")

    assert list(cache.revisions()) == [commit]


def test_what_hf_removed_comes_back_without_a_request(cache: SharedCache) -> None:
    commit = cache.publish()
    cache.locked()
    cache.sync()
    cache.hf("cache", "rm", "--yes", "model/acme/minilm")
    assert not cache.folder.exists()
    cache.workspace.hub.requests.clear()

    cache.sync()

    assert cache.shown(f"snapshots/{commit}") == ["config.json", "model.safetensors"]
    assert list(cache.workspace.hub.requests) == []
    assert len(cache.workspace.blobs()) > 1


def test_status_and_path_look_there_on_request(cache: SharedCache) -> None:
    commit = cache.publish()
    cache.locked()
    cache.sync()
    project, settings, root = cache.workspace.project, cache.workspace.settings, str(cache.root)

    here = status(project, settings, shared_cache=root)

    snapshot = f"{root}/{FOLDER}/snapshots/{commit}"
    assert here.is_whole
    assert [(one.name, one.directory, one.placed) for one in here.models] == [
        ("minilm", snapshot, 2)
    ]
    assert path(project, "minilm", shared_cache=root) == snapshot
    assert path(project, "minilm", "config.json", shared_cache=root) == f"{snapshot}/config.json"
    assert not status(project, settings).is_whole


def test_programs_look_there_through_python(cache: SharedCache) -> None:
    commit = cache.publish()
    cache.locked()
    cache.sync()
    root, directory, store = cache.root, cache.workspace.directory, cache.workspace.store

    assert modellock.status(shared_cache=root, store=store, directory=directory).is_whole
    assert modellock.verify(shared_cache=root, store=store, directory=directory).is_whole
    placed = modellock.path("minilm", shared_cache=root, directory=directory)
    assert placed == cache.folder / "snapshots" / commit

    (placed / "config.json").unlink()

    with pytest.raises(modellock.errors.MissingFilesError) as caught:
        modellock.path("minilm", shared_cache=root, directory=directory)
    assert caught.value.hint == (
        f"run `modellock sync --model minilm --shared-cache {cache.root}`, or call "
        f"`modellock.sync(models=['minilm'], shared_cache='{cache.root}')`"
    )
