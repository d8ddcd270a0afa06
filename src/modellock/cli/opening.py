"""What every command begins with: the project, and where the store is."""

import os

from modellock.cli.invocation import Invocation
from modellock.ports.reporting import Reporter
from modellock.ports.settings import Settings
from modellock.shell.project import Project, find_project
from modellock.shell.whereabouts import store_directory


class _Warning(Reporter):
    """Hears a project's warnings; who prints them is loaded only where there is one."""

    def __init__(self, invocation: Invocation) -> None:
        self._invocation = invocation

    def warning(self, message: str, *, hint: str | None = None) -> None:
        from modellock.cli.session import reporting
        from modellock.cli.terminal import Terminal

        with reporting(Terminal.of(self._invocation), progress=False) as reporter:
            reporter.warning(message, hint=hint)


def open_project(invocation: Invocation) -> Project:
    """The nearest project at or above where the command runs. Raises ManifestError."""
    return find_project(invocation.start, _Warning(invocation))


def open_local_settings(invocation: Invocation) -> Settings:
    """The settings of a command that asks no server: its endpoints and tokens are nobody's."""
    store = invocation.path("store") or store_directory(os.environ)
    return Settings(store=os.path.abspath(store), offline=True)
