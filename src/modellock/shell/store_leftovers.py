"""What killed processes left of files on their way to the store, removed by those that come next.

Not the partial files, with which whoever comes next goes on.
"""

import os
from contextlib import suppress

from modellock.shell.file_locks import Hold, hold, is_local
from modellock.shell.regular_files import NO_LINK, open_regular
from modellock.shell.store import Store
from modellock.shell.store_staging import STAGED_NAME

_YOUNG = 10.0
"""Seconds: who has just made a file may not have its lock yet."""

_ABANDONED = 86400.0
"""Seconds without any change, where locks mean nothing: no pause of a transfer is as long."""


def remove_leftovers(store: Store, *, now: float) -> None:
    """Remove staged files that nobody writes to any more; `now` in seconds since the epoch."""
    directory = os.path.join(store.root, "v1", "staged")
    with suppress(OSError):
        for name in os.listdir(directory):
            path = os.path.join(directory, name)
            # By its name: who can put a link in place of the directory leads to other files.
            if STAGED_NAME.fullmatch(name) and _is_left(path, now):
                with suppress(OSError):
                    os.unlink(path)


def _is_left(path: str, now: float) -> bool:
    try:
        status = os.lstat(path)
        # Not the time of its content, which is made to follow from its digest.
        age = now - status.st_ctime
        whose = _whose(path, status) if age >= _YOUNG else Hold.THEIRS
    except OSError:
        return False
    return whose is Hold.OURS or (whose is Hold.UNSURE and age >= _ABANDONED)


def _whose(path: str, status: os.stat_result) -> Hold:
    # A link is a placed file that is being taken back: it takes no space, and has no lock. Other
    # machines may not see ours.
    if status.st_nlink > 1 or not is_local(path):
        return Hold.UNSURE
    try:
        with open_regular(path, os.O_RDWR | NO_LINK) as file:
            return hold(file.fileno(), path)
    except PermissionError:
        # Nothing but its name was missing: it is as read-only as a blob.
        return Hold.UNSURE
