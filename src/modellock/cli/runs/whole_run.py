"""What `modellock run` does before the program starts, where there is something to do."""

import signal
import time
from collections.abc import Mapping
from typing import Any

from modellock.cli.invocation import Invocation
from modellock.cli.opening import open_project
from modellock.cli.render_sync import sync_lines
from modellock.cli.runs.whole_sync import request_of
from modellock.cli.session import open_reporter, open_settings
from modellock.cli.steering import variables_named
from modellock.cli.terminal import write_err
from modellock.shell.unchanged import rooted
from modellock.values.wording import took_words
from modellock.verbs.sync import sync
from modellock.verbs.sync_result import SyncResult


def sync_for_run(invocation: Invocation, wanted: Mapping[str, Any]) -> dict[str, str]:
    """Sync what `wanted` says and is missing; returns the variables that lead to it."""
    began = time.perf_counter()
    project, settings = open_project(invocation), open_settings(invocation)
    # Who starts us may have had it ignored, as nohup(1) does with another.
    terminated = signal.getsignal(signal.SIGTERM)
    with open_reporter(invocation) as reporter, variables_named(invocation):
        result = sync(project, settings, reporter, request_of(invocation, wanted))
    signal.signal(signal.SIGTERM, terminated)
    _tell(invocation, result, took_words(time.perf_counter() - began))
    return rooted(result.variables or {}, project.directory)


def _tell(invocation: Invocation, result: SyncResult, took: str) -> None:
    """Say what was done, where it is not in the way: stdout is the program's."""
    is_quiet = invocation.on("quiet") or invocation.text("progress") == "json"
    if not is_quiet and not result.is_unchanged:
        write_err("\n".join(sync_lines(result, now=time.time(), took=took)) + "\n")
