"""How a project stands: what sync, status and verify look at before they differ."""

import os
from dataclasses import dataclass, replace

from modellock.decisions.changes import refuse_stale
from modellock.decisions.layouts.shared_cache import stays, wanted_in_shared_cache
from modellock.decisions.narrowing import Narrowing, narrow
from modellock.decisions.plan import Plan
from modellock.decisions.planning import Foreign, WantedModel, leaving, plan_sync
from modellock.decisions.relayout import relaid
from modellock.decisions.wanted import wanted_models
from modellock.documents.lockfile import FILE_NAME as LOCK_NAME
from modellock.documents.lockfile import Lock, LockedModel
from modellock.documents.placements import APART
from modellock.documents.project_settings import Layout, LinkMode
from modellock.documents.state import State, Target
from modellock.errors import LockfileError, UsageError
from modellock.ports.reporting import Reporter
from modellock.shell.cache_claims import with_claims
from modellock.shell.placement_look import Seen, look
from modellock.shell.placement_ties import marked
from modellock.shell.project import Project
from modellock.shell.state_file import target_name
from modellock.shell.store import Store


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
    """Its name in the state: `""` for the project, else its path without any link."""

    layout: Layout | None = None
    """The one that models have in place of their own, as far as it can hold them."""

    sharer: str | None = None
    """Who shares the target, a Hub's cache, with other programs; None for one that is ours alone.

    A text that no other project has.
    """

    @property
    def is_tree(self) -> bool:
        """Whether the target is a tree that leaves the machine as a whole."""
        return self.target != "" and self.sharer is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """What was found, and what is to be done about it."""

    state: State
    target: Target
    seen: Seen
    plan: Plan
    foreign: Foreign


def scope_of(
    project: Project,
    narrowing: Narrowing,
    *,
    to: str | None = None,
    lock_file: str | None = None,
    for_run: bool = False,
) -> Scope:
    """Read the lock and choose among its models. Raises MissingLockError, InputError."""
    lock = project.read_lock(lock_file)
    models = narrow(lock, narrowing)
    withdraws_all = narrowing.is_whole and not for_run
    names = None if withdraws_all else frozenset(model.name for model in models)
    return Scope(
        lock=lock,
        models=models,
        withdrawn_from=names,
        base=project.directory if to is None else os.path.abspath(to),
        target=target_name(to),
    )


def relaid_scope(scope: Scope, layout: Layout, reporter: Reporter) -> Scope:
    """The same models in one layout; notes which of them it cannot hold."""
    changed = relaid(scope.lock, layout)
    models = tuple(changed.lock.models[model.name] for model in scope.models)
    names = {model.name for model in models}
    for name, line in changed.kept.items():
        if name in names:
            reporter.note(line)
    return replace(scope, lock=changed.lock, models=models, layout=layout)


def refuse_stale_lock(project: Project, lock: Lock) -> None:
    """Raise StaleLockError where models.toml has outgrown the lock; without models.toml, never."""
    if project.has_manifest():
        refuse_stale(project.read_manifest(), lock)


def survey(
    store: Store,
    scope: Scope,
    state: State,
    foreign: Foreign = Foreign.KEEP,
    *,
    link_mode: LinkMode = LinkMode.AUTO,
    reporter: Reporter = Reporter(),  # noqa: B008 - it does nothing
) -> Survey:
    """Look at every path that matters and decide what becomes of it.

    Files that are tied to the store more closely than `link_mode` makes them are not right.
    `reporter` hears of files that are hashed; what its pulse raises ends the survey.
    """
    wanted = wanted_of(scope)
    target = state.targets.get(scope.target, Target())
    left = leaving(target, scope.withdrawn_from)
    is_shared = scope.sharer is not None
    seen = look(scope.base, store, wanted, target, left, follows=is_shared, reporter=reporter)
    found = (
        with_claims(scope.base, seen.found, {*target.files, *target.pending})
        if is_shared
        else marked(scope.base, store, seen.found, link_mode)
    )
    plan = plan_sync(
        wanted,
        target,
        found,
        withdrawn_from=scope.withdrawn_from,
        foreign=foreign,
        stays=stays if is_shared else None,
    )
    return Survey(state=state, target=target, seen=seen, plan=plan, foreign=foreign)


def wanted_of(scope: Scope) -> tuple[WantedModel, ...]:
    """Where each selected file belongs.

    Raises UsageError where flags make models meet, LockfileError where they meet anyway.
    """
    try:
        if scope.sharer is not None:
            return wanted_in_shared_cache(scope.models, scope.lock, scope.sharer)
        return wanted_models(scope.models, scope.lock, below=scope.target != "")
    except ValueError as error:
        if scope.layout is not None:
            raise UsageError(f"--layout {scope.layout}: {error}") from error
        if scope.target:
            raise UsageError(f"--to: {error}") from error
        raise LockfileError(f"{LOCK_NAME}: {error}", hint=APART) from error
