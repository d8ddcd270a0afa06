"""File locks: who comes second waits, where the file system has any."""

import os
import sys
import time
from contextlib import suppress

from modellock.ports.reporting import Reporter
from modellock.shell.crew import PULSE
from modellock.shell.file_locks import lock

if sys.platform != "win32":
    import fcntl


def wait_for_turn(descriptor: int, reporter: Reporter, note: str) -> None:
    """Lock a file or directory until `end_turn`; `note` tells that somebody else has it.

    Where there are no locks, as on Windows and some network disks, nobody waits.
    """
    if lock(descriptor) is False:
        reporter.note(note)
        # Not within flock(2), which in a thread other than the main one nothing interrupts.
        while lock(descriptor) is False:
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
