"""`modellock path NAME [FILE]`."""

from modellock.cli.answer import Answer
from modellock.cli.invocation import Invocation
from modellock.cli.opening import open_project
from modellock.verbs.path import path


def run(invocation: Invocation) -> Answer:
    """Answer with a path, as it is: scripts use it."""
    name, *files = invocation.arguments
    file = files[0] if files else None
    to, cache = invocation.path("to"), invocation.path("shared_cache")
    found = path(open_project(invocation), name, file, to=to, shared_cache=cache)
    return Answer({"model": name, "file": file, "path": found}, found, data=True)
