"""What a command that may ask a server begins with: all settings, and a reporter."""

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

from modellock.cli.events import EventReporter
from modellock.cli.invocation import Invocation
from modellock.cli.reporters import LineReporter
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

        with BarReporter(terminal) as bars, _kept_told(bars):
            yield bars
    else:
        lines = LineReporter(terminal, progress=progress)
        with _kept_told(lines):
            yield lines


@contextmanager
def _kept_told(reporter: LineReporter) -> Iterator[None]:
    """Tell who ends a run while files are on their way what becomes of these."""
    try:
        yield
    except KeyboardInterrupt:
        reading = reporter.tally.read()
        if reading.received and not reading.is_over:
            reporter.note("What has arrived is kept: the next run goes on from there")
        raise
