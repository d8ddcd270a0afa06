"""A models.lock from a stranger: refused before anything is sent or written."""

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from modellock.documents.lock_writer import format_lock
from modellock.documents.lockfile import Lock, LockedFile, LockedModel, tree_of
from modellock.errors import InputError, LockfileError
from modellock.ports.reporting import Reporter
from modellock.values.origins import Kind
from modellock.verbs.sync import sync
from modellock.verbs.sync_result import Staleness, SyncRequest
from tests.integration.workspace import Workspace

Poison = Callable[[LockedModel], LockedModel]


def everything_below(root: Path) -> list[str]:
    return sorted(str(path.relative_to(root)) for path in root.rglob("*"))


@pytest.fixture
def locked(workspace: Workspace) -> Workspace:
    """A project with a lock that nobody has synced yet, on a machine with a token."""
    workspace.hub.publish("acme/m", {"config.json": b"{}", "model.safetensors": b"w" * 99})
    workspace.write('[models.m]\nhub = "acme/m"\n')
    workspace.lock()
    workspace.environ = {"HF_TOKEN": "hf_secret"}
    return workspace


def with_path(path: str) -> Poison:
    """The lock that a careful attacker writes: its size and tree fit."""

    def poison(model: LockedModel) -> LockedModel:
        first = model.files[0]
        files = (LockedFile(path, first.size, first.digest), *model.files[1:])
        return replace(model, files=files, tree=tree_of(files))

    return poison


def renamed(model: LockedModel) -> LockedModel:
    return replace(model, rename=(("config.json", "../../evil"),))


def elsewhere(model: LockedModel) -> LockedModel:
    return replace(model, url=(model.url or "").replace("huggingface.co", "evil.example"))


def other_repository(model: LockedModel) -> LockedModel:
    return replace(model, origin="evil/m")


def own_source(model: LockedModel) -> LockedModel:
    url = (model.url or "").replace("https://huggingface.co", "http://evil.example")
    return replace(model, source="evil", url=url)


def placed_in(path: str) -> Poison:
    return lambda model: replace(model, path=path)


@pytest.mark.parametrize(
    "poison",
    [
        with_path("../../evil"),
        with_path("/tmp/evil"),  # noqa: S108 - not written to
        with_path("a/../../evil"),
        with_path("..\\..\\evil"),
        with_path(".git/config"),
        with_path("a\x1b[31m"),
        with_path("a\u202eb"),
        renamed,
        elsewhere,
        other_repository,
        own_source,
        placed_in("../evil"),
        placed_in("/tmp/evil"),  # noqa: S108 - not written to
        placed_in(".git"),
        placed_in(".modellock"),
        placed_in("models.toml/x"),
    ],
)
def test_a_poisoned_model_sends_no_request_and_writes_nothing(
    locked: Workspace, poison: Poison
) -> None:
    lock = locked.read_lock()
    text = format_lock(Lock(settings=lock.settings, models={"m": poison(lock.models["m"])}))
    (locked.directory / "models.lock").write_text(text, encoding="utf-8")
    locked.hub.requests.clear()
    before = everything_below(locked.root)

    with pytest.raises(LockfileError) as caught:
        sync(
            locked.project,
            locked.settings,
            Reporter(),
            SyncRequest(staleness=Staleness.FROZEN),
        )

    assert len(locked.hub.requests) == 0
    assert everything_below(locked.root) == before
    assert str(caught.value).isprintable()


@pytest.mark.parametrize("name", ["../evil", "a/..", "a/../../b", "::error::/x", "\x1b[31m/x"])
def test_a_poisoned_closure_name_sends_no_request_and_writes_nothing(
    locked: Workspace, name: str
) -> None:
    lock = locked.read_lock()
    model = replace(lock.models["m"], name=name, required_by=("m",))
    text = format_lock(Lock(settings=lock.settings, models={**lock.models, name: model}))
    (locked.directory / "models.lock").write_text(text, encoding="utf-8")
    locked.hub.requests.clear()
    before = everything_below(locked.root)

    with pytest.raises(LockfileError):
        sync(locked.project, locked.settings, Reporter(), SyncRequest(staleness=Staleness.FROZEN))

    assert len(locked.hub.requests) == 0
    assert everything_below(locked.root) == before


def test_a_lock_that_cannot_be_decoded_is_refused(locked: Workspace) -> None:
    lock = locked.directory / "models.lock"
    lock.write_bytes(b'lock-version = "1.0"\n# \xff\n')

    with pytest.raises(InputError, match=r"^models\.lock: is not UTF-8"):
        locked.read_lock()


def test_a_lock_that_is_a_directory_is_refused(locked: Workspace) -> None:
    os.unlink(locked.project.lock_path)
    os.mkdir(locked.project.lock_path)

    with pytest.raises(InputError, match=r"^models\.lock: cannot be read"):
        locked.read_lock()


def test_the_kind_of_an_origin_cannot_be_swapped(locked: Workspace) -> None:
    lock = locked.read_lock()
    model = replace(lock.models["m"], kind=Kind.LOCAL, origin="/etc")
    text = format_lock(Lock(settings=lock.settings, models={"m": model}))
    (locked.directory / "models.lock").write_text(text, encoding="utf-8")

    with pytest.raises(LockfileError, match="repo-id is a key of `hub` and `github` models"):
        locked.read_lock()
