"""The environment in which programs find the models, told from models.lock alone."""

from modellock.decisions.narrowing import Narrowing
from modellock.decisions.variables import variables_of
from modellock.documents.project_settings import Layout
from modellock.ports.reporting import Reporter
from modellock.shell.project import Project
from modellock.shell.unchanged import rooted
from modellock.verbs.survey import relaid_scope, scope_of


def environment(
    project: Project,
    narrowing: Narrowing,
    *,
    to: str | None = None,
    layout: Layout | None = None,
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
    variables = variables_of(scope.models, scope.lock.settings, below=scope.target != "")
    return rooted(variables, scope.base)
