"""What a command that may ask a server begins with: all settings, and a reporter."""

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

from modellock.cli.invocation import Invocation
from modellock.cli.reporters import EventReporter, LineReporter
from modellock.cli.terminal import Terminal, stop_on_sigterm
from modellock.ports.reporting import Reporter
from modellock.ports.settings import Settings
from modellock.shell.run_settings import settings_from


def open_settings(invocation: Invocation) -> Settings:
    """Flags, variables and defaults. Raises UsageError."""
    return settings_from(
        os.environ,
        store=invocation.path("store"),
        offline_cause=invocation.cause("offline") if invocation.on("offline") else None,
        jobs=invocation.number("jobs"),
        limit_rate=invocation.number("limit_rate"),
    )


def open_reporter(invocation: Invocation) -> AbstractContextManager[Reporter]:
    """Whoever listens to the verb, until the `with` statement ends."""
    stop_on_sigterm()
    return reporting(Terminal.of(invocation), progress=not invocation.on("no_progress"))


@contextmanager
def reporting(terminal: Terminal, *, progress: bool) -> Iterator[Reporter]:
    """The reporter that fits; what it drew on a terminal is gone at the end."""
    if terminal.events:
        yield EventReporter(verbose=terminal.verbose)
    elif terminal.quiet:
        yield Reporter()
    elif progress and terminal.can_redraw():
        from modellock.cli.progress import BarReporter

        with BarReporter(terminal) as reporter:
            yield reporter
    else:
        yield LineReporter(terminal, progress=progress)
