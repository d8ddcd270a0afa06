"""`outdated` against the embedded services: it moves nothing and says what could move."""

import pytest

from modellock.errors import (
    IdentityError,
    MissingLockError,
    NotFoundError,
    OfflineError,
    StaleLockError,
    UnknownNameError,
)
from modellock.ports.reporting import Reporter
from modellock.testing import demo_github, demo_hub, demo_upstream_change
from modellock.verbs.outdated import outdated
from modellock.verbs.outdated_result import ModelOutlook, OutdatedResult
from tests.integration.test_movement import day, weekly
from tests.integration.workspace import Workspace

MINILM = '[models.minilm]\nhub = "acme/minilm"\n'
DETECTOR = '[models.detector]\nhub = "acme/detector"\nversion = ">=1,<2"\n'
WHISPER = '[models.whisper]\ngithub = "acme/whisper-models"\nversion = "<1.5"\n'


def asked(workspace: Workspace, *names: str) -> OutdatedResult:
    return outdated(workspace.project, workspace.settings, Reporter(), names)


def outlook(workspace: Workspace) -> ModelOutlook:
    (model,) = asked(workspace).models
    return model


def test_a_branch_that_moved_is_told_with_the_bytes_that_are_new(workspace: Workspace) -> None:
    demo_hub(workspace.hub)
    workspace.write(MINILM)
    workspace.lock()
    before = workspace.lock_text
    commit = demo_upstream_change(workspace.hub)

    model = outlook(workspace)

    files = workspace.hub.repository("acme/minilm").commits[commit].files
    changed = [len(files[path].content) for path in ("config.json", "model.safetensors")]
    assert (model.is_outdated, model.is_left_behind) == (True, False)
    assert model.allowed.commit == model.newest.commit == commit
    assert model.to_fetch == sum(changed)
    assert workspace.lock_text == before


def test_what_bounds_keep_away_is_told_beside_what_they_allow(workspace: Workspace) -> None:
    demo_hub(workspace.hub)
    demo_github(workspace.github)
    workspace.write(DETECTOR + WHISPER)
    workspace.lock()
    workspace.github.publish("acme/whisper-models", "v1.6.0", {"whisper-tiny.bin": b"newer"})

    detector, whisper = asked(workspace).models

    assert (detector.is_outdated, detector.is_left_behind) == (False, True)
    assert (detector.allowed.tag, detector.newest.tag, detector.to_fetch) == ("v1.2", "v2.0", 0)
    assert (whisper.allowed.tag, whisper.newest.tag) == ("v1.4.2", "v1.6.0")


def test_what_is_too_young_is_newest_and_not_allowed(workspace: Workspace) -> None:
    commits = weekly(workspace)
    workspace.write("settings.exclude-newer = 2026-01-16T00:00:00Z\n" + MINILM)
    workspace.lock()

    model = outlook(workspace)

    assert not model.is_outdated
    assert (model.allowed.commit, model.allowed.published) == (commits[2], day(15))
    assert model.newest.commit == commits[3]


@pytest.mark.parametrize(("revision", "newest"), [("v8", "v22"), ("commit", None), ("spare", None)])
def test_beyond_a_tag_lie_versions_and_beyond_a_commit_the_default_branch(
    workspace: Workspace, revision: str, newest: str | None
) -> None:
    commits = weekly(workspace, tag="v")
    workspace.hub.repository("acme/minilm").set_tag("spare", commits[1])
    name = commits[1] if revision == "commit" else revision
    workspace.write(MINILM + f'revision = "{name}"\n')
    workspace.lock()

    model = outlook(workspace)

    assert not model.is_outdated
    assert model.newest.tag == newest
    assert model.newest.commit == (commits[1] if revision == "spare" else commits[3])


def test_a_branch_with_the_name_of_a_version_is_a_branch(workspace: Workspace) -> None:
    commits = weekly(workspace, branch="2.0")
    workspace.write(MINILM + 'revision = "2.0"\n')
    workspace.lock(exclude_newer=day(10))

    model = outlook(workspace)

    assert (model.is_outdated, model.newest.commit) == (True, commits[3])


def test_a_release_by_its_tag_is_compared_with_all_of_them(workspace: Workspace) -> None:
    demo_github(workspace.github)
    workspace.write('[models.whisper]\ngithub = "acme/whisper-models"\ntag = "v1.3.0"\n')
    workspace.lock()

    model = outlook(workspace)

    assert (model.is_outdated, model.allowed.tag, model.newest.tag) == (False, "v1.3.0", "v1.4.2")


@pytest.mark.parametrize("key", ["prereleases = true", 'tag = "v1.0rc1"'])
def test_where_there_are_only_prereleases_nothing_is_newer(workspace: Workspace, key: str) -> None:
    workspace.github.publish("acme/m", "v1.0rc1", {"w.bin": b"1"})
    workspace.write(f'[models.m]\ngithub = "acme/m"\n{key}\n')
    workspace.lock()

    assert not outlook(workspace).is_left_behind


def test_a_model_that_cannot_be_asked_about_leaves_the_others(workspace: Workspace) -> None:
    demo_hub(workspace.hub)
    workspace.write(MINILM + DETECTOR + '[models.style]\nlocal = "../style"\n')
    (workspace.root / "style").mkdir()
    (workspace.root / "style" / "a.txt").write_text("a")
    workspace.lock()
    workspace.hub.delete("acme/minilm")
    workspace.hub.publish("acme/minilm", {"config.json": b"{}"})

    result = asked(workspace)

    assert [model.pinned.name for model in result.models] == ["detector"]
    assert [type(finding) for finding in result.findings] == [IdentityError]
    assert (result.untold, result.is_outdated) == (("style",), False)


def test_only_those_that_are_named_are_asked_about(workspace: Workspace) -> None:
    demo_hub(workspace.hub)
    workspace.write(MINILM + DETECTOR)
    workspace.lock()

    assert [model.pinned.name for model in asked(workspace, "detector").models] == ["detector"]
    with pytest.raises(UnknownNameError) as caught:
        asked(workspace, "detektor")
    assert caught.value.hint == "did you mean `detector`?"


def test_a_branch_that_is_gone_is_a_finding(workspace: Workspace) -> None:
    weekly(workspace, branch="dev")
    workspace.write(MINILM + 'revision = "dev"\n')
    workspace.lock()
    workspace.hub.repository("acme/minilm").branches.clear()

    (finding,) = asked(workspace).findings

    assert isinstance(finding, NotFoundError)
    assert finding.model == "minilm"


def test_without_a_lock_that_fits_there_is_nothing_to_compare(workspace: Workspace) -> None:
    demo_hub(workspace.hub)
    workspace.write(MINILM)
    with pytest.raises(MissingLockError):
        asked(workspace)

    workspace.lock()
    workspace.offline = True
    with pytest.raises(OfflineError):
        asked(workspace)

    workspace.write(MINILM + DETECTOR)
    with pytest.raises(StaleLockError):
        asked(workspace)
