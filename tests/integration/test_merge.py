"""Real git merges, stashes and cherry-picks of models.lock, and what `lock` makes of them."""

import os
import subprocess

import pytest

from modellock.errors import ConflictMarkersError, IdentityError, NewerLockError
from modellock.ports.reporting import Reporter
from modellock.testing import demo_hub
from modellock.verbs.lock import LockMode, check_lock
from modellock.verbs.sync import sync
from tests.integration.workspace import Workspace

SPEC = '[models.{name}]\nhub = "acme/{name}"\n'
NAMES = ("aa", "bb", "cc")


@pytest.fixture
def repository(workspace: Workspace) -> Workspace:
    """A project under git with three locked models, each with two commits upstream."""
    for name in NAMES:
        for number in (1, 2, 3):
            workspace.hub.publish(
                f"acme/{name}", {"w.safetensors": b"%d" % number}, tag=f"v{number}"
            )
    write(workspace)
    workspace.lock()
    git(workspace, "init", "-q", "-b", "main")
    git(workspace, "add", "models.toml", "models.lock")
    git(workspace, "commit", "-q", "-m", "base")
    return workspace


def write(workspace: Workspace, **revisions: str) -> None:
    texts = []
    for name in sorted({*NAMES, *revisions}):
        revision = revisions.get(name, "v1")
        if revision:
            texts.append(SPEC.format(name=name) + f'revision = "{revision}"\n')
    workspace.write("\n".join(texts))


def git(workspace: Workspace, *words: str, code: int = 0) -> None:
    names = {
        f"GIT_{who}_{what}": "x@example"
        for who in ("AUTHOR", "COMMITTER")
        for what in ("NAME", "EMAIL")
    }
    ended = subprocess.run(
        ["git", *words],
        cwd=workspace.directory,
        env={**os.environ, **names, "HOME": str(workspace.root)},
        capture_output=True,
        check=False,
    )
    assert ended.returncode == code, ended.stderr


def commit(workspace: Workspace, branch: str, **revisions: str) -> None:
    git(workspace, "switch", "-q", "-c", branch, "main")
    write(workspace, **revisions)
    workspace.lock()
    git(workspace, "commit", "-q", "-a", "-m", branch)


def merge_with_conflict(workspace: Workspace, **merged: str) -> None:
    """Merge `theirs` into `ours`; models.toml is then as whoever merges wrote it."""
    git(workspace, "switch", "-q", "ours")
    git(workspace, "merge", "-q", "theirs", code=1)
    assert "<<<<<<< " in workspace.lock_text
    write(workspace, **merged)


def revisions(workspace: Workspace) -> dict[str, object]:
    models = workspace.read_lock().models
    return {name: dict(model.requested).get("revision") for name, model in models.items()}


def test_neighbours_that_each_side_changed_are_both_kept_without_a_request(
    repository: Workspace,
) -> None:
    repository.hub.publish("acme/ab", {"w.safetensors": b"ab"}, tag="v1")
    repository.hub.publish("acme/ac", {"w.safetensors": b"ac"}, tag="v1")
    commit(repository, "ours", ab="v1")
    commit(repository, "theirs", ac="v1")
    merge_with_conflict(repository, ab="v1", ac="v1")
    asked = len(repository.hub.requests)

    result = repository.lock()

    assert result.merged is not None
    assert (result.merged.ours, result.merged.theirs) == (("ab",), ("ac",))
    assert result.merged.anew == ()
    assert len(repository.hub.requests) == asked
    assert set(revisions(repository)) == {"aa", "ab", "ac", "bb", "cc"}
    assert check_lock(repository.project).changes == ()


def test_a_model_that_both_sides_changed_is_resolved_anew(repository: Workspace) -> None:
    commit(repository, "ours", aa="v2")
    commit(repository, "theirs", aa="v3")
    merge_with_conflict(repository, aa="v3")

    result = repository.lock()

    assert result.merged is not None
    assert result.merged.anew == ("aa",)
    assert (result.merged.ours_label, result.merged.theirs_label) == ("HEAD", "theirs")
    assert revisions(repository) == {"aa": "v3", "bb": "v1", "cc": "v1"}


def test_a_conflict_of_a_stash_is_resolved_too(repository: Workspace) -> None:
    write(repository, aa="v2")
    repository.lock()
    git(repository, "stash", "-q")
    write(repository, aa="v3")
    repository.lock()
    git(repository, "commit", "-q", "-a", "-m", "v3")
    git(repository, "stash", "pop", "-q", code=1)
    write(repository, aa="v2")

    result = repository.lock()

    assert result.merged is not None
    assert result.merged.theirs_label == "Stashed changes"
    assert revisions(repository)["aa"] == "v2"


