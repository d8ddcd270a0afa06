"""The models of a project that go into a Hub's cache which other programs use online, too."""

import os
from collections.abc import Iterator
from dataclasses import replace

from modellock.decisions.layouts.shared_cache import stays
from modellock.decisions.plan import Action, ModelPlan, Plan
from modellock.decisions.wanted import root_of
from modellock.documents.lockfile import LockedModel
from modellock.documents.placements import layout_of
from modellock.documents.project_settings import Layout
from modellock.errors import UsageError
from modellock.ports.reporting import Reporter
from modellock.shell.project import Project
from modellock.shell.regular_files import read_regular
from modellock.values.wording import count_words
from modellock.verbs.survey import Scope

FLAG = "--shared-cache"


def parted(scope: Scope, cache: str | None, project: Project) -> tuple[Scope, ...]:
    """A project's scope without the models of a shared cache, and the cache's own.

    Raises UsageError where the cache cannot be one of its own.
    """
    if cache is None:
        return (scope,)
    if scope.target:
        raise UsageError(f"--to makes a tree with all models, and {FLAG} would take some of them")
    _refuse_own_directories(scope, cache, project)
    shared = tuple(model for model in scope.models if _is_shared(model, scope))
    own = tuple(model for model in scope.models if not _is_shared(model, scope))
    directory = os.path.abspath(cache)
    return (
        replace(scope, models=own),
        replace(scope, models=shared, base=directory, target=directory, sharer=project.directory),
    )


def tell_of(scope: Scope, plan: Plan, reporter: Reporter) -> None:
    """Note what of a shared cache is left to others, and what that means to this project."""
    if scope.sharer is None:
        return
    if not scope.models:
        reporter.note(f"no model has layout `{Layout.HF_CACHE}`: nothing goes to {scope.base}")
    commits = {model.name: model.commit for model in scope.models}
    for model in plan.models:
        for line in _lines(scope.base, model, commits.get(model.name)):
            reporter.note(line)


def seen_from_project(scope: Scope, plan: Plan) -> Plan:
    """A plan with paths that mean the same below every target."""
    if scope.sharer is None:
        return plan
    return Plan(models=tuple(_absolute(scope.base, model) for model in plan.models))


def _is_shared(model: LockedModel, scope: Scope) -> bool:
    return layout_of(model, scope.lock.settings) is Layout.HF_CACHE


def _refuse_own_directories(scope: Scope, cache: str, project: Project) -> None:
    """Where a project withdraws what is no longer locked, nothing of others could be safe."""
    roots = {root_of(one, scope.lock.settings, below=False) for one in scope.lock.models.values()}
    own = [project.state_directory, *(os.path.join(project.directory, root) for root in roots)]
    real = os.path.realpath(cache)
    for directory in map(os.path.realpath, own):
        if os.path.commonpath([real, directory]) == directory:
            raise UsageError(
                f"{FLAG} {cache}: lies in {directory}, which this project keeps for itself",
                hint=f"leave {FLAG} out: without it, the project has a cache of its own",
            )


def _absolute(base: str, model: ModelPlan) -> ModelPlan:
    return replace(
        model,
        directory=model.directory and f"{base}/{model.directory}",
        cache=model.cache and f"{base}/{model.cache}",
        steps=tuple(replace(step, path=f"{base}/{step.path}") for step in model.steps),
    )


def _lines(base: str, model: ModelPlan, commit: str | None) -> Iterator[str]:
    for step in model.having(Action.YIELD):
        full = f"{base}/{step.path}"
        other = _ref_at(full)
        if other != commit:
            yield (
                f"{model.name}: {full} is not ours and stays; it leads to {other}: load the locked "
                f'commit with `revision="{commit}"`, or from `modellock path {model.name} '
                f"{FLAG} {base}`"
            )
    left = [step for step in model.having(Action.RELEASE) if stays(step.path)]
    if left:
        count = count_words(len(left), "file")
        yield (
            f"{model.name}: {count} of another commit stay in {base} for who uses them; "
            "`hf cache prune` removes what no ref leads to"
        )


def _ref_at(path: str) -> str:
    try:
        return read_regular(path).decode("ascii", "replace")[:40]
    except OSError as error:
        return f"nothing ({error.strerror})"
