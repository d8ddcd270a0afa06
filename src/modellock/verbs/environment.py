"""The environment in which programs find the models, told from models.lock alone."""

from collections.abc import Sequence

from modellock.decisions.narrowing import Narrowing
from modellock.decisions.variables import refuse_shared_variables, variables_of
from modellock.decisions.wanted import root_of
from modellock.documents.lockfile import LockedModel
from modellock.documents.project_settings import Layout
from modellock.ports.reporting import Reporter
from modellock.shell.project import Project
from modellock.shell.unchanged import rooted
from modellock.values.variables import HERE
from modellock.verbs.sharing import parted
from modellock.verbs.survey import Scope, relaid_scope, scope_of


def environment(
    project: Project,
    narrowing: Narrowing,
    *,
    to: str | None = None,
    layout: Layout | None = None,
    shared_cache: str | None = None,
    lock_file: str | None = None,
) -> dict[str, str]:
    """Variables for where `sync` would place the selected models; whether it did is not looked at.

    Raises MissingLockError, InputError; VariableConflictError where no set of variables holds for
    all of the models.
    """
    scope = scope_of(project, narrowing, to=to, lock_file=lock_file)
    if layout is not None:
        # Which models keep their own layout is what `sync` tells.
        scope = relaid_scope(scope, layout, Reporter())
    scopes = parted(scope, shared_cache, project)
    variables = target_variables(scopes)
    # As the user names it: a link of that name need not be there where the variables are used.
    named = {one.base: variables[one.target] for one in scopes}
    return rooted(named, project.directory)


def target_variables(scopes: Sequence[Scope]) -> dict[str, dict[str, str]]:
    """The variables by target, with paths relative to that. Raises VariableConflictError."""
    refuse_shared_variables(model for scope in scopes for model in scope.models)
    return {scope.target: _variables(scope) for scope in scopes}


def _variables(scope: Scope) -> dict[str, str]:
    settings, below = scope.lock.settings, scope.target != ""

    def place(model: LockedModel) -> str:
        return HERE if scope.sharer is not None else root_of(model, settings, below=below)

    return variables_of(scope.models, settings, place)
