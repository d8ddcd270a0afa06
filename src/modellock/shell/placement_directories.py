"""Directories that placed files lie in: made as the umask wants it, or alike on every machine."""

import os
import stat
from contextlib import suppress

from modellock.shell.disk import set_mode

_OPEN = 0o755
_UNFINISHED = 0o1700
"""A mode that no umask in use cuts, and nobody gives: who finds an empty one with it, opens it."""


class Directories:
    """Makes directories; those that are there already keep the mode that their owner gave them."""

    def __init__(self, *, alike: bool) -> None:
        self._alike = alike
        """Mode 0755 whatever the umask, also where a kill came in between."""

    def make(self, path: str) -> None:
        """Make a directory, and what is missing above it. Raises OSError."""
        if self._alike:
            _make_alike(path)
        else:
            os.makedirs(path, exist_ok=True)

    def make_like(self, old: str, new: str) -> None:
        """Make a directory in the place of another, with its mode, or as any if there is none."""
        self.make(new)
        try:
            mode = os.stat(old).st_mode
        except (FileNotFoundError, NotADirectoryError):
            return
        # Not of a file that stood there: read-only, it would close the directory to us.
        if stat.S_ISDIR(mode) and not _is_unfinished(old, mode):
            set_mode(new, stat.S_IMODE(mode))


def _make_alike(path: str) -> None:
    try:
        mode = os.stat(path).st_mode
    except FileNotFoundError:
        _make_alike(os.path.dirname(path))
        mode = _begin(path)
    if _is_unfinished(path, mode):
        set_mode(path, _OPEN | mode & stat.S_ISGID)


def _is_unfinished(path: str, mode: int) -> bool:
    # The group that a directory above hands down is not ours to refuse.
    return stat.S_IMODE(mode) & ~stat.S_ISGID == _UNFINISHED and not os.listdir(path)


def _begin(path: str) -> int:
    """Make a directory, unless somebody else was faster; returns its mode."""
    with suppress(FileExistsError):
        os.mkdir(path, _UNFINISHED)
    return os.stat(path).st_mode
