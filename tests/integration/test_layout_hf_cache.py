"""Declared models in layout `hf-cache`: what huggingface_hub finds, and what becomes of it."""

import os
import stat
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from modellock._version import __version__
from modellock.decisions.plan import Condition
from modellock.documents.project_settings import Layout, LinkMode
from modellock.errors import LockfileError, PlacementError, UsageError
from modellock.ports.reporting import Reporter
from modellock.shell.unchanged import find, request_key
from modellock.values.digest import sha256_of_bytes
from modellock.verbs.path import path
from modellock.verbs.status import status
from modellock.verbs.sync import sync
from modellock.verbs.sync_result import SyncMode, SyncRequest, SyncResult
from modellock.verbs.verify import verify, verify_deep
from modellock.verbs.verify_result import Trouble
from modellock.verbs.why import why
from tests.integration.filesystems import as_root, mounted, remounted_read_only
from tests.integration.hub_client import HubClient, Question
from tests.integration.processes import Intruder
from tests.integration.workspace import Heard, Workspace

pytestmark = pytest.mark.slow

FILES = {
    "config.json": b'{"model_type": "bert"}',
    "model.safetensors": b"w" * 50,
    "extra/words.txt": b"o" * 40,
    "tokenizer.json": b"{}",
}
BASE = '[models.base]\nhub = "acme/base"\nlayout = "hf-cache"\n'
REPOSITORY = "acme/base"


def declare(workspace: Workspace, text: str = BASE) -> None:
    workspace.write(text)
    workspace.lock()


def synced(workspace: Workspace, **asked: Any) -> SyncResult:
    reporter = asked.pop("reporter", Reporter())
    return sync(workspace.project, workspace.settings, reporter, SyncRequest(**asked))


def root(workspace: Workspace, below: str = "models/hub") -> Path:
    return workspace.directory / below


def folder(workspace: Workspace) -> Path:
    return root(workspace) / "models--acme--base"


def client(workspace: Workspace, cache: Path | None = None, **known: Any) -> HubClient:
    return HubClient(cache=cache or root(workspace), home=workspace.root / "hf-home", **known)


def entries(directory: Path) -> list[str]:
    return sorted(str(one.relative_to(directory)) for one in directory.rglob("*"))


def download(revision: str | None, name: str = "config.json", **known: str) -> Question:
    asked = {"repo_id": REPOSITORY, "filename": name, "revision": revision, **known}
    return "hf_hub_download", asked


def snapshot(revision: str | None = None, **known: Any) -> Question:
    return "snapshot_download", {"repo_id": REPOSITORY, "revision": revision, **known}


def cached(name: str, revision: str | None = None) -> Question:
    asked = {"repo_id": REPOSITORY, "filename": name, "revision": revision}
    return "try_to_load_from_cache", asked


# What is found offline


@pytest.mark.parametrize(
    ("key", "publication", "named"),
    [
        ("", {}, "main"),
        ('revision = "v1"', {"tag": "v1"}, "v1"),
        ('revision = "feature/x"', {"branch": "feature/x"}, "feature/x"),
        ('revision = "refs/pr/1"', {"branch": "refs/pr/1"}, "refs/pr/1"),
        ('version = ">=1"', {"tag": "v1.2"}, "v1.2"),
        ('revision = "COMMIT"', {}, None),
    ],
)
def test_a_model_is_found_by_what_it_was_asked_for_by_its_commit_and_by_no_name_at_all(
    workspace: Workspace, key: str, publication: dict[str, Any], named: str | None
) -> None:
    workspace.hub.publish(REPOSITORY, {"config.json": b"before"})
    commit = workspace.hub.publish(REPOSITORY, FILES, **publication)
    declare(workspace, BASE + key.replace("COMMIT", commit))
    synced(workspace)

    names = [None, commit, *([named] if named else [])]
    questions = [
        question
        for one in names
        for question in (download(one), snapshot(one), cached("model.safetensors", one))
    ]
    answers = client(workspace).ask(*questions)

    directory = f"{folder(workspace)}/snapshots/{commit}"
    found = [f"{directory}/config.json", directory, f"{directory}/model.safetensors"]
    assert answers == found * len(names)
    assert path(workspace.project, "base") == directory


