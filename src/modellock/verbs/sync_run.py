"""One sync that changes things: fill the store, switch each model, note how it stands."""

import os
import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, nullcontext, suppress
from dataclasses import replace

from modellock.decisions.layouts import made_contents
from modellock.decisions.link_modes import link_mode_of
from modellock.decisions.plan import Action, ModelPlan, Plan, Shows
from modellock.decisions.planning import Foreign
from modellock.documents.project_settings import LinkMode
from modellock.documents.state import Clean, Target
from modellock.errors import MissingFilesError, ModellockError, NoSpaceError, SeveralErrors
from modellock.ports.reporting import Reporter
from modellock.ports.settings import Settings
from modellock.shell.cache_blobs import BlobLinker
from modellock.shell.dating import date_directories
from modellock.shell.disk import disk_errors
from modellock.shell.limits import once_per_host
from modellock.shell.links import Linker
from modellock.shell.placement import switch
from modellock.shell.placement_directories import Directories
from modellock.shell.placement_site import STAGE_PREFIX, Site, remove_stage
from modellock.shell.project import Project
from modellock.shell.store import Store
from modellock.shell.store_private import PRIVATE_STORE, is_private, turn_in
from modellock.verbs.adopt_result import AdoptedFrom
from modellock.verbs.refilling import refill
from modellock.verbs.survey import Scope, Survey
from modellock.verbs.sync_ledger import Ledger
from modellock.verbs.sync_obstacles import obstructed
from modellock.verbs.sync_supply import Supply


