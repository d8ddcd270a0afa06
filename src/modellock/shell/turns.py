"""File locks: who comes second waits, where the file system has any."""

import os
import sys
import time
from contextlib import suppress

from modellock.ports.reporting import Reporter
from modellock.shell.crew import PULSE

if sys.platform != "win32":
    import fcntl


def wait_for_turn(descriptor: int, reporter: Reporter, note: str) -> None:
    """Lock a file or directory until `end_turn`; `note` tells that somebody else has it.

    Where there are no locks, as on Windows and some network disks, nobody waits.
    """
    if not _has_turn(descriptor):
        reporter.note(note)
        # Not within flock(2), which in a thread other than the main one nothing interrupts.
        while not _has_turn(descriptor):
            reporter.pulse()
            time.sleep(PULSE)


def end_turn(descriptor: int) -> None:
    """Unlock what was locked, and close it.

    Closing alone would leave it locked for as long as a child lives that was forked meanwhile.
    """
    if sys.platform != "win32":
        with suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_UN)
    os.close(descriptor)


def is_still(path: str, descriptor: int) -> bool:
    """Whether a path leads to what is open, and not to something of the same name."""
    try:
        return os.path.samestat(os.lstat(path), os.fstat(descriptor))
    except FileNotFoundError:
        return False


def _has_turn(descriptor: int) -> bool:
    """Whether the lock is ours now, as far as the file system has locks."""
    if sys.platform == "win32":
        return True
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return True
    return True
