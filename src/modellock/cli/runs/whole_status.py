"""`modellock status` where somebody wants to read it, or something may be wrong."""

from modellock.cli.answer import Answer
from modellock.cli.exits import DONE, NO
from modellock.cli.invocation import Invocation
from modellock.cli.opening import open_local_settings, open_project
from modellock.cli.render_status import status_document, status_lines
from modellock.verbs.status import status


def run_whole(invocation: Invocation) -> Answer:
    """Answer with a row for each model; the code says whether all is as it should be."""
    project, settings = open_project(invocation), open_local_settings(invocation)
    to, cache = invocation.path("to"), invocation.path("shared_cache")
    result = status(project, settings, to=to, shared_cache=cache)
    code = DONE if result.is_whole else NO
    return Answer(status_document(result), "\n".join(status_lines(result, to or "")), code=code)
