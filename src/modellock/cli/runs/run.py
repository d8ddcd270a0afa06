"""`modellock run`: the program starts at once where nothing is missing, else after `whole_run`."""

import os

from modellock._version import __version__
from modellock.cli.answer import Answer
from modellock.cli.becoming import become
from modellock.cli.invocation import Invocation
from modellock.cli.options import NOT_OF_RUN
from modellock.cli.steering import refuse_variables
from modellock.cli.sync_flags import wanted_by
from modellock.shell.unchanged import find, request_key
from modellock.shell.whereabouts import project_directory


def run(invocation: Invocation) -> Answer:
    """Become the command, with all that it needs in place; without one, say what it would get."""
    refuse_variables(NOT_OF_RUN, os.environ, "run")
    wanted = {**wanted_by(invocation), "for_run": True}
    variables = None if invocation.on("verbose") else _known_variables(invocation, wanted)
    if variables is None:
        # Everything else of modellock, and all of what it needs: ten times as much to load.
        from modellock.cli.runs.whole_run import sync_for_run

        variables = sync_for_run(invocation, wanted)
    if invocation.arguments:
        raise become(invocation.arguments, variables)
    from modellock.cli.render_env import variables_answer

    return variables_answer(variables, invocation)


def _known_variables(invocation: Invocation, wanted: dict[str, object]) -> dict[str, str] | None:
    """What the last sync noted, where that is in place still; a run asks for less than a sync."""
    directory = project_directory(invocation.start)
    if directory is None:
        return None
    asked = ({**wanted, "for_run": False}, wanted)
    found = find(directory, *(request_key(__version__, one) for one in asked))
    # Whoever wrote the note has no say in where the models are.
    target = os.path.realpath(str(wanted["to"])) if wanted["to"] else ""
    if found is None or not found.targets <= {target}:
        return None
    return found.variables
