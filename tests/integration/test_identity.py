"""Whoever answers under a locked name: told for what it is, and accepted by name alone."""

from collections.abc import Callable

import pytest

from modellock.errors import (
    GatedError,
    GoneError,
    IdentityError,
    ModellockError,
    NotFoundError,
    RenamedError,
    ReplacedError,
)
from modellock.ports.reporting import Reporter
from modellock.testing import demo_github, demo_hub
from modellock.verbs.upstream_result import UpstreamResult
from modellock.verbs.verify_upstream import verify_upstream
from tests.integration.workspace import Workspace

MINILM = '[models.minilm]\nhub = "acme/minilm"\n'
DETECTOR = '[models.detector]\nhub = "acme/detector"\nversion = ">=1,<2"\n'
WHISPER = '[models.whisper]\ngithub = "acme/whisper-models"\nversion = "~=1.4"\n'


def locked(workspace: Workspace, manifest: str) -> Workspace:
    demo_hub(workspace.hub)
    demo_github(workspace.github)
    workspace.write(manifest)
    workspace.lock()
    return workspace


def verified(workspace: Workspace) -> UpstreamResult:
    return verify_upstream(workspace.project, workspace.settings, Reporter())


def finding(workspace: Workspace) -> ModellockError:
    (found,) = verified(workspace).findings
    return found


def register_anew(workspace: Workspace) -> None:
    workspace.hub.delete("acme/minilm")
    workspace.hub.publish("acme/minilm", {"config.json": b'{"evil": true}'}, tag="v1.0")


def register_release_anew(workspace: Workspace) -> None:
    workspace.github.delete("acme/whisper-models")
    workspace.github.publish(
        "acme/whisper-models", "v1.4.9", {"whisper-tiny.bin": b"evil"}, repository_id=7
    )


def move_version_tag(workspace: Workspace) -> None:
    workspace.hub.publish("acme/detector", {"model.safetensors": b"other weights"})
    workspace.hub.repository("acme/detector").set_tag("v1.2", "main")


def move_revision_tag(workspace: Workspace) -> None:
    workspace.hub.publish("acme/minilm", {"model.safetensors": b"other weights"})
    workspace.hub.repository("acme/minilm").set_tag("v1.0", "main")


def replace_asset(workspace: Workspace) -> None:
    repository = workspace.github.repository("acme/whisper-models")
    repository.set_asset("v1.4.2", "whisper-tiny.bin", b"other bytes")


def gate(workspace: Workspace) -> None:
    workspace.hub.publish("acme/minilm", {"model.safetensors": b"newer"}, gated="auto")
    workspace.hub.tokens["hf_mine"] = ["acme/minilm"]
    workspace.environ = {"HF_TOKEN": "hf_mine"}


CASES = [
    pytest.param(
        MINILM,
        register_anew,
        IdentityError,
        "minilm: acme/minilm is another repository now",
        id="hub",
    ),
    pytest.param(
        WHISPER,
        register_release_anew,
        IdentityError,
        "whisper: acme/whisper-models is another repository now",
        id="github",
    ),
    pytest.param(
        DETECTOR,
        move_version_tag,
        ReplacedError,
        "detector: tag v1.2 of acme/detector was moved",
        id="version-tag",
    ),
    pytest.param(
        MINILM + 'revision = "v1.0"\n',
        move_revision_tag,
        ReplacedError,
        "minilm: tag v1.0 of acme/minilm was moved",
        id="revision-tag",
    ),
    pytest.param(
        WHISPER,
        replace_asset,
        ReplacedError,
        "whisper/whisper-tiny.bin: was replaced upstream",
        id="asset",
    ),
    pytest.param(
        MINILM,
        gate,
        GatedError,
        "minilm: acme/minilm became gated: who syncs it needs a token from now on",
        id="gated",
    ),
]


@pytest.mark.parametrize(("manifest", "event", "error", "message"), CASES)
def test_an_update_of_all_accepts_none_of_it(
    workspace: Workspace,
    manifest: str,
    event: Callable[[Workspace], None],
    error: type[ModellockError],
    message: str,
) -> None:
    locked(workspace, manifest)
    before = workspace.lock_text
    event(workspace)

    with pytest.raises(error) as caught:
        workspace.lock(update_all=True)

    assert str(caught.value).startswith(message)
    assert f"`modellock update {caught.value.model}`" in (caught.value.hint or "")
    assert workspace.lock_text == before


@pytest.mark.parametrize(
    ("manifest", "event"), [pytest.param(*case.values[:2], id=case.id) for case in CASES]
)
def test_an_update_by_name_accepts_it(
    workspace: Workspace, manifest: str, event: Callable[[Workspace], None]
) -> None:
    locked(workspace, manifest)
    event(workspace)

    workspace.lock(*workspace.read_lock().models)

    assert verified(workspace).is_whole


