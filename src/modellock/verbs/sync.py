"""Make the project show exactly what models.lock says: never resolve, never edit the lock."""

import os
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict

from modellock._version import __version__
from modellock.digest import Digest
from modellock.errors import (
    MissingFilesError,
    ModellockError,
    ObstructedError,
    SeveralErrors,
    UnsupportedError,
    UsageError,
)
from modellock.links import PRIVATE_MODE, Linker
from modellock.placement import Switched, switch
from modellock.placement_site import STAGE_PREFIX, Site, remove_stage
from modellock.plan import WRITES, Action, ModelPlan, Plan, Shows, Step
from modellock.planning import Foreign
from modellock.project import Project
from modellock.project_settings import Layout, LinkMode
from modellock.reporting import Reporter
from modellock.settings import Settings
from modellock.state import Clean, State, Target
from modellock.state_file import one_at_a_time, read_state
from modellock.store import Store
from modellock.unchanged import request_key, sha256_of_file
from modellock.verbs.survey import Scope, Survey, refuse_stale_lock, scope_of, survey
from modellock.verbs.sync_fetches import fetch_missing, holders_of, subjects
from modellock.verbs.sync_ledger import Ledger
from modellock.verbs.sync_result import Staleness, SyncMode, SyncRequest, SyncResult
from modellock.wording import count_words

PRIVATE_STORE = f"{STAGE_PREFIX}staged"
"""Where `--no-store` stages, below the directory that it places into."""

_MOST_NAMED = 10


def sync(
    project: Project, settings: Settings, reporter: Reporter, request: SyncRequest | None = None
) -> SyncResult:
    """Fetch what is missing, place it, withdraw what is no longer locked.

    Every model that can be finished is; then raises the error of the one that could not, or
    SeveralErrors. Raises before anything is done: StaleLockError, MissingLockError, InputError.
    """
    request = request or SyncRequest()
    if request.layout is Layout.HF_CACHE:
        raise UnsupportedError("--layout hf-cache is not supported yet")
    documents = _documents(project, request)
    scope = scope_of(project, request.narrowing, to=request.to, lock_file=request.lock_file)
    if request.staleness is Staleness.LOCKED and request.lock_file is None:
        refuse_stale_lock(project, scope.lock)
    if request.mode is not SyncMode.APPLY:
        return _preview(project, settings, request, scope)
    with one_at_a_time(project, reporter.note):
        return _Sync(project, settings, reporter, request, scope).run(documents)


def _documents(project: Project, request: SyncRequest) -> dict[str, str | None]:
    """The sha256 of what is read; taken before it is read, so that a later edit is seen later."""
    lock_path = (
        project.lock_path if request.lock_file is None else os.path.abspath(request.lock_file)
    )
    paths = [lock_path]
    if request.staleness is Staleness.LOCKED and request.lock_file is None:
        paths.append(project.manifest_path)
    return {os.path.relpath(path, project.directory): sha256_of_file(path) for path in paths}


def _preview(
    project: Project, settings: Settings, request: SyncRequest, scope: Scope
) -> SyncResult:
    """Say what would be done; nothing is changed, and the store is asked for names alone."""
    store = _store_for(project, settings, request, scope)
    view = survey(project, store, scope, read_state(project), _foreign(request))
    needed = view.plan.needed()
    missing = {digest: size for digest, size in needed.items() if not store.holds(digest, size)}
    return _result(request, scope, view, fetches=subjects(holders_of(scope.models, missing)))


def _store_for(project: Project, settings: Settings, request: SyncRequest, scope: Scope) -> Store:
    if not request.no_store:
        return Store(settings.store)
    if _link_mode(request, scope) is LinkMode.SYMLINK:
        raise UsageError("--no-store leaves nothing that a symbolic link could lead to")
    base = project.directory if scope.to is None else scope.to
    return Store(os.path.join(base, PRIVATE_STORE), mode=PRIVATE_MODE)


def _link_mode(request: SyncRequest, scope: Scope) -> LinkMode:
    return request.link_mode or scope.lock.settings.link_mode


def _foreign(request: SyncRequest) -> Foreign:
    return Foreign.REPLACE if request.replace else Foreign.KEEP


def _result(
    request: SyncRequest,
    scope: Scope,
    view: Survey,
    *,
    fetches: Mapping[str, int],
    kept: Sequence[str] = (),
    hashed_at: int | None = None,
) -> SyncResult:
    return SyncResult(
        mode=request.mode,
        base=view.base,
        plan=view.plan,
        models=len(scope.models),
        files=sum(len(model.files) for model in scope.models),
        size=sum(model.size for model in scope.models),
        fetches=fetches,
        kept=tuple(kept),
        hashed_at=hashed_at,
    )


