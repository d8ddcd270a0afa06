"""Make the project show exactly what models.lock says: never resolve, never edit the lock."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace

from modellock._version import __version__
from modellock.decisions.absences import absences
from modellock.decisions.plan import Plan
from modellock.decisions.planning import Foreign
from modellock.documents.project_settings import LinkMode
from modellock.documents.state import Clean, State, Target
from modellock.errors import (
    CancelledError,
    ModellockError,
    SeveralErrors,
    UsageError,
    VariableConflictError,
)
from modellock.ports.reporting import Reporter
from modellock.ports.settings import Settings
from modellock.shell.cache_blobs import likely_in_cache
from modellock.shell.disk import disk_errors
from modellock.shell.project import Project
from modellock.shell.state_file import one_at_a_time, read_state
from modellock.shell.store import Store
from modellock.shell.store_private import private_store
from modellock.shell.unchanged import request_key, sha256_of_file
from modellock.verbs.environment import target_variables
from modellock.verbs.mirror_places import naming_hosts
from modellock.verbs.rooting import note_root
from modellock.verbs.sharing import parted, seen_from_project, tell_of
from modellock.verbs.survey import Scope, Survey, refuse_stale_lock, relaid_scope, scope_of, survey
from modellock.verbs.sync_adoption import fetched_beside, prospect_of, sought_for
from modellock.verbs.sync_fetches import holders_of, subjects
from modellock.verbs.sync_result import (
    Staleness,
    SyncMode,
    SyncRequest,
    SyncResult,
    joined,
)
from modellock.verbs.sync_run import SyncRun
from modellock.verbs.sync_space import Forecast


def sync(
    project: Project, settings: Settings, reporter: Reporter, request: SyncRequest | None = None
) -> SyncResult:
    """Fetch what is missing, place it, withdraw what is no longer locked.

    Every model that can be finished is; then raises the error of the one that could not, or
    SeveralErrors. Raises before anything is done: StaleLockError, MissingLockError, InputError.
    """
    request = request or SyncRequest()
    documents = _documents(project, request)
    scope = scope_of(
        project,
        request.narrowing,
        to=request.to,
        lock_file=request.lock_file,
        for_run=request.for_run,
    )
    if request.staleness is Staleness.LOCKED and request.lock_file is None:
        refuse_stale_lock(project, scope.lock)
    if request.layout is not None:
        scope = relaid_scope(scope, request.layout, reporter)
    for line in absences(scope.lock, request.narrowing, {model.name for model in scope.models}):
        reporter.detail(line)
    scopes = parted(scope, request.shared_cache, project)
    if request.mode is not SyncMode.APPLY:
        return joined([_preview(project, settings, reporter, request, one) for one in scopes])
    with one_at_a_time(project, reporter, "run" if request.for_run else "sync"):
        return _apply(project, settings, reporter, request, scopes, documents)


def _documents(project: Project, request: SyncRequest) -> dict[str, str | None]:
    """The sha256 of what is read; taken before it is read, so that a later edit is seen later."""
    paths = [_lock_path(project, request)]
    if request.staleness is Staleness.LOCKED and request.lock_file is None:
        paths.append(project.manifest_path)
    digests = {}
    for path in paths:
        with disk_errors(path):
            digests[os.path.relpath(path, project.directory)] = sha256_of_file(path)
    return digests


def _lock_path(project: Project, request: SyncRequest) -> str:
    return project.lock_path if request.lock_file is None else os.path.abspath(request.lock_file)


def _preview(
    project: Project, settings: Settings, reporter: Reporter, request: SyncRequest, scope: Scope
) -> SyncResult:
    """Say what would be done; nothing is changed, and the store is asked for names alone."""
    store = _store_for(settings, request, scope)
    mode = _link_mode(request, scope)
    view = survey(store, scope, read_state(project), _foreign(request), link_mode=mode)
    needed = view.plan.needed()
    lacking = {digest: size for digest, size in needed.items() if not store.holds(digest, size)}
    missing = dict(lacking)
    if scope.sharer is not None:
        for digest in likely_in_cache(scope.base, view.plan, lacking):
            del missing[digest]
    sought = sought_for(scope, missing, has=store.holds)
    prospect = prospect_of(sought, settings.caches, store, mode, reporter.pulse)
    fetched = fetched_beside(scope.models, missing, prospect, has=store.holds)
    result = _result(request, scope, view.plan, fetches=subjects(holders_of(scope.models, fetched)))
    result = replace(result, adopted=tuple(prospect.directories()))
    if view.plan.is_done():
        return result
    forecast = Forecast(scope, store, view.plan, mode, prospect=prospect)
    return replace(result, space=forecast.expected(lacking, fetched))


def _apply(
    project: Project,
    settings: Settings,
    reporter: Reporter,
    request: SyncRequest,
    scopes: Sequence[Scope],
    documents: Mapping[str, str | None],
) -> SyncResult:
    """Sync one target after the other; it is clean once the last one is."""
    clean = _clean(project, settings, reporter, request, scopes, documents)
    if request.staleness is Staleness.LOCKED:
        settings = naming_hosts(project, settings)
    results: list[SyncResult] = []
    errors: list[ModellockError] = []
    for scope in scopes:
        is_last = scope is scopes[-1] and not errors
        try:
            results.append(
                _apply_to(project, settings, reporter, request, scope, clean if is_last else None)
            )
        except CancelledError:
            raise
        except ModellockError as error:
            errors += error.errors if isinstance(error, SeveralErrors) else [error]
    if errors:
        raise errors[0] if len(errors) == 1 else SeveralErrors(errors)
    return replace(joined(results), variables=clean.variables)


def _apply_to(
    project: Project,
    settings: Settings,
    reporter: Reporter,
    request: SyncRequest,
    scope: Scope,
    clean: Clean | None,
) -> SyncResult:
    store = _store_for(settings, request, scope)
    run = SyncRun(project, settings, reporter, scope, store)
    try:
        view = _apply_once(project, reporter, request, run, clean)
    except ModellockError:
        if not run.has_lost_blobs:
            raise
        # Collected as garbage in the moment before the store knew that this project wants them.
        reporter.detail("store: blobs went between their check and their use; beginning anew")
        run = SyncRun(project, settings, reporter, scope, store)
        view = _apply_once(project, reporter, request, run, clean)
    tell_of(scope, view.plan, reporter)
    result = _result(request, scope, view.plan, fetches=run.fetches)
    return replace(result, kept=tuple(run.kept), hashed_at=run.hashed_at, adopted=run.adopted)


def _apply_once(
    project: Project, reporter: Reporter, request: SyncRequest, run: SyncRun, clean: Clean | None
) -> Survey:
    """Look at what is there, and make it what it shall be."""
    scope, state = run.scope, read_state(project)
    run.remove_leftovers(state.targets.get(scope.target, Target()))
    mode = _link_mode(request, scope)
    view = survey(run.store, scope, state, _foreign(request), link_mode=mode, reporter=reporter)
    run.apply(view, mode, clean)
    return view


def _clean(
    project: Project,
    settings: Settings,
    reporter: Reporter,
    request: SyncRequest,
    scopes: Sequence[Scope],
    documents: Mapping[str, str | None],
) -> Clean:
    """What is noted if nothing is left to do; the project's part comes first."""
    first = scopes[0]
    store = _store_for(settings, request, first)
    lock_path = _lock_path(project, request)
    return Clean(
        key=_key(request, first, read_state(project)),
        directory=project.directory,
        documents=documents,
        models={scope.target: tuple(model.name for model in scope.models) for scope in scopes},
        root=None if request.no_store else note_root(store.root, lock_path, first.lock, reporter),
        variables=_variables(request, scopes),
    )