def test_a_conflict_of_a_cherry_pick_is_resolved_too(repository: Workspace) -> None:
    commit(repository, "theirs", bb="v2")
    commit(repository, "ours", bb="v3")
    git(repository, "cherry-pick", "theirs", code=1)
    write(repository, bb="v3")

    repository.lock()

    assert revisions(repository) == {"aa": "v1", "bb": "v3", "cc": "v1"}


def test_markers_in_models_toml_are_said_first(repository: Workspace) -> None:
    commit(repository, "ours", aa="v2")
    commit(repository, "theirs", aa="v3")
    git(repository, "switch", "-q", "ours")
    git(repository, "merge", "-q", "theirs", code=1)

    with pytest.raises(ConflictMarkersError, match=r"^models\.toml:"):
        repository.lock()


def test_other_verbs_say_that_there_are_markers(repository: Workspace) -> None:
    commit(repository, "ours", aa="v2")
    commit(repository, "theirs", aa="v3")
    merge_with_conflict(repository, aa="v3")

    with pytest.raises(ConflictMarkersError) as caught:
        sync(repository.project, repository.settings, Reporter())

    assert str(caught.value).startswith("models.lock:")
    assert caught.value.hint == "run `modellock lock`, which resolves them"


def test_a_dry_run_leaves_the_markers(repository: Workspace) -> None:
    commit(repository, "ours", aa="v2")
    commit(repository, "theirs", aa="v3")
    merge_with_conflict(repository, aa="v3")
    before = repository.lock_text

    result = repository.lock(mode=LockMode.DRY_RUN)

    assert result.merged is not None
    assert repository.lock_text == before


def test_another_repository_is_not_let_in_by_a_merge(repository: Workspace) -> None:
    commit(repository, "ours", aa="v2")
    commit(repository, "theirs", aa="v3")
    merge_with_conflict(repository, aa="v3")
    repository.hub.delete("acme/aa")
    repository.hub.publish("acme/aa", {"w.safetensors": b"evil"}, tag="v3")

    with pytest.raises(IdentityError):
        repository.lock()


def test_markers_without_git_are_resolved_from_their_sides_alone(workspace: Workspace) -> None:
    demo_hub(workspace.hub)
    workspace.write('[models.minilm]\nhub = "acme/minilm"\n')
    workspace.lock()
    text = workspace.lock_text
    head, block = text.split("\n[models", 1)
    conflicted = f"{head}\n<<<<<<< a\n=======\n[models{block}>>>>>>> b\n"
    (workspace.directory / "models.lock").write_text(conflicted, encoding="utf-8")

    result = workspace.lock()

    assert result.merged is not None
    assert result.merged.theirs == ("minilm",)
    assert workspace.lock_text == text


def test_markers_in_a_lock_that_git_checked_out_with_crlf_are_resolved_too(
    workspace: Workspace,
) -> None:
    demo_hub(workspace.hub)
    workspace.write('[models.minilm]\nhub = "acme/minilm"\n')
    workspace.lock()
    text = workspace.lock_text
    head, block = text.split("\n[models", 1)
    conflicted = f"{head}\n<<<<<<< a\n=======\n[models{block}>>>>>>> b\n"
    path = workspace.directory / "models.lock"
    path.write_text(conflicted, encoding="utf-8", newline="\r\n")

    result = workspace.lock()

    assert result.merged is not None
    assert result.merged.theirs == ("minilm",)
    assert path.read_bytes() == text.encode()


def test_markers_that_no_merge_leaves_are_refused(workspace: Workspace) -> None:
    workspace.write("")
    (workspace.directory / "models.lock").write_text(">>>>>>> b\n", encoding="utf-8")

    with pytest.raises(ConflictMarkersError, match="markers that no merge leaves"):
        workspace.lock()


def test_a_merge_of_a_newer_lock_is_refused(workspace: Workspace) -> None:
    workspace.write("")
    text = '<<<<<<< a\nlock-version = "1.0"\n=======\nlock-version = "1.4"\n>>>>>>> b\n'
    (workspace.directory / "models.lock").write_text(text, encoding="utf-8")

    with pytest.raises(NewerLockError):
        workspace.lock()
