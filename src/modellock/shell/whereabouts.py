"""Where a run's directories are: the project's and the store's.

Every start loads this module, so it loads next to nothing itself.
"""

import os
import sys
from collections.abc import Mapping

from modellock.errors import FileAccessError, UsageError

MANIFEST_NAME = "models.toml"
LOCK_NAME = "models.lock"


def absolute(path: str) -> str:
    """The path seen from the current directory. Raises FileAccessError where that is gone."""
    try:
        return os.path.abspath(path)
    except FileNotFoundError as error:
        raise FileAccessError(
            "the current directory: was removed", hint="`cd` to another one"
        ) from error


def project_directory(start: str) -> str | None:
    """The nearest directory at or above `start` with models.toml, else with models.lock."""
    for name in (MANIFEST_NAME, LOCK_NAME):
        directory = absolute(start)
        while not os.path.lexists(os.path.join(directory, name)):
            directory, below = os.path.dirname(directory), directory
            if directory == below:
                break
        else:
            return directory
    return None


def store_directory(environ: Mapping[str, str], platform: str = sys.platform) -> str:
    """Where the store is when nobody says so: in the platform's cache folder.

    A relative XDG_CACHE_HOME counts as unset (XDG Base Directory Specification, "Referencing").
    Raises UsageError where there is no home directory, as for a user id without a name.
    """
    caches = environ.get("XDG_CACHE_HOME", "")
    if os.path.isabs(caches):
        return os.path.join(caches, "modellock")
    home = os.path.expanduser("~")
    if not os.path.isabs(home):
        raise UsageError(
            "the store has no place: no home directory is known",
            hint="name a directory with `--store DIR` or MODELLOCK_STORE",
        )
    if platform == "win32":
        local = environ.get("LOCALAPPDATA") or os.path.join(home, "AppData", "Local")
        return os.path.join(local, "modellock", "cache")
    if platform == "darwin":
        return os.path.join(home, "Library", "Caches", "modellock")
    return os.path.join(home, ".cache", "modellock")