def _variables(
    request: SyncRequest, scopes: Sequence[Scope]
) -> Mapping[str, Mapping[str, str]] | None:
    """What a program is told; only who starts one minds that there is no such."""
    try:
        return target_variables(scopes)
    except VariableConflictError:
        if request.for_run:
            raise
        return None


def _key(request: SyncRequest, scope: Scope, state: State) -> str:
    """What finds everything done next time.

    A run that leaves alone nothing that was placed does what a sync does, and is noted as one.
    """
    target = state.targets.get(scope.target, Target())
    placed = {file.model for file in target.files.values()}
    placed.update(file.model for file in target.pending.values())
    leaves = request.narrowing.is_whole and not placed <= {model.name for model in scope.models}
    return request_key(__version__, {**asdict(request), "for_run": request.for_run and leaves})


def _store_for(settings: Settings, request: SyncRequest, scope: Scope) -> Store:
    if not request.no_store:
        return Store(settings.store)
    if request.shared_cache is not None:
        raise UsageError("--no-store keeps nothing that could mend a cache which others clear")
    if _link_mode(request, scope) is LinkMode.SYMLINK:
        raise UsageError(
            "--no-store leaves nothing that a symbolic link could lead to, and the link mode is "
            f"`{LinkMode.SYMLINK}`",
            hint="`modellock sync --no-store --link-mode copy` makes files",
        )
    return private_store(scope.base)


def _link_mode(request: SyncRequest, scope: Scope) -> LinkMode:
    return request.link_mode or scope.lock.settings.link_mode


def _foreign(request: SyncRequest) -> Foreign:
    return Foreign.REPLACE if request.replace else Foreign.KEEP


def _result(
    request: SyncRequest, scope: Scope, plan: Plan, *, fetches: Mapping[str, int]
) -> SyncResult:
    return SyncResult(
        mode=request.mode,
        base=scope.base,
        plan=seen_from_project(scope, plan),
        models=len(scope.models),
        files=sum(len(model.shown) for model in plan.models),
        size=sum(step.size for model in plan.models for step in model.shown),
        fetches=fetches,
    )