class _Sync:
    """One run that changes things."""

    def __init__(
        self,
        project: Project,
        settings: Settings,
        reporter: Reporter,
        request: SyncRequest,
        scope: Scope,
    ) -> None:
        self._project = project
        self._settings = settings
        self._reporter = reporter
        self._request = request
        self._scope = scope
        self._store = _store_for(project, settings, request, scope)
        self._errors: list[ModellockError] = []
        self._kept: list[str] = []

    def run(self, documents: Mapping[str, str | None]) -> SyncResult:
        state = read_state(self._project)
        self._remove_leftovers(state)
        foreign = _foreign(self._request)
        view = survey(self._project, self._store, self._scope, state, foreign)
        root = self._add_root()
        self._refuse(view)
        unhindered = [plan for plan in view.plan.models if plan.name not in self._failed()]
        fetches = self._fill_store(view, unhindered)
        ready = [plan for plan in unhindered if self._is_ready(plan)]
        ledger = Ledger(self._project, view)
        clean = None
        try:
            self._place(view, ready, ledger)
            if not self._errors:
                clean = self._clean(view, documents, root)
        finally:
            ledger.end(clean, self._remove_private_store())
        self._raise_errors()
        hashed_at = ledger.hashed_at(model.name for model in self._scope.models)
        return _result(
            self._request, self._scope, view, fetches=fetches, kept=self._kept, hashed_at=hashed_at
        )

    def _remove_leftovers(self, state: State) -> None:
        """Remove what an interrupted sync left, but for blobs that can still be used."""
        base = self._project.directory if self._scope.to is None else self._scope.to
        target = state.targets.get(self._scope.to or "", Target())
        for path in target.staged:
            if not (self._request.no_store and path == PRIVATE_STORE):
                remove_stage(base, path)

    def _add_root(self) -> str | None:
        if self._request.no_store:
            return None
        path = os.path.abspath(self._request.lock_file or self._project.lock_path)
        models = self._scope.lock.models.values()
        return self._store.add_root(path, {file.digest for model in models for file in model.files})

    def _refuse(self, view: Survey) -> None:
        self._errors += view.seen.refused.values()
        for plan in view.plan.models:
            obstructed = plan.having(Action.OBSTRUCTED)
            if obstructed and plan.name not in view.seen.refused:
                self._errors.append(_obstructed(plan.name, obstructed))

    def _failed(self) -> set[str | None]:
        return {error.model for error in self._errors}

    def _fill_store(self, view: Survey, plans: Iterable[ModelPlan]) -> Mapping[str, int]:
        """Bring every needed blob into the store, each once; returns what was fetched."""
        needed = Plan(models=tuple(plans)).needed()
        lacking = {
            digest: size for digest, size in needed.items() if not self._store.has(digest, size)
        }
        taken = self._take_back(view, lacking)
        missing = {digest: size for digest, size in lacking.items() if digest not in taken}
        holders = holders_of(self._scope.models, missing)
        self._errors += fetch_missing(
            self._project, self._store, holders, self._settings, self._reporter
        )
        return subjects(holders)

    def _take_back(self, view: Survey, lacking: Mapping[Digest, int]) -> set[Digest]:
        """Give a store that lost its blobs the bytes of placed files; returns what it has again."""
        taken: set[Digest] = set()
        for name, target in view.state.targets.items():
            for path, file in target.files.items():
                if file.digest in lacking and file.digest not in taken:
                    full = os.path.join(name or self._project.directory, path)
                    if self._store.take_in(full, file.digest):
                        taken.add(file.digest)
        return taken

    def _is_ready(self, plan: ModelPlan) -> bool:
        """Whether all blobs of a model are here: before that, none of its files changes."""
        needed = Plan(models=(plan,)).needed()
        if all(self._store.has(digest, size) for digest, size in needed.items()):
            return True
        if plan.name not in self._failed():
            # Another model was asked for the bytes that they share, and it is named already.
            self._errors.append(
                MissingFilesError(
                    f"{plan.name}: not placed: a file that it shares could not be fetched",
                    model=plan.name,
                )
            )
        return False

    def _place(self, view: Survey, plans: Sequence[ModelPlan], ledger: Ledger) -> None:
        site = Site(
            base=view.base,
            store=self._store,
            linker=Linker(_link_mode(self._request, self._scope), self._reporter.note),
            stage_name=STAGE_PREFIX + secrets.token_hex(4),
        )
        ledger.begin(plans, [site.stage_of(plan) for plan in plans if plan.having(*WRITES)])
        for plan in plans:
            try:
                switched = switch(site, plan)
            except ModellockError as error:
                error.model = error.model or plan.name
                self._errors.append(error)
                continue
            ledger.done(plan, switched)
            self._tell(view, plan, switched)

    def _tell(self, view: Survey, plan: ModelPlan, switched: Switched) -> None:
        left = [step for step in plan.having(Action.LEAVE) if step.found.shows is not Shows.NOTHING]
        self._kept += [*switched.kept, *(f"{view.base}/{step.path}" for step in left)]
        if plan.changes:
            self._reporter.placed(plan.name)

    def _clean(self, view: Survey, documents: Mapping[str, str | None], root: str | None) -> Clean:
        return Clean(
            key=request_key(__version__, asdict(self._request)),
            documents=documents,
            target=view.name,
            models=tuple(model.name for model in self._scope.models),
            root=root,
        )

    def _remove_private_store(self) -> tuple[str, ...]:
        """Remove what `--no-store` staged, unless another try can use it; returns what stays."""
        if not self._request.no_store or not os.path.lexists(self._store.root):
            return ()
        if self._errors:
            return (PRIVATE_STORE,)
        remove_stage(os.path.dirname(self._store.root), PRIVATE_STORE)
        return ()

    def _raise_errors(self) -> None:
        errors = list({str(error): error for error in self._errors}.values())
        for path in self._store.discarded:
            self._reporter.warning(f"store: a damaged blob was moved aside to {path}")
        if errors:
            # Without a result, nobody else tells.
            for path in self._kept:
                self._reporter.warning(f"{path} was edited, and is kept")
        if len(errors) == 1:
            raise errors[0]
        if errors:
            raise SeveralErrors(errors)


def _obstructed(name: str, steps: Sequence[Step]) -> ObstructedError:
    lines = [f"  {step.path}: expected {step.digest}, found a {step.found.shows}" for step in steps]
    if len(lines) > _MOST_NAMED:
        lines[_MOST_NAMED:] = [f"  and {len(lines) - _MOST_NAMED} more"]
    count = count_words(len(steps), "file")
    return ObstructedError(
        "\n".join([f"{name}: {count} in the way that modellock did not place", *lines]),
        hint="move them away, or give them up with `modellock sync --replace`",
        model=name,
    )