def test_a_selection_counts_as_whole(workspace: Workspace) -> None:
    commit = workspace.hub.publish(REPOSITORY, FILES)
    declare(workspace, BASE + 'include = ["*.json", "model.safetensors"]\n')
    synced(workspace)

    whole, part, listed, lacking = client(workspace).ask(
        snapshot(commit),
        snapshot(None, allow_patterns=["*.json"]),
        ("get_cached_repo_tree", {"repo_id": REPOSITORY}),
        download(None, "extra/words.txt"),
    )

    assert whole == part == f"{folder(workspace)}/snapshots/{commit}"
    assert listed == [["config.json", 22], ["model.safetensors", 50], ["tokenizer.json", 2]]
    assert lacking == "LocalEntryNotFoundError"


def test_a_snapshot_that_lost_a_file_is_told_as_incomplete(workspace: Workspace) -> None:
    commit = workspace.hub.publish(REPOSITORY, FILES)
    declare(workspace)
    synced(workspace)
    (folder(workspace) / "snapshots" / commit / "tokenizer.json").unlink()

    assert client(workspace).ask(snapshot()) == ["IncompleteSnapshotError"]


def test_loaders_know_which_optional_files_are_absent(workspace: Workspace) -> None:
    commit = workspace.hub.publish(REPOSITORY, FILES)
    declare(workspace)
    synced(workspace)

    absent, unknown = client(workspace).ask(
        cached("adapter_config.json", commit), cached("other.json", commit)
    )

    assert (absent, unknown) == ("known to be absent", None)


def test_a_dataset_has_its_own_folder(workspace: Workspace) -> None:
    commit = workspace.hub.publish("acme/texts", {"data/a.parquet": b"rows"}, type="dataset")
    declare(
        workspace, '[models.texts]\nhub = "acme/texts"\ntype = "dataset"\nlayout = "hf-cache"\n'
    )
    synced(workspace)

    asked = {"repo_id": "acme/texts", "repo_type": "dataset"}
    found = client(workspace).ask(("snapshot_download", asked))

    assert found == [str(root(workspace) / "datasets--acme--texts" / "snapshots" / commit)]


def test_a_name_is_spelt_as_models_toml_does(workspace: Workspace) -> None:
    commit = workspace.hub.publish("Acme/Base", FILES)
    declare(workspace, BASE.replace("acme/base", "Acme/Base"))
    synced(workspace)

    found, other = client(workspace).ask(
        ("snapshot_download", {"repo_id": "Acme/Base"}), snapshot()
    )

    assert found == str(root(workspace) / "models--Acme--Base" / "snapshots" / commit)
    assert other == "LocalEntryNotFoundError"


def test_a_cache_scans_without_a_warning_and_holds_nothing_else(workspace: Workspace) -> None:
    workspace.hub.publish(REPOSITORY, {"config.json": b"{}"}, tag="v1")
    second = workspace.hub.publish(REPOSITORY, FILES)
    text = BASE + BASE.replace("models.base", "models.older") + 'revision = "v1"\n'
    declare(workspace, text)
    synced(workspace)
    first = workspace.read_lock().models["older"].commit

    [seen] = client(workspace).ask(("scan_cache_dir", {}))

    assert seen == {
        "warnings": [],
        "repositories": {"model/acme/base": {first: [["v1"], 1], second: [["main"], 4]}},
    }
    assert os.listdir(root(workspace)) == ["models--acme--base"]


def test_hf_lists_the_cache(workspace: Workspace) -> None:
    workspace.hub.publish(REPOSITORY, FILES)
    declare(workspace)
    synced(workspace)

    listed = client(workspace).hf("cache", "ls")

    assert (listed.returncode, "acme/base" in listed.stdout) == (0, True)


def test_hf_verifies_the_cache_where_it_can_ask_the_hub(workspace: Workspace) -> None:
    workspace.hub.publish(REPOSITORY, FILES)
    declare(workspace)
    synced(workspace)

    online = client(workspace, endpoint=workspace.hub.url).hf("cache", "verify", REPOSITORY)
    offline = client(workspace).hf("cache", "verify", REPOSITORY)

    assert online.returncode == 0, online.stderr
    assert offline.returncode != 0