@pytest.mark.parametrize(("manifest", "event", "error", "message"), CASES[2:5])
def test_a_look_upstream_finds_it(
    workspace: Workspace,
    manifest: str,
    event: Callable[[Workspace], None],
    error: type[ModellockError],
    message: str,
) -> None:
    locked(workspace, manifest)
    event(workspace)

    found = finding(workspace)

    assert isinstance(found, error)
    assert str(found).startswith(message)


def test_a_repository_that_became_gated_is_a_warning_of_a_look_upstream(
    workspace: Workspace,
) -> None:
    locked(workspace, MINILM)
    gate(workspace)

    assert verified(workspace).warnings == (
        "minilm: acme/minilm became gated: who syncs it needs a token from now on",
    )


@pytest.mark.parametrize(("manifest", "event"), [(MINILM, gate), (WHISPER, replace_asset)])
def test_other_files_of_the_pinned_version_are_not_taken_from_it(
    workspace: Workspace, manifest: str, event: Callable[[Workspace], None]
) -> None:
    locked(workspace, manifest)
    event(workspace)
    workspace.write(manifest + 'exclude = ["*.txt"]\n')

    with pytest.raises((GatedError, ReplacedError)):
        workspace.lock()


def test_a_commit_that_vanished_is_told_where_its_other_files_are_wanted(
    workspace: Workspace,
) -> None:
    locked(workspace, MINILM)
    pinned = workspace.read_lock().models["minilm"].commit or ""
    squashed = workspace.hub.publish("acme/minilm", {"model.safetensors": b"squashed"})
    workspace.hub.repository("acme/minilm").forget(pinned)
    workspace.write(MINILM + 'exclude = ["*.md"]\n')

    with pytest.raises(NotFoundError) as caught:
        workspace.lock()

    assert str(caught.value).startswith(
        f"minilm: commit {pinned} of acme/minilm, which models.lock pins, is gone: "
    )
    assert caught.value.hint == (
        "keep what is locked, or choose anew with `modellock update minilm`"
    )
    assert isinstance(finding(workspace), GoneError)
    workspace.lock("minilm")
    assert workspace.read_lock().models["minilm"].commit == squashed


def test_a_pin_that_vanished_with_its_repository_is_told_as_another_repository(
    workspace: Workspace,
) -> None:
    workspace.hub.publish("acme/minilm", {"config.json": b"{}", "w.safetensors": b"w"})
    workspace.write('[models.minilm]\nhub = "acme/minilm"\ninclude = ["config.json"]\n')
    workspace.lock()
    register_anew(workspace)
    workspace.write(MINILM)

    with pytest.raises(IdentityError, match=r"^minilm: acme/minilm is another repository now"):
        workspace.lock()


def test_a_release_that_vanished_is_told_by_its_tag(workspace: Workspace) -> None:
    locked(workspace, WHISPER)
    repository = workspace.github.repository("acme/whisper-models")
    repository.releases[:] = [one for one in repository.releases if one.tag != "v1.4.2"]
    workspace.write(WHISPER + 'exclude = ["*.json"]\n')

    with pytest.raises(NotFoundError, match=r"tag v1\.4\.2 of acme/whisper-models, which"):
        workspace.lock()


@pytest.mark.parametrize(
    ("manifest", "old", "new"),
    [
        (MINILM, "acme/minilm", "acme/minilm-v2"),
        (WHISPER, "acme/whisper-models", "acme/whisper"),
    ],
)
def test_a_rename_moves_no_pin_once_models_toml_has_the_new_name(
    workspace: Workspace, manifest: str, old: str, new: str
) -> None:
    locked(workspace, manifest)
    (before,) = workspace.read_lock().models.values()
    if before.kind == "hub":
        workspace.hub.publish(old, {"model.safetensors": b"newer weights"})
        workspace.hub.rename(old, new)
    else:
        workspace.github.publish(old, "v1.5.0", {"whisper-tiny.bin": b"newer weights"})
        workspace.github.rename(old, new)

    with pytest.raises(RenamedError) as caught:
        workspace.lock(before.name)
    assert caught.value.hint == f'write `{before.kind} = "{new}"` below [models.{before.name}]'
    assert isinstance(finding(workspace), RenamedError)

    workspace.write(manifest.replace(old, new))
    workspace.lock()

    (after,) = workspace.read_lock().models.values()
    assert (after.origin, after.commit, after.tree) == (new, before.commit, before.tree)


def test_another_repository_under_another_name_is_chosen_anew(workspace: Workspace) -> None:
    locked(workspace, MINILM)
    other = workspace.hub.publish("acme/other", {"model.safetensors": b"other"})

    workspace.write(MINILM.replace("acme/minilm", "acme/other"))
    workspace.lock()

    assert workspace.read_lock().models["minilm"].commit == other
