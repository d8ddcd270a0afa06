"""`sync` places what others refer to where huggingface_hub finds it, offline."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from modellock.decisions.narrowing import Narrowing
from modellock.decisions.plan import Condition
from modellock.documents.project_settings import LinkMode
from modellock.errors import ObstructedError
from modellock.ports.reporting import Reporter
from modellock.verbs.path import path
from modellock.verbs.status import status
from modellock.verbs.sync import sync
from modellock.verbs.sync_result import SyncMode, SyncRequest, SyncResult
from modellock.verbs.verify import verify, verify_deep
from modellock.verbs.verify_upstream import verify_upstream
from tests.integration.test_closure import LORA, models, publish_base, publish_embed, publish_lora
from tests.integration.workspace import Workspace

pytestmark = pytest.mark.slow

PROGRAM = """
import json, sys
from huggingface_hub import hf_hub_download, snapshot_download, try_to_load_from_cache
repository, revision, name = sys.argv[1:]
print(json.dumps([
    open(hf_hub_download(repository, name, revision=revision)).read(),
    snapshot_download(repository, revision=revision),
    try_to_load_from_cache(repository, name, revision=revision),
]))
"""


def synced(workspace: Workspace, **asked: object) -> SyncResult:
    request = SyncRequest(**asked)  # type: ignore[arg-type]
    return sync(workspace.project, workspace.settings, Reporter(), request)


def cache(workspace: Workspace) -> Path:
    return workspace.directory / "models" / "hub"


def placed(workspace: Workspace) -> list[str]:
    """All but the markers of what is known to be absent."""
    below = cache(workspace)
    names = (str(one.relative_to(below)) for one in below.rglob("*") if one.is_file())
    return sorted(name for name in names if "/.no_exist/" not in name)


def found_by_hub(workspace: Workspace, repository: str, revision: str, name: str) -> list[str]:
    environ = {
        **os.environ,
        "HF_HUB_CACHE": str(cache(workspace)),
        "HF_HUB_OFFLINE": "1",
        "HF_HUB_DISABLE_TELEMETRY": "1",
    }
    command = [sys.executable, "-c", PROGRAM, repository, revision, name]
    ended = subprocess.run(command, env=environ, capture_output=True, check=True, text=True)
    answers: list[str] = json.loads(ended.stdout)
    return answers


@pytest.mark.parametrize("revision", ["main", "v1", "commit"])
def test_huggingface_hub_finds_the_files_without_a_network(
    workspace: Workspace, revision: str
) -> None:
    commit = publish_base(workspace, tag="v1")
    publish_lora(workspace, "v1")
    workspace.write(LORA)
    workspace.lock()

    synced(workspace)

    named = commit if revision == "commit" else revision
    snapshot = cache(workspace) / "models--acme--base" / "snapshots" / commit
    assert found_by_hub(workspace, "acme/base", named, "config.json") == [
        "{}",
        str(snapshot),
        str(snapshot / "config.json"),
    ]


def test_the_files_are_hard_links_and_the_refs_are_not(workspace: Workspace) -> None:
    commit = publish_base(workspace)
    publish_lora(workspace)
    workspace.write(LORA)
    workspace.lock()

    result = synced(workspace)

    folder = cache(workspace) / "models--acme--base"
    ref = folder / "refs" / "main"
    assert placed(workspace) == [
        "models--acme--base/refs/main",
        f"models--acme--base/snapshots/{commit}/config.json",
        f"models--acme--base/snapshots/{commit}/model.safetensors",
        f"models--acme--base/trees/{commit}.json",
    ]
    assert ref.read_bytes() == commit.encode()
    assert (ref.stat().st_nlink, ref.stat().st_mode & 0o777) == (1, 0o644)
    assert (folder / "snapshots" / commit / "config.json").stat().st_nlink > 1
    # Locked ones: what the layout adds is not counted.
    assert result.files == 4
    assert path(workspace.project, "acme/base") == str(folder / "snapshots" / commit)


def test_a_synced_closure_is_whole_in_every_eye(workspace: Workspace) -> None:
    publish_embed(workspace)
    workspace.write('[models.embed]\nhub = "acme/embed"\n')
    workspace.lock()
    synced(workspace)

    again = synced(workspace, mode=SyncMode.CHECK)

    project, settings = workspace.project, workspace.settings
    assert again.plan.is_done()
    assert status(project, settings).is_whole
    assert verify(project, settings).faults == ()
    assert verify_deep(project, settings, Reporter()).faults == ()
    assert verify_upstream(project, settings, Reporter()).findings == ()


def test_an_update_switches_the_snapshot_and_then_the_ref(workspace: Workspace) -> None:
    publish_base(workspace)
    publish_lora(workspace)
    workspace.write(LORA)
    workspace.lock()
    synced(workspace)
    moved = publish_base(workspace, "2")
    workspace.lock("acme/base")

    old = status(workspace.project, workspace.settings)
    synced(workspace)

    assert [one.condition for one in old.models] == [Condition.OLD, Condition.PLACED]
    assert placed(workspace) == [
        "models--acme--base/refs/main",
        f"models--acme--base/snapshots/{moved}/config.json",
        f"models--acme--base/snapshots/{moved}/model.safetensors",
        f"models--acme--base/trees/{moved}.json",
    ]
    assert (cache(workspace) / "models--acme--base/refs/main").read_text() == moved


def test_two_commits_of_a_repository_lie_side_by_side(workspace: Workspace) -> None:
    first = publish_base(workspace, "1", tag="v1")
    second = publish_base(workspace, "2")
    publish_lora(workspace, "v1", name="a-lora")
    publish_lora(workspace)
    workspace.write(LORA + '[models.a-lora]\nhub = "acme/a-lora"\n')
    workspace.lock()

    synced(workspace)

    refs = cache(workspace) / "models--acme--base" / "refs"
    assert models(workspace)["acme/base"].commit == first
    assert {ref.name: ref.read_text() for ref in refs.iterdir()} == {"main": second, "v1": first}
    assert len(placed(workspace)) == 8


def test_what_nobody_requires_any_more_is_withdrawn(workspace: Workspace) -> None:
    publish_base(workspace)
    publish_lora(workspace)
    workspace.write(LORA)
    workspace.lock()
    synced(workspace)

    workspace.write(LORA + "closure = false\n")
    workspace.lock()
    synced(workspace)

    assert not cache(workspace).exists()


def test_a_named_model_brings_what_it_requires(workspace: Workspace) -> None:
    publish_base(workspace)
    publish_lora(workspace)
    publish_embed(workspace)
    workspace.write(LORA + '[models.embed]\nhub = "acme/embed"\ngroups = ["text"]\n')
    workspace.lock()

    synced(workspace, models=("lora",))
    lora = placed(workspace)
    synced(workspace, only_groups=("text",))

    assert {one.split("/")[0] for one in lora} == {"models--acme--base"}
    assert {one.split("/")[0] for one in placed(workspace)} == {
        "models--acme--base",
        "models--acme--code",
    }
    left = status(
        workspace.project, workspace.settings, narrowing=Narrowing(no_groups=("text",))
    ).left_out
    assert left == ("acme/code", "embed")


def test_a_damaged_snapshot_is_mended(workspace: Workspace) -> None:
    commit = publish_base(workspace)
    publish_lora(workspace)
    workspace.write(LORA)
    workspace.lock()
    synced(workspace)
    snapshot = cache(workspace) / "models--acme--base" / "snapshots" / commit
    (snapshot / "config.json").unlink()
    (snapshot.parents[1] / "refs" / "main").unlink()

    synced(workspace)

    assert (snapshot / "config.json").read_bytes() == b"{}"
    assert (snapshot.parents[1] / "refs" / "main").read_text() == commit


def test_a_ref_that_somebody_else_wrote_is_in_the_way(workspace: Workspace) -> None:
    publish_base(workspace)
    publish_lora(workspace)
    workspace.write(LORA)
    workspace.lock()
    refs = cache(workspace) / "models--acme--base" / "refs"
    refs.mkdir(parents=True)
    (refs / "main").write_text("0" * 40)

    with pytest.raises(ObstructedError, match="refs/main"):
        synced(workspace)
    synced(workspace, replace=True)

    assert (refs / "main").read_text() == models(workspace)["acme/base"].commit


def test_symbolic_links_are_not_for_a_hubs_cache(workspace: Workspace) -> None:
    publish_base(workspace)
    publish_lora(workspace)
    workspace.write(LORA)
    workspace.lock()

    synced(workspace, link_mode=LinkMode.SYMLINK)

    assert not any((cache(workspace) / name).is_symlink() for name in placed(workspace))
    assert (workspace.directory / "models/lora/adapter_config.json").is_symlink()


@pytest.mark.parametrize("asked", [{"no_store": True}, {"link_mode": LinkMode.COPY}])
def test_other_ways_of_placing_work_too(workspace: Workspace, asked: dict[str, object]) -> None:
    publish_base(workspace)
    publish_lora(workspace)
    workspace.write(LORA)
    workspace.lock()

    synced(workspace, **asked)

    assert status(workspace.project, workspace.settings).is_whole


def test_below_another_directory_the_cache_is_there(workspace: Workspace, tmp_path: Path) -> None:
    commit = publish_base(workspace)
    publish_lora(workspace)
    workspace.write(LORA)
    workspace.lock()

    synced(workspace, to=str(tmp_path / "image"))

    snapshot = tmp_path / "image" / "hub" / "models--acme--base" / "snapshots" / commit
    assert (snapshot / "config.json").read_bytes() == b"{}"
    assert path(workspace.project, "acme/base", to=str(tmp_path / "image")) == str(snapshot)