@as_root
def test_a_read_only_cache_serves_any_user(workspace: Workspace) -> None:
    commit = workspace.hub.publish(REPOSITORY, FILES)
    declare(workspace)
    with tempfile.TemporaryDirectory() as image:
        os.chmod(image, stat.S_IRUSR | stat.S_IROTH | stat.S_IXOTH)
        synced(workspace, to=image)

        reader = HubClient(cache=Path(image, "hub"), home=Path(image, "home"), user=65534)
        found = reader.ask(download(None), snapshot(commit), cached("tokenizer.json"))

    directory = f"{image}/hub/models--acme--base/snapshots/{commit}"
    assert found == [f"{directory}/config.json", directory, f"{directory}/tokenizer.json"]


# Where it is placed


def test_the_layout_of_the_settings_and_a_path_make_one_root(workspace: Workspace) -> None:
    commit = workspace.hub.publish(REPOSITORY, FILES)
    declare(
        workspace,
        '[settings]\nlayout = "hf-cache"\n'
        '[models.base]\nhub = "acme/base"\npath = "weights/cache"\n',
    )
    synced(workspace)

    found = client(workspace, root(workspace, "weights/cache")).ask(snapshot())

    assert found == [
        str(workspace.directory / "weights/cache/models--acme--base/snapshots" / commit)
    ]


def test_a_flag_arranges_what_the_layout_can_hold(workspace: Workspace) -> None:
    workspace.hub.publish(REPOSITORY, FILES)
    (workspace.root / "house").mkdir()
    (workspace.root / "house" / "a.bin").write_bytes(b"a")
    declare(
        workspace,
        '[models.base]\nhub = "acme/base"\n'
        '[models.renamed]\nhub = "acme/base"\nrename = { "config.json" = "c.json" }\n'
        '[models.house]\nlocal = "../house"\n',
    )
    heard = Heard()

    synced(workspace, layout=Layout.HF_CACHE, reporter=heard)

    assert sorted(os.listdir(workspace.directory / "models")) == ["house", "hub", "renamed"]
    kept = "keeps its layout `plain`: `hf-cache`"
    assert heard.notes == [
        f"house: {kept} is a layout of Hub models, and this is a `local` model",
        f"renamed: {kept} keeps upstream's names, and this model has `rename`",
    ]
    assert not synced(workspace, layout=Layout.HF_CACHE, mode=SyncMode.CHECK).plan.needed()


def test_a_flag_that_makes_models_meet_is_refused(workspace: Workspace) -> None:
    workspace.hub.publish(REPOSITORY, {"a": b"1"}, tag="v1")
    workspace.hub.publish(REPOSITORY, {"a": b"2"}, tag="v2")
    declare(
        workspace,
        '[models.one]\nhub = "acme/base"\nrevision = "v1"\n'
        '[models.two]\nhub = "acme/base"\nrevision = "v2"\n',
    )

    with pytest.raises(UsageError, match="--layout hf-cache: `one` and `two` are two commits of"):
        synced(workspace, layout=Layout.HF_CACHE)


@pytest.mark.parametrize("asked", [{"no_store": True}, {"link_mode": LinkMode.COPY}])
def test_files_may_be_copies(workspace: Workspace, asked: dict[str, object]) -> None:
    commit = workspace.hub.publish(REPOSITORY, FILES)
    declare(workspace)

    synced(workspace, **asked)

    weights = folder(workspace) / "snapshots" / commit / "model.safetensors"
    assert weights.stat().st_nlink == 1
    assert status(workspace.project, workspace.settings).is_whole


def test_there_are_no_symbolic_links_and_what_is_made_is_nobody_elses_file(
    workspace: Workspace,
) -> None:
    workspace.hub.publish(REPOSITORY, FILES)
    declare(workspace)

    synced(workspace, link_mode=LinkMode.SYMLINK)

    placed = [one for one in root(workspace).rglob("*") if not one.is_dir()]
    made = [one for one in placed if "snapshots" not in one.parts]
    assert not any(one.is_symlink() for one in placed)
    assert {(one.stat().st_nlink, stat.S_IMODE(one.stat().st_mode)) for one in made} == {(1, 0o644)}


