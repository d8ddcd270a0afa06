"""The models of a project that go into a Hub's cache which other programs use online, too."""

import os
from dataclasses import replace

from modellock.decisions.layouts.shared_cache import goes_to_shared_cache, stays
from modellock.decisions.plan import Action, ModelPlan, Plan
from modellock.decisions.wanted import root_of
from modellock.documents.project_settings import Layout
from modellock.errors import UsageError
from modellock.ports.reporting import Reporter
from modellock.shell.project import Project
from modellock.shell.regular_files import read_regular
from modellock.shell.state_file import target_name
from modellock.values.origins import DEFAULT_REVISION, is_commit
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
    _refuse_home(cache)
    settings, base = scope.lock.settings, os.path.abspath(cache)
    shared = tuple(one for one in scope.models if goes_to_shared_cache(one, settings))
    own = tuple(one for one in scope.models if one not in shared)
    return (
        replace(scope, models=own),
        replace(
            scope, models=shared, base=base, target=target_name(cache), sharer=project.directory
        ),
    )


def tell_of(scope: Scope, plan: Plan, reporter: Reporter) -> None:
    """Note what a synced cache shows otherwise than the project's own would, and what it keeps."""
    if scope.sharer is None:
        return
    if not scope.models:
        reporter.note(f"no model has layout `{Layout.HF_CACHE}`: nothing goes to {scope.base}")
    commits = {model.name: model.commit for model in scope.models}
    for model in plan.models:
        for line in (_of_refs(scope.base, model, commits.get(model.name)), _of_released(model)):
            if line is not None:
                reporter.note(f"{model.name}: {line}")


def seen_from_project(scope: Scope, plan: Plan) -> Plan:
    """A plan with paths that mean the same below every target."""
    if scope.sharer is None:
        return plan
    return Plan(models=tuple(_absolute(scope.base, model) for model in plan.models))


def _refuse_own_directories(scope: Scope, cache: str, project: Project) -> None:
    """Where a project withdraws what is no longer locked, nothing of others could be safe."""
    roots = {root_of(one, scope.lock.settings, below=False) for one in scope.lock.models.values()}
    own = [project.state_directory, *(os.path.join(project.directory, root) for root in roots)]
    real = os.path.realpath(cache)
    for directory in map(os.path.realpath, own):
        if f"{real}{os.sep}".startswith(f"{directory}{os.sep}"):
            raise UsageError(
                f"{FLAG} {cache}: lies in {directory}, which this project keeps for itself",
                hint=f"leave {FLAG} out: without it, the project has a cache of its own",
            )


def _refuse_home(cache: str) -> None:
    """Refuse HF_HOME, in which the cache is a directory among others."""
    inner = os.path.join(cache, "hub")
    if os.path.isdir(inner):
        raise UsageError(
            f"{FLAG} {cache}: is no cache of a Hub, but has one in it",
            hint=f"write `{FLAG} {inner}`",
        )


def _absolute(base: str, model: ModelPlan) -> ModelPlan:
    return replace(
        model,
        directory=model.directory and f"{base}/{model.directory}",
        cache=model.cache and f"{base}/{model.cache}",
        steps=tuple(replace(step, path=f"{base}/{step.path}") for step in model.steps),
    )


def _of_refs(base: str, model: ModelPlan, commit: str | None) -> str | None:
    """What to do where a name, such as the `main` of a load without any, leads elsewhere."""
    if model.directory is None:
        return None
    names = [f"{base}/{model.cache}/refs/{DEFAULT_REVISION}"]
    names += [f"{base}/{step.path}" for step in model.having(Action.YIELD)]
    astray = [line for path in dict.fromkeys(names) if (line := _astray(path, commit)) is not None]
    if not astray:
        return None
    return (
        f'{" and ".join(astray)}: load the locked commit with `revision="{commit}"`, '
        f"or from {base}/{model.directory}"
    )


def _of_released(model: ModelPlan) -> str | None:
    left = [step for step in model.having(Action.RELEASE) if stays(step.path)]
    if not left:
        return None
    return (
        f"{count_words(len(left), 'file')} that are no longer locked stay for who uses them; "
        "`hf cache prune` removes what no ref leads to"
    )


def _astray(path: str, commit: str | None) -> str | None:
    """What a ref says other than a commit; only commits are quoted, since links lead anywhere."""
    try:
        text = read_regular(path).decode("ascii", "replace")
    except FileNotFoundError:
        return f"{path} is not there"
    except OSError:
        text = ""
    if text == commit:
        return None
    return f"{path} leads to {text}" if is_commit(text) else f"{path} holds no commit"