class SyncRun:
    """What is known and what went wrong so far; errors are collected, so that the rest is done."""

    def __init__(
        self, project: Project, settings: Settings, reporter: Reporter, scope: Scope, store: Store
    ) -> None:
        self._project = project
        self._reporter = reporter
        self.scope = scope
        self.store = store
        self._supply = Supply(project, settings, reporter, scope, store)
        self._is_private = is_private(store, scope.base)
        self._turn = ExitStack()
        self._has_turn = False
        self._directories = Directories(alike=scope.is_tree)
        self._errors: list[ModellockError] = []
        self.kept: list[str] = []
        """Full paths of edited files that were kept."""

        self.hashed_at: int | None = None
        self.has_lost_blobs = False
        """Whether one that the store had was gone when it was to be placed."""

    @property
    def fetches(self) -> Mapping[str, int]:
        """Bytes by `<model>/<path>`."""
        return self._supply.fetches

    @property
    def adopted(self) -> tuple[AdoptedFrom, ...]:
        """What other programs' caches gave."""
        return self._supply.adopted

    def remove_leftovers(self, target: Target) -> None:
        """Remove what an interrupted sync left, but for blobs that this one can use."""
        for path in target.staged:
            if path != PRIVATE_STORE:
                remove_stage(self.scope.base, path)
            elif not self._is_private:
                self._remove_private_store()

    def apply(self, view: Survey, link_mode: LinkMode, clean: Clean | None) -> None:
        """Do what the plan says; note `clean` where that leaves nothing to do, if it is given.

        Raises the error of the one model that could not be finished, or SeveralErrors.
        """
        ledger = Ledger(self._project, view.state, self.scope.target)
        done = False
        try:
            ready = self._prepare(view, link_mode, ledger)
            self._place(ready, view.foreign, link_mode, ledger)
            done = not self._errors
        finally:
            if self._is_private and done:
                self._remove_private_store()
            self._turn.close()
            self._date_directories(view.plan)
            # Where no space is left for the note either, what failed before has more to say.
            with nullcontext() if done else suppress(NoSpaceError):
                ledger.end(clean if done else None, self._staying(ledger))
        self._tell_and_raise()
        self.hashed_at = ledger.hashed_at(model.name for model in self.scope.models)

    def _prepare(self, view: Survey, link_mode: LinkMode, ledger: Ledger) -> list[ModelPlan]:
        """Bring blobs into the store; returns the plans of the models that have all of theirs.

        Raises NoSpaceError, before anything is fetched, where not all of it would fit.
        """
        self._errors += view.seen.refused.values()
        self._errors += [
            obstructed(plan, self.scope)
            for plan in view.plan.models
            if plan.name not in view.seen.refused and plan.having(Action.OBSTRUCTED)
        ]
        hindered = self._failed()
        plans = [plan for plan in view.plan.models if plan.name not in hindered]
        wanted = Plan(models=tuple(plans))
        if self._is_private and wanted.needed():
            # Before it is asked what it has: until their turn ends, others use that up.
            ledger.stage([PRIVATE_STORE])
            self._open_private_store()
        self._errors += self._supply.fill(view, wanted, link_mode)
        if not self._is_private:
            refill(self.store, self.scope.base, wanted, self._reporter)
        return [plan for plan in plans if self._is_ready(plan)]

    def _is_ready(self, plan: ModelPlan) -> bool:
        """Whether all blobs of a model are here: before that, none of its files changes."""
        if not self._supply.lacking(Plan(models=(plan,))):
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

    def _failed(self) -> set[str | None]:
        return {error.model for error in self._errors}

    def _place(
        self, plans: Sequence[ModelPlan], foreign: Foreign, link_mode: LinkMode, ledger: Ledger
    ) -> None:
        site = replace(self._site(link_mode), noted=ledger.paths())
        ledger.begin(plans, [site.stage_of(plan) for plan in plans if plan.changes])
        for plan in plans:
            if plan.changes:
                self._reporter.placing(plan.name)
            try:
                switched = switch(self._site_for(plan, site, foreign, link_mode), plan)
            except ModellockError as error:
                error.model = error.model or plan.name
                self._errors.append(error)
                self.has_lost_blobs |= _is_gone(error, self.store)
            else:
                ledger.done(plan, switched)
                self.kept += [*switched.kept, *map(site.full, _left(plan))]
                if plan.changes:
                    self._reporter.placed(plan.name)

    def _site(self, link_mode: LinkMode) -> Site:
        return Site(
            base=self.scope.base,
            store=self.store,
            linker=self._linker(link_mode),
            directories=self._directories,
            stage_name=STAGE_PREFIX + secrets.token_hex(4),
            contents=made_contents(self.scope.models, self.scope.lock.settings),
        )

    def _site_for(self, plan: ModelPlan, site: Site, foreign: Foreign, link_mode: LinkMode) -> Site:
        if self.scope.sharer is not None:
            # Whose file it is by now nobody knows, so it keeps its time.
            site = replace(site, follows=True, noted=frozenset())
        if plan.cache is None:
            return site
        linker = self._linker(link_mode, in_cache=True)
        if self.scope.sharer is None:
            return replace(site, linker=linker)
        blobs = BlobLinker(
            store=self.store,
            linker=linker,
            folder=site.full(plan.cache),
            stage=site.full(site.stage_of(plan)),
            files={
                self.store.path_of(step.digest): step
                for step in plan.steps
                if step.digest is not None and not step.made
            },
            replaces=foreign is Foreign.REPLACE,
        )
        return replace(site, linker=blobs)

    def _linker(self, asked: LinkMode, *, in_cache: bool = False) -> Linker:
        moves, reporter = self._is_private, self._reporter
        mode = link_mode_of(asked, in_cache=in_cache, is_private=moves)
        return Linker(mode, reporter.note, moves=moves, heed=reporter.copied)

    def _date_directories(self, plan: Plan) -> None:
        """Below `--to`, where trees are made for other machines, directories tell no time either.

        A directory of a project may belong to its user, who sees by its time what came.
        """
        if self.scope.is_tree:
            paths = (step.path for model in plan.models for step in model.steps)
            date_directories(self.scope.base, paths)

    def _open_private_store(self) -> None:
        with disk_errors(self.scope.base):
            self._directories.make(self.scope.base)
            self._turn.enter_context(turn_in(self.store.root, self._reporter))
            self._has_turn = True

    def _remove_private_store(self) -> None:
        """Remove what `--no-store` staged, once nobody else fills it."""
        root = os.path.join(self.scope.base, PRIVATE_STORE)
        # One that may not be opened stays, as any stage that cannot be removed.
        with ExitStack() as turn, suppress(OSError):
            if os.path.lexists(root) and not self._has_turn:
                turn.enter_context(turn_in(root, self._reporter))
            remove_stage(self.scope.base, PRIVATE_STORE)

    def _staying(self, ledger: Ledger) -> Iterator[str]:
        """What another try can use, and stages that could not be removed."""
        base = self.scope.base
        return (path for path in ledger.staged() if os.path.lexists(os.path.join(base, path)))

    def _tell_and_raise(self) -> None:
        for path in self.store.discarded:
            self._reporter.warning(f"store: a damaged blob was moved aside to {path}")
        # A full disk says the same of each file.
        errors = once_per_host({str(error): error for error in self._errors}.values())
        if errors:
            # Without a result, nobody else tells.
            for path in self.kept:
                self._reporter.warning(f"{path} was edited, and is kept")
        if len(errors) == 1:
            raise errors[0]
        if errors:
            raise SeveralErrors(errors)


def _is_gone(error: ModellockError, store: Store) -> bool:
    """Whether an error is about a file of the store that is not there."""
    cause = error.__cause__
    return isinstance(cause, FileNotFoundError) and str(cause.filename).startswith(
        os.path.join(store.root, "")
    )


def _left(plan: ModelPlan) -> Iterable[str]:
    """Paths of edited files that are no longer locked."""
    for step in plan.having(Action.LEAVE):
        if step.found.shows is not Shows.NOTHING:
            yield step.path
