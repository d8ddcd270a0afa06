"""What becomes of a shared cache when models move and leave, and of others' files in the way."""

import errno
import os
import shutil
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from modellock.documents.project_settings import Layout, LinkMode
from modellock.errors import ObstructedError, UsageError
from modellock.ports.reporting import Reporter
from modellock.verbs.sync_result import SyncMode
from modellock.verbs.verify import verify, verify_deep
from tests.integration.processes import Intruder, ended, start
from tests.integration.shared_caches import FOLDER, MINILM, WEIGHTS, SharedCache, git_id, sha256
from tests.integration.workspace import Workspace

CONFIG = "config.json"
OTHER = b"o" * len(WEIGHTS)


@pytest.fixture
def cache(workspace: Workspace) -> SharedCache:
    return SharedCache(workspace, workspace.root / "hub-cache")


def own_refs(cache: SharedCache) -> dict[str, str]:
    """What our refs say, by name."""
    return {
        str(ref.relative_to(cache.folder / "refs")): ref.read_text()
        for ref in (cache.folder / "refs" / ".modellock").rglob("*")
    }


def moved(cache: SharedCache) -> tuple[str, str]:
    """A model that is synced at one commit and locked at the next."""
    old = cache.publish()
    cache.locked()
    cache.sync()
    new = cache.publish(config_json=b"{'new': 1}")
    cache.workspace.lock("minilm")
    return old, new


def test_a_model_that_moves_takes_its_refs_along_and_leaves_its_files(cache: SharedCache) -> None:
    old, new = moved(cache)

    (note,) = cache.notes()

    assert cache.revisions() == {old: [], new: [*own_refs(cache), "main"]}
    assert cache.shown(f"snapshots/{old}") == [CONFIG, "model.safetensors"]
    assert note == (
        "minilm: 2 files that are no longer locked stay for who uses them; "
        "`hf cache prune` removes what no ref leads to"
    )
    assert cache.loaded(CONFIG) == "{'new': 1}"


def test_pruning_then_removes_what_it_left(cache: SharedCache) -> None:
    _, new = moved(cache)
    cache.sync()

    cache.hf("cache", "prune", "--yes")

    assert list(cache.revisions()) == [new]
    assert cache.sync().is_unchanged


def test_a_sync_says_once_that_files_stay(cache: SharedCache) -> None:
    moved(cache)
    cache.sync()

    assert cache.notes() == []
    assert cache.sync().is_unchanged


def test_a_model_that_leaves_gives_up_its_refs_alone(cache: SharedCache) -> None:
    commit = cache.publish()
    cache.locked()
    cache.sync()
    cache.workspace.hub.publish("acme/other", {CONFIG: b"{}"})
    cache.locked('[models.other]\nhub = "acme/other"\nlayout = "hf-cache"\n')

    cache.sync()

    assert cache.revisions()[commit] == []
    assert not (cache.folder / "refs").exists()
    assert cache.shown(f"snapshots/{commit}") == [CONFIG, "model.safetensors"]


def test_a_ref_of_others_is_never_moved_nor_withdrawn(cache: SharedCache) -> None:
    old = cache.publish()
    cache.locked()
    cache.hf("download", "acme/minilm")
    cache.sync()
    cache.publish(config_json=b"{'new': 1}")
    cache.workspace.lock("minilm")

    cache.sync()

    assert (cache.folder / "refs" / "main").read_text() == old


def test_a_ref_that_others_wrote_anew_is_theirs(cache: SharedCache) -> None:
    old, new = moved(cache)
    ref = cache.folder / "refs" / "main"
    ref.unlink()
    ref.write_text(old)

    (note, _) = cache.notes()

    assert ref.read_text() == old
    assert f'`revision="{new}"`' in note


def test_two_projects_with_one_cache_hold_two_commits(cache: SharedCache, tmp_path: Path) -> None:
    old, new = moved(cache)
    workspace = replace(cache.workspace, root=tmp_path / "second")
    second = replace(cache, workspace=workspace)
    lock = (cache.workspace.directory / "models.lock").read_text()

    second.workspace.write(MINILM.replace("layout", f'revision = "{old}"\nlayout'))
    second.workspace.lock()
    second.sync()
    cache.sync()

    assert sorted(own_refs(cache).values()) == sorted([old, new])
    assert lock == cache.workspace.lock_text
    cache.hf("cache", "prune", "--yes")
    assert sorted(cache.revisions()) == sorted([old, new])


def test_a_commit_gets_no_ref_but_ours(cache: SharedCache) -> None:
    commit = cache.publish()
    cache.locked(MINILM + f'revision = "{commit}"\n')

    cache.sync()

    assert cache.revisions()[commit] == list(own_refs(cache))


