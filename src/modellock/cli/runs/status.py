"""`modellock status`: the health check answered here where all is well, else by `whole_status`."""

from modellock._version import __version__
from modellock.cli.answer import Answer
from modellock.cli.invocation import Invocation
from modellock.cli.sync_flags import wanted_by
from modellock.shell.unchanged import find, request_key
from modellock.shell.whereabouts import project_directory


def run(invocation: Invocation) -> Answer:
    """Say how the project stands; with `--quiet`, by the code alone."""
    if invocation.on("quiet") and not invocation.on("json") and _is_as_synced(invocation):
        return Answer({}, "")
    # Thrice as much to load, which a health check every few seconds need not pay.
    from modellock.cli.runs.whole_status import run_whole

    return run_whole(invocation)


def _is_as_synced(invocation: Invocation) -> bool:
    """Whether nothing changed since the last sync of the whole project."""
    directory = project_directory(invocation.start)
    key = request_key(__version__, wanted_by(invocation))
    return directory is not None and find(directory, key) is not None
