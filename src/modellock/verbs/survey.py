"""How a project stands: what sync, status and verify look at before they differ."""

import os
from collections.abc import Sequence
from dataclasses import dataclass

from modellock.changes import refuse_stale
from modellock.errors import UsageError
from modellock.lockfile import Lock, LockedModel, placed_path
from modellock.narrowing import Narrowing, narrow
from modellock.paths import check_together
from modellock.placement_look import Seen, look
from modellock.placements import placement_below, placement_of
from modellock.plan import Plan
from modellock.planning import Foreign, WantedFile, WantedModel, leaving, plan_sync
from modellock.project import Project
from modellock.project_settings import ProjectSettings
from modellock.state import State, Target
from modellock.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Which models of which lock are meant, and where they belong."""

    lock: Lock
    models: tuple[LockedModel, ...]
    withdrawn_from: frozenset[str] | None
    """The models of which files may be withdrawn; None for all that were ever placed."""

    base: str
    """The directory that paths are relative to, absolute: the project, or what `--to` named."""

    target: str
    """Its name in the state: `""` for the project."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """What was found, and what is to be done about it."""

    state: State
    target: Target
    seen: Seen
    plan: Plan


def scope_of(
    project: Project, narrowing: Narrowing, *, to: str | None = None, lock_file: str | None = None
) -> Scope:
    """Read the lock and choose among its models. Raises MissingLockError, InputError."""
    lock = project.read_lock(lock_file)
    models = narrow(lock, narrowing)
    names = None if narrowing.is_whole else frozenset(model.name for model in models)
    target = "" if to is None else os.path.abspath(to)
    return Scope(
        lock=lock,
        models=models,
        withdrawn_from=names,
        base=target or project.directory,
        target=target,
    )


def refuse_stale_lock(project: Project, lock: Lock) -> None:
    """Raise StaleLockError where models.toml has outgrown the lock; without models.toml, never."""
    if project.has_manifest():
        refuse_stale(project.read_manifest(), lock)


def survey(store: Store, scope: Scope, state: State, foreign: Foreign = Foreign.KEEP) -> Survey:
    """Look at every path that matters and decide what becomes of it."""
    wanted = wanted_models(scope.models, scope.lock.settings, below=scope.target != "")
    target = state.targets.get(scope.target, Target())
    seen = look(scope.base, store, wanted, target, leaving(target, scope.withdrawn_from))
    plan = plan_sync(
        wanted, target, seen.found, withdrawn_from=scope.withdrawn_from, foreign=foreign
    )
    return Survey(state=state, target=target, seen=seen, plan=plan)


def wanted_models(
    models: Sequence[LockedModel], settings: ProjectSettings, *, below: bool
) -> tuple[WantedModel, ...]:
    """Where each file belongs: relative to the project, or `below` what stands for `settings.path`.

    Raises UsageError where two models meet there that do not meet in the project.
    """
    place = placement_below if below else placement_of
    directories = {model.name: place(model, settings) for model in models}
    try:
        check_together(directories.values())
    except ValueError as error:
        raise UsageError(f"--to: {error}") from error
    return tuple(_wanted(model, directories[model.name]) for model in models)


def _wanted(model: LockedModel, directory: str) -> WantedModel:
    files = tuple(
        WantedFile(f"{directory}/{placed_path(model, file)}", file.digest, file.size)
        for file in model.files
    )
    return WantedModel(name=model.name, directory=directory, files=files)
