"""What becomes of a shared cache when models move and leave, and of others' files in the way."""

import os
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from modellock.documents.project_settings import Layout
from modellock.errors import UsageError
from modellock.verbs.sync_result import SyncMode
from tests.integration.shared_caches import FOLDER, MINILM, WEIGHTS, SharedCache
from tests.integration.workspace import Workspace

pytestmark = pytest.mark.slow

CONFIG = "config.json"
OTHER = b"o" * len(WEIGHTS)


@pytest.fixture
def cache(workspace: Workspace) -> SharedCache:
    return SharedCache(workspace, workspace.root / "hub-cache")


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

    assert cache.revisions() == {old: [], new: [*cache.own_refs(), "main"]}
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


def test_a_ref_that_others_downloaded_by_keeps_leading_to_what_they_have(
    cache: SharedCache,
) -> None:
    old = cache.publish()
    cache.locked(MINILM + f'include = ["{CONFIG}"]\n')
    cache.sync()
    cache.hf("download", "acme/minilm")
    new = cache.publish(config_json=b"{'new': 1}")
    cache.workspace.lock("minilm")

    (note, _) = cache.notes()

    assert cache.revisions() == {old: ["main"], new: list(cache.own_refs())}
    assert f'`revision="{new}"`' in note
    assert cache.hf("download", "acme/minilm", offline=True).strip().endswith(old)
    assert cache.sync().is_unchanged


@pytest.mark.parametrize("removed", [True, False], ids=["removed before", "as it was"])
def test_a_model_that_leaves_takes_no_ref_that_others_downloaded_by(
    cache: SharedCache, removed: bool
) -> None:
    commit = cache.publish()
    cache.locked()
    cache.sync()
    if removed:
        cache.hf("cache", "rm", "--yes", "model/acme/minilm")
    cache.hf("download", "acme/minilm")
    cache.workspace.hub.publish("acme/other", {CONFIG: b"{}"})
    cache.locked('[models.other]\nhub = "acme/other"\nlayout = "hf-cache"\n')

    cache.sync()

    assert cache.revisions()[commit] == ["main"]


def test_a_model_that_leaves_takes_no_ref_that_others_wrote_anew(cache: SharedCache) -> None:
    commit = cache.publish()
    cache.locked()
    cache.sync()
    ref = cache.folder / "refs" / "main"
    ref.unlink()
    ref.write_text(commit)
    cache.workspace.hub.publish("acme/other", {CONFIG: b"{}"})
    cache.locked('[models.other]\nhub = "acme/other"\nlayout = "hf-cache"\n')

    cache.sync()

    assert ref.read_text() == commit
    assert cache.own_refs() == {}


def test_two_projects_with_one_cache_hold_two_commits(cache: SharedCache, tmp_path: Path) -> None:
    old, new = moved(cache)
    workspace = replace(cache.workspace, root=tmp_path / "second")
    second = replace(cache, workspace=workspace)
    lock = (cache.workspace.directory / "models.lock").read_text()

    second.workspace.write(MINILM.replace("layout", f'revision = "{old}"\nlayout'))
    second.workspace.lock()
    second.sync()
    cache.sync()

    assert sorted(cache.own_refs().values()) == sorted([old, new])
    assert lock == cache.workspace.lock_text
    cache.hf("cache", "prune", "--yes")
    assert sorted(cache.revisions()) == sorted([old, new])


def test_a_project_that_moves_on_leaves_main_to_another_that_has_not(
    cache: SharedCache, tmp_path: Path
) -> None:
    old = cache.publish()
    cache.locked()
    cache.sync()
    second = replace(cache, workspace=replace(cache.workspace, root=tmp_path / "second"))
    second.locked()
    second.sync()
    new = cache.publish(config_json=b"{'new': 1}")
    cache.workspace.lock("minilm")

    (note, _) = cache.notes()

    assert (cache.folder / "refs" / "main").read_text() == old
    assert f'`revision="{new}"`' in note
    assert second.sync().is_unchanged


def test_a_model_that_is_left_out_counts_for_no_other_project(cache: SharedCache) -> None:
    cache.publish()
    cache.locked(MINILM + MINILM.replace("minilm]", "twin]"))
    cache.sync()
    cache.sync(models=("minilm",))
    new = cache.publish(config_json=b"{'new': 1}")
    cache.workspace.lock("minilm", "twin")

    cache.sync()

    assert (cache.folder / "refs" / "main").read_text() == new


def test_a_commit_gets_no_ref_but_ours(cache: SharedCache) -> None:
    commit = cache.publish()
    cache.locked(MINILM + f'revision = "{commit}"\n')

    cache.sync()

    assert cache.revisions()[commit] == list(cache.own_refs())


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
    assert len(cache.own_refs()) == 2
    assert cache.sync().is_unchanged
    new = cache.publish(config_json=b"{'new': 1}")
    cache.workspace.lock("minilm", "weights")
    cache.sync()
    assert (cache.folder / "refs" / "main").read_text() == new


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


def test_a_dry_run_says_what_would_be_fetched(cache: SharedCache) -> None:
    cache.publish()
    cache.locked()
    shutil.rmtree(cache.workspace.store)

    planned = cache.sync(mode=SyncMode.DRY_RUN)

    assert planned.fetches == {"minilm/config.json": 2, "minilm/model.safetensors": len(WEIGHTS)}
    assert not cache.root.exists()