def test_another_layout_leaves_nothing_of_the_one_before(workspace: Workspace) -> None:
    workspace.hub.publish(REPOSITORY, FILES)
    declare(workspace, BASE.replace('layout = "hf-cache"\n', ""))
    synced(workspace)
    before = os.listdir(workspace.directory / "models")

    declare(workspace)
    synced(workspace)
    between = os.listdir(workspace.directory / "models")
    declare(workspace, BASE + 'path = "cache"\n')
    synced(workspace)

    assert (before, between) == (["base"], ["hub"])
    assert not (workspace.directory / "models").exists()
    assert os.listdir(workspace.directory / "cache") == ["models--acme--base"]


def test_a_store_has_nothing_of_what_is_made(workspace: Workspace) -> None:
    workspace.hub.publish(REPOSITORY, FILES)
    declare(workspace)

    synced(workspace)

    assert workspace.blobs() == sorted(sha256_of_bytes(each).value for each in FILES.values())


@as_root
def test_a_read_only_store_is_enough(tmp_path: Path, workspace: Workspace) -> None:
    commit = workspace.hub.publish(REPOSITORY, FILES)
    with mounted(tmp_path / "store", "tmpfs", "size=8m"):
        declare(workspace)
        synced(workspace, to=str(tmp_path / "elsewhere"))
        remounted_read_only(tmp_path / "store")

        synced(workspace)

    assert client(workspace).ask(snapshot()) == [str(folder(workspace) / "snapshots" / commit)]


# Two commits of one repository


def test_two_commits_need_one_that_is_main(workspace: Workspace) -> None:
    workspace.hub.publish(REPOSITORY, {"a": b"1"}, tag="v1")
    workspace.hub.publish(REPOSITORY, {"a": b"2"}, tag="v2")
    second = BASE.replace("models.base", "models.two") + 'revision = "v2"\n'

    with pytest.raises(PlacementError) as caught:
        declare(workspace, BASE + 'revision = "v1"\n' + second)

    assert str(caught.value) == (
        "`base` and `two` are two commits of acme/base in one cache, and none is its `main`"
    )
    assert "a `path` of its own" in (caught.value.hint or "")
    declare(workspace, BASE + 'revision = "v1"\n' + second + 'path = "other"\n')


def test_a_lock_by_hand_with_two_commits_and_no_main_is_not_synced(workspace: Workspace) -> None:
    workspace.hub.publish(REPOSITORY, {"a": b"1"}, tag="v1")
    workspace.hub.publish(REPOSITORY, {"a": b"2"}, tag="v2")
    second = BASE.replace("models.base", "models.two") + 'revision = "v2"\npath = "other"\n'
    declare(workspace, BASE + 'revision = "v1"\n' + second)
    text = workspace.lock_text.replace('path = "other"\n', "")
    (workspace.directory / "models.lock").write_text(text)
    (workspace.directory / "models.toml").unlink()

    with pytest.raises(LockfileError, match=r"models\.lock: `base` and `two` are two commits"):
        synced(workspace)
    assert not why(workspace.project, "models/hub/x", str(workspace.directory)).is_known


def test_models_of_one_commit_share_its_snapshot(workspace: Workspace) -> None:
    commit = workspace.hub.publish(REPOSITORY, FILES)
    words = BASE.replace("models.base", "models.words") + 'include = ["extra/", "*.json"]\n'
    text = BASE + 'include = ["model.safetensors", "*.json"]\n'
    declare(workspace, text + words)
    synced(workspace)
    directory = folder(workspace) / "snapshots" / commit

    both = entries(directory)
    declare(workspace, text)
    synced(workspace)

    assert both == [
        "config.json",
        "extra",
        "extra/words.txt",
        "model.safetensors",
        "tokenizer.json",
    ]
    assert entries(directory) == ["config.json", "model.safetensors", "tokenizer.json"]
    assert client(workspace).ask(snapshot(commit)) == [str(directory)]
    assert status(workspace.project, workspace.settings).is_whole


# Switches and withdrawals


