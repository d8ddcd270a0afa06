"""How each model stands: declared, locked, in the store, placed, modified, mixed, missing."""

from collections import Counter
from dataclasses import dataclass

from modellock.decisions.changes import differences
from modellock.decisions.narrowing import Narrowing
from modellock.decisions.plan import Action, Condition, ModelPlan
from modellock.documents.lockfile import Lock
from modellock.ports.settings import Settings
from modellock.shell.project import Project
from modellock.shell.state_file import read_state
from modellock.shell.store import Store
from modellock.verbs.sharing import parted, seen_from_project
from modellock.verbs.survey import scope_of, survey


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelStatus:
    """One model that is selected here, or was placed and is not wanted any more."""

    name: str
    condition: Condition
    directory: str | None
    """Relative to the result's `base`, absolute in a shared cache; None for a model that is not
    wanted any more."""

    files: int
    size: int
    """Bytes."""

    stored: int
    """How many of the files the store holds."""

    placed: int
    """How many show what they shall."""

    missing: int
    modified: int
    """How many were edited, or have something in their way."""

    added: int
    """How many of those that the layout adds, such as refs, do not show what they shall."""

    problem: str | None = None
    """Why its paths could not be looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusResult:
    """How the project stands."""

    base: str
    """The directory that models are placed below, absolute."""

    models: tuple[ModelStatus, ...]
    left_out: tuple[str, ...]
    """Locked models that are not selected here."""

    stale: tuple[str, ...]
    """What models.toml and models.lock disagree about, as `sync` would refuse it."""

    @property
    def is_whole(self) -> bool:
        """Whether every selected model is placed as models.toml and models.lock say."""
        return not self.stale and all(model.condition is Condition.PLACED for model in self.models)


def status(
    project: Project,
    settings: Settings,
    *,
    narrowing: Narrowing | None = None,
    to: str | None = None,
    shared_cache: str | None = None,
) -> StatusResult:
    """Look at everything and change nothing. Raises MissingLockError, InputError."""
    scope = scope_of(project, narrowing or Narrowing(), to=to)
    store, state = Store(settings.store), read_state(project)
    parts = parted(scope, shared_cache, project)
    views = [(part, survey(store, part, state)) for part in parts]
    locked = {model.name: model for model in scope.models}
    return StatusResult(
        base=scope.base,
        models=tuple(
            _model_status(plan, store, view.seen.refused.get(plan.name))
            for part, view in views
            for plan in seen_from_project(part, view.plan).models
            if plan.directory is not None or plan.changes
        ),
        left_out=tuple(name for name in scope.lock.models if name not in locked),
        stale=_stale(project, scope.lock),
    )


def _model_status(plan: ModelPlan, store: Store, refusal: Exception | None) -> ModelStatus:
    surplus = [step for step in plan.changes if not step.made]
    steps = surplus if plan.directory is None else plan.shown
    wrong = (*plan.changes, *plan.having(Action.OBSTRUCTED))
    counts = Counter(step.action for step in plan.steps if not step.made)
    return ModelStatus(
        name=plan.name,
        condition=plan.condition,
        directory=plan.directory,
        files=len(steps),
        size=sum(step.size for step in steps),
        stored=sum(
            step.digest is not None and store.holds(step.digest, step.size) for step in steps
        ),
        placed=counts[Action.IN_PLACE] + counts[Action.TAKE_OVER],
        missing=counts[Action.PLACE],
        modified=counts[Action.SET_ASIDE] + counts[Action.OVERWRITE] + counts[Action.OBSTRUCTED],
        added=sum(step.made and step.digest is not None for step in wrong),
        problem=None if refusal is None else str(refusal),
    )


def _stale(project: Project, lock: Lock) -> tuple[str, ...]:
    if not project.has_manifest():
        return ()
    return tuple(str(one) for one in differences(project.read_manifest(), lock))