def test_a_tag_gets_a_ref_and_main_gets_none(cache: SharedCache) -> None:
    cache.publish()
    cache.workspace.hub.publish("acme/minilm", {CONFIG: b"{}"}, tag="v1.0")
    cache.locked(MINILM + 'version = ">=1"\n')

    (note,) = cache.notes()

    assert note.startswith(f"minilm: CACHE/{FOLDER}/refs/main is not there: load the locked commit")
    assert sorted(os.listdir(cache.folder / "refs")) == [".modellock", "v1.0"]
    assert cache.loaded(CONFIG, "v1.0") == "{}"


def test_two_models_of_one_commit_share_what_they_have_in_common(cache: SharedCache) -> None:
    commit = cache.publish()
    second = '[models.weights]\nhub = "acme/minilm"\nlayout = "hf-cache"\n'
    cache.locked(MINILM + 'include = ["config.json"]\n' + second)

    cache.sync()

    assert cache.shown(f"snapshots/{commit}") == [CONFIG, "model.safetensors"]
    assert len(own_refs(cache)) == 2
    assert cache.sync().is_unchanged
    new = cache.publish(config_json=b"{'new': 1}")
    cache.workspace.lock("minilm", "weights")
    cache.sync()
    assert (cache.folder / "refs" / "main").read_text() == new


def obstructed(cache: SharedCache) -> tuple[Path, Path]:
    """A snapshot of others whose weights are not what upstream has: the link, and the blob."""
    cache.publish()
    cache.locked()
    cache.hf("download", "acme/minilm")
    blob = cache.folder / "blobs" / sha256(WEIGHTS)
    blob.write_bytes(OTHER)
    (link,) = cache.folder.glob("snapshots/*/model.safetensors")
    return link, blob


def test_wrong_bytes_of_others_are_kept_and_reported(cache: SharedCache) -> None:
    link, blob = obstructed(cache)

    with pytest.raises(ObstructedError) as caught:
        cache.sync()

    assert str(caught.value) == (
        "minilm: 1 file in the way with other bytes than the lock has\n"
        f"  {link}: expected sha256:{sha256(WEIGHTS)}, found a symbolic link"
    )
    assert blob.read_bytes() == OTHER
    assert link.is_symlink()


def test_wrong_bytes_are_replaced_on_request_by_another_file(cache: SharedCache) -> None:
    link, blob = obstructed(cache)
    held = cache.root / "held"
    os.link(blob, held)

    cache.sync(replace=True)

    assert link.read_bytes() == WEIGHTS
    assert blob.read_bytes() == WEIGHTS
    assert held.read_bytes() == OTHER


def test_a_wrong_blob_with_our_name_is_kept_and_reported(cache: SharedCache) -> None:
    cache.publish()
    cache.locked()
    blob = cache.put(f"blobs/{sha256(WEIGHTS)}", "wrong")

    with pytest.raises(ObstructedError, match="is not what its name says"):
        cache.sync()

    assert blob.read_text() == "wrong"
    assert not (cache.folder / "refs").exists()

    cache.sync(replace=True)

    assert blob.read_bytes() == WEIGHTS


def test_a_link_that_leads_nowhere_is_mended(cache: SharedCache) -> None:
    commit = cache.publish()
    cache.locked()
    cache.hf("download", "acme/minilm")
    (cache.folder / "blobs" / git_id(b"{}")).unlink()

    cache.sync()

    assert (cache.folder / "snapshots" / commit / CONFIG).read_text() == "{}"


def test_an_edit_of_a_placed_file_is_kept_and_reported(cache: SharedCache) -> None:
    commit = cache.publish()
    cache.locked()
    cache.sync(link_mode=LinkMode.COPY)
    file = cache.folder / "snapshots" / commit / CONFIG
    file.write_text("{'edited': 1}")

    with pytest.raises(ObstructedError):
        cache.sync(link_mode=LinkMode.COPY)

    assert file.read_text() == "{'edited': 1}"
    assert cache.shown(f"snapshots/{commit}") == [CONFIG, "model.safetensors"]


def test_a_damage_is_found_by_hashing(cache: SharedCache) -> None:
    commit = cache.publish()
    cache.locked()
    cache.sync(link_mode=LinkMode.COPY)
    file = cache.folder / "snapshots" / commit / CONFIG
    before = file.stat()
    file.write_text("[]")
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    project, settings, root = cache.workspace.project, cache.workspace.settings, str(cache.root)

    assert verify(project, settings, shared_cache=root).is_whole
    found = verify_deep(project, settings, Reporter(), shared_cache=root)

    assert [(fault.model, fault.path) for fault in found.faults] == [("minilm", str(file))]
    assert found.is_damaged


def test_models_of_other_layouts_are_placed_as_ever(cache: SharedCache) -> None:
    cache.publish()
    cache.workspace.hub.publish("acme/plain", {CONFIG: b"{}"})
    cache.locked(MINILM + '[models.plain]\nhub = "acme/plain"\n')

    result = cache.sync()

    assert (cache.workspace.directory / "models" / "plain" / CONFIG).read_text() == "{}"
    assert [path.name for path in cache.root.iterdir()] == [FOLDER]
    assert (result.models, result.files) == (2, 3)
    assert cache.sync().is_unchanged


