"""What every command begins with: the project, and where the store is."""

import os

from modellock.cli.invocation import Invocation
from modellock.project import Project, find_project
from modellock.settings import Settings
from modellock.whereabouts import store_directory


def open_project(invocation: Invocation) -> Project:
    """The nearest project at or above where the command runs. Raises ManifestError."""
    return find_project(invocation.start)


def open_local_settings(invocation: Invocation) -> Settings:
    """The settings of a command that asks no server: its endpoints and tokens are nobody's."""
    store = invocation.path("store") or store_directory(os.environ)
    return Settings(store=os.path.abspath(store), offline=True)