def moved(workspace: Workspace) -> tuple[Path, Path]:
    """A synced model whose lock has moved since; the old snapshot and the new one."""
    first = workspace.hub.publish(REPOSITORY, FILES)
    declare(workspace)
    synced(workspace)
    second = workspace.hub.publish(REPOSITORY, {**FILES, "model.safetensors": b"v" * 50})
    workspace.lock("base")
    snapshots = folder(workspace) / "snapshots"
    return snapshots / first, snapshots / second


def test_an_update_leaves_nothing_of_the_old_commit(workspace: Workspace) -> None:
    old, new = moved(workspace)
    before = status(workspace.project, workspace.settings).models[0]

    synced(workspace)

    assert before.condition is Condition.OLD
    assert [one for one in entries(root(workspace)) if old.name in one] == []
    assert (folder(workspace) / "refs/main").read_text() == new.name
    assert client(workspace).ask(snapshot(), cached("config.json", old.name)) == [str(new), None]


def test_both_snapshots_are_whole_when_the_ref_has_moved(workspace: Workspace) -> None:
    old, new = moved(workspace)
    ref = folder(workspace) / "refs" / "main"
    seen = []

    def look() -> None:
        seen.append((entries(old), entries(new), ref.read_text()))

    # The directories of what is withdrawn go first when its last file went.
    with Intruder("os.rmdir", look):
        synced(workspace)

    whole = sorted([*FILES, "extra"])
    assert seen == [(whole, whole, new.name)]
    assert not old.exists()


def test_a_file_that_comes_into_a_snapshot_while_it_vanishes_is_brought_back(
    workspace: Workspace,
) -> None:
    old, _ = moved(workspace)

    with Intruder("os.remove", lambda: None):
        (old / "notes.txt").write_text("mine")
        synced(workspace)

    assert entries(old) == ["notes.txt"]


def test_a_model_goes_with_all_that_was_made_for_it(workspace: Workspace) -> None:
    workspace.hub.publish(REPOSITORY, FILES)
    workspace.hub.publish("acme/other", FILES)
    other = '[models.other]\nhub = "acme/other"\nlayout = "hf-cache"\n'
    declare(workspace, BASE + other)
    synced(workspace)

    declare(workspace, other)
    surplus = status(workspace.project, workspace.settings).models[-1]
    synced(workspace)

    assert (surplus.name, surplus.files) == ("base", 4)
    assert os.listdir(root(workspace)) == ["models--acme--other"]


def test_the_last_model_takes_the_cache_along(workspace: Workspace) -> None:
    workspace.hub.publish(REPOSITORY, FILES)
    declare(workspace)
    synced(workspace)

    declare(workspace, "")
    synced(workspace)

    assert not (workspace.directory / "models").exists()


def test_what_others_wrote_into_a_repository_stays(workspace: Workspace) -> None:
    workspace.hub.publish(REPOSITORY, FILES)
    declare(workspace)
    synced(workspace)
    (folder(workspace) / "refs" / "theirs").write_text("0" * 40)

    declare(workspace, "")
    synced(workspace)

    assert entries(root(workspace)) == [
        "models--acme--base",
        "models--acme--base/refs",
        "models--acme--base/refs/theirs",
    ]


def test_an_older_lock_brings_the_old_commit_back_without_a_request(workspace: Workspace) -> None:
    commit = workspace.hub.publish(REPOSITORY, FILES)
    declare(workspace)
    older = workspace.root / "older.lock"
    older.write_text(workspace.lock_text)
    synced(workspace)
    workspace.hub.publish(REPOSITORY, {**FILES, "config.json": b"[]"})
    workspace.lock("base")
    synced(workspace)
    asked = len(workspace.hub.requests)

    synced(workspace, lock_file=str(older))

    assert (folder(workspace) / "refs/main").read_text() == commit
    assert len(workspace.hub.requests) == asked


# What `hf` does to it