def test_models_that_a_project_had_for_itself_move_into_the_cache(cache: SharedCache) -> None:
    cache.publish()
    cache.locked()
    cache.sync(shared_cache=None)
    own = cache.workspace.directory / "models" / "hub" / FOLDER
    assert own.is_dir()

    result = cache.sync()

    assert not own.exists()
    assert cache.folder.is_dir()
    assert result.fetches == {}


def test_every_hub_model_goes_there_with_the_layout_of_a_flag(cache: SharedCache) -> None:
    commit = cache.publish()
    cache.locked('[models.minilm]\nhub = "acme/minilm"\n')

    cache.sync(layout=Layout.HF_CACHE)

    assert cache.shown(f"snapshots/{commit}") == [CONFIG, "model.safetensors"]


def test_a_project_without_such_models_is_told_so(cache: SharedCache) -> None:
    cache.publish()
    cache.locked('[models.minilm]\nhub = "acme/minilm"\n')

    assert cache.notes() == ["no model has layout `hf-cache`: nothing goes to CACHE"]
    assert not cache.root.exists()


@pytest.mark.parametrize("inside", ["models/hub", "models/hub/inner", ".modellock"])
def test_a_directory_of_the_project_is_no_shared_cache(cache: SharedCache, inside: str) -> None:
    cache.publish()
    cache.locked()

    with pytest.raises(UsageError, match="which this project keeps for itself"):
        cache.sync(shared_cache=str(cache.workspace.directory / inside))


def test_a_tree_has_all_models_in_it(cache: SharedCache) -> None:
    cache.publish()
    cache.locked()

    with pytest.raises(UsageError, match="--to makes a tree with all models"):
        cache.sync(to=str(cache.workspace.root / "tree"))
    with pytest.raises(UsageError, match="--no-store keeps nothing"):
        cache.sync(no_store=True)


@pytest.mark.parametrize("refused", ["os.symlink", "os.link", "os.symlink os.link"])
def test_a_file_system_without_links_has_the_files_all_the_same(
    cache: SharedCache, refused: str
) -> None:
    commit = cache.publish()
    cache.locked()

    def without_links() -> None:
        sys.addaudithook(lambda event, _: refuse(event, refused.split()))
        cache.sync()

    assert ended(start(without_links)) == 0

    file = cache.folder / "snapshots" / commit / CONFIG
    assert file.is_symlink() is ("os.symlink" not in refused)
    assert (cache.folder / "blobs").exists() is file.is_symlink()
    assert cache.loaded(CONFIG) == "{}"
    assert cache.shown() == sorted(
        [
            *([f"blobs/{git_id(b'{}')}", f"blobs/{sha256(WEIGHTS)}"] if file.is_symlink() else []),
            *(f"refs/{name}" for name in own_refs(cache)),
            "refs/main",
            f"snapshots/{commit}/{CONFIG}",
            f"snapshots/{commit}/model.safetensors",
        ]
    )


def refuse(event: str, refused: list[str]) -> None:
    """As Windows refuses symbolic links to most of its users, and exFAT all links."""
    if event in refused:
        raise OSError(errno.EPERM, os.strerror(errno.EPERM))


def test_a_ref_that_others_write_at_the_last_moment_is_theirs(cache: SharedCache) -> None:
    cache.publish()
    cache.locked()
    cache.hf("download", "acme/minilm")
    ref = cache.folder / "refs" / "main"
    ref.unlink()

    with Intruder("os.link", lambda: ref.write_text("0" * 40)):
        cache.sync()

    assert ref.read_text() == "0" * 40
    assert cache.sync().is_unchanged


def test_a_blob_that_others_write_at_the_last_moment_is_used(cache: SharedCache) -> None:
    cache.publish(model_safetensors=b"small")
    cache.locked()
    cache.sync(link_mode=LinkMode.COPY)
    shutil.rmtree(cache.root)
    blob = cache.folder / "blobs" / git_id(b"{}")

    with Intruder("os.link", lambda: blob.write_bytes(b"{}")):
        cache.sync(link_mode=LinkMode.COPY)

    assert blob.stat().st_nlink == 1
    assert cache.loaded(CONFIG) == "{}"


def test_a_dry_run_says_what_would_be_fetched(cache: SharedCache) -> None:
    cache.publish()
    cache.locked()
    shutil.rmtree(cache.workspace.store)

    planned = cache.sync(mode=SyncMode.DRY_RUN)

    assert planned.fetches == {"minilm/config.json": 2, "minilm/model.safetensors": len(WEIGHTS)}
    assert not cache.root.exists()
