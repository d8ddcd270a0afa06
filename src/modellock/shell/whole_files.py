"""Small files of a project: written as a whole, and what killed processes left of such writes."""

import os
import re
import secrets
import time
from contextlib import suppress

from modellock.shell.disk import set_mode, unlink_if_there

_FORGOTTEN = 3600.0
"""Seconds after which nobody still writes a small file: who did was killed."""


def replace_whole(target: str, text: str, mode: int) -> None:
    """Give a file another text: a reader meanwhile sees the old one or the new. Raises OSError.

    What killed processes left of earlier writes goes, too.
    """
    directory, name = os.path.split(target)
    remove_forgotten(directory, re.compile(rf"\.{re.escape(name)}\.[0-9a-f]{{8}}"))
    staged = os.path.join(directory, f".{name}.{secrets.token_hex(4)}")
    try:
        with open(staged, "xb") as file:
            file.write(text.encode())
            file.flush()
            os.fsync(file.fileno())
        set_mode(staged, mode)
        os.replace(staged, target)
    except BaseException:
        unlink_if_there(staged)
        raise


def remove_forgotten(directory: str, staged: re.Pattern[str]) -> None:
    """Remove files of such names that nobody can still be writing, as far as that can be done."""
    with suppress(OSError):
        for name in os.listdir(directory):
            if staged.fullmatch(name):
                _remove_if_forgotten(os.path.join(directory, name))


def _remove_if_forgotten(path: str) -> None:
    with suppress(OSError):
        if os.lstat(path).st_mtime < time.time() - _FORGOTTEN:
            os.unlink(path)