def test_what_hf_removes_is_healed_from_a_store_that_took_no_harm(workspace: Workspace) -> None:
    commit = workspace.hub.publish(REPOSITORY, FILES)
    declare(workspace)
    synced(workspace)
    blobs = workspace.blobs()

    removed = client(workspace).hf("cache", "rm", f"model/{REPOSITORY}", "--yes")
    gone = not folder(workspace).exists()
    asked = len(workspace.hub.requests)
    synced(workspace)

    assert (removed.returncode, gone) == (0, True), removed.stderr
    assert workspace.blobs() == blobs
    assert verify_deep(workspace.project, workspace.settings, Reporter()).faults == ()
    assert client(workspace).ask(snapshot(commit)) == [
        str(folder(workspace) / "snapshots" / commit)
    ]
    assert len(workspace.hub.requests) == asked


def test_hf_finds_nothing_to_prune(workspace: Workspace) -> None:
    commit = workspace.hub.publish(REPOSITORY, FILES)
    declare(workspace, f'{BASE}revision = "{commit}"\n')
    synced(workspace)

    pruned = client(workspace).hf("cache", "prune", "--yes")

    assert pruned.returncode == 0, pruned.stderr
    assert synced(workspace, mode=SyncMode.CHECK).is_unchanged


# What modellock says of it


def test_only_locked_files_are_counted(workspace: Workspace) -> None:
    workspace.hub.publish(REPOSITORY, FILES)
    declare(workspace, BASE + 'include = ["*.json", "model.safetensors"]\n')

    planned = synced(workspace, mode=SyncMode.DRY_RUN)
    result = synced(workspace)

    [standing] = status(workspace.project, workspace.settings).models
    checked = verify(workspace.project, workspace.settings)
    unchanged = find(str(workspace.directory), request_key(__version__, asdict(SyncRequest())))
    assert unchanged is not None
    counts = (planned.files, result.files, standing.files, checked.files, unchanged.files)
    assert counts == (3, 3, 3, 3, 3)
    assert (result.size, standing.size, checked.size, unchanged.size) == (74, 74, 74, 74)
    assert list(planned.fetches) == ["base/model.safetensors"]


def test_a_damaged_ref_is_found_and_mended(workspace: Workspace) -> None:
    commit = workspace.hub.publish(REPOSITORY, FILES)
    declare(workspace)
    synced(workspace)
    ref = folder(workspace) / "refs" / "main"
    ref.write_text("0" * 40)

    [fault] = verify(workspace.project, workspace.settings).faults
    [standing] = status(workspace.project, workspace.settings).models
    result = synced(workspace)

    assert (fault.path, fault.trouble) == (str(ref), Trouble.MODIFIED)
    assert standing.condition is Condition.MODIFIED
    assert (standing.placed, standing.modified, standing.added) == (4, 0, 1)
    # Whatever lies beside a ref is a ref.
    assert (os.listdir(ref.parent), ref.read_text(), result.kept) == (["main"], commit, ())


def test_of_a_model_that_is_gone_its_locked_files_are_named_alone(workspace: Workspace) -> None:
    workspace.hub.publish(REPOSITORY, FILES)
    declare(workspace)

    missing = verify(workspace.project, workspace.settings).faults

    assert sorted(os.path.basename(fault.path) for fault in missing) == sorted(
        os.path.basename(path) for path in FILES
    )


@pytest.mark.parametrize(
    "path",
    [
        "refs/main",
        "trees/COMMIT.json",
        ".no_exist/COMMIT/adapter_config.json",
        "snapshots/COMMIT",
        "",
    ],
)
def test_why_knows_the_model_of_what_is_made_for_it(workspace: Workspace, path: str) -> None:
    commit = workspace.hub.publish(REPOSITORY, FILES)
    declare(workspace)
    what = f"models/hub/models--acme--base/{path.replace('COMMIT', commit)}".rstrip("/")

    found = why(workspace.project, what, str(workspace.directory)).model

    assert found is not None
    assert found.model.name == "base"


def test_why_knows_a_file_of_a_snapshot(workspace: Workspace) -> None:
    commit = workspace.hub.publish(REPOSITORY, FILES)
    declare(workspace)
    what = f"models/hub/models--acme--base/snapshots/{commit}/extra/words.txt"

    found = why(workspace.project, what, str(workspace.directory)).placed

    assert found is not None
    assert found.holding.file.path == "extra/words.txt"
