"""Modification times set on disk. None is worth a failure: who may not set one goes without."""

import os
import stat
import time
from collections.abc import Iterable
from contextlib import suppress

from modellock.values.dates import DIRECTORY_MTIME_NS
from modellock.values.paths import parents


def date(path: str, mtime_ns: int) -> None:
    """Give a file its modification time; a symbolic link its own, where the system has that."""
    follow = os.utime not in os.supports_follow_symlinks
    with suppress(OSError):
        os.utime(path, ns=(time.time_ns(), mtime_ns), follow_symlinks=follow)


def date_directories(base: str, paths: Iterable[str]) -> None:
    """Give a base, and the directories on the way from there to some paths, the time of all.

    What lies behind a link below the base is somebody else's.
    """
    base = os.path.realpath(base)
    known: dict[str, bool] = {"": _date_directory(base)}
    for path in paths:
        for directory in reversed(list(parents(path))):
            above = directory.rpartition("/")[0]
            if directory not in known:
                known[directory] = known[above] and _date_directory(f"{base}/{directory}")


def _date_directory(path: str) -> bool:
    """False where there is no directory, whose own entries need no look then."""
    try:
        status = os.lstat(path)
    except OSError:
        return False
    if not stat.S_ISDIR(status.st_mode):
        return False
    if status.st_mtime_ns != DIRECTORY_MTIME_NS:
        date(path, DIRECTORY_MTIME_NS)
    return True
