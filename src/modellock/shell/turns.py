"""File locks: who comes second waits, where the file system has any."""

import os
import sys
import time
from contextlib import suppress

from modellock.ports.reporting import Reporter
from modellock.shell.crew import PULSE
from modellock.shell.file_locks import lock
from modellock.shell.lock_holders import holder_of

if sys.platform != "win32":
    import fcntl


STOPPED = 10.0
"""Seconds for which somebody is waited for who was stopped, as by Ctrl-Z."""


def wait_for_turn(
    descriptor: int, reporter: Reporter, note: str, *, patience: float = STOPPED
) -> bool:
    """Lock a file or directory until `end_turn`; `note` tells that somebody else has it.

    Where there are no locks, as on Windows and some network disks, nobody waits. False where who
    has it was stopped, and did nothing for `patience` seconds.
    """
    if lock(descriptor) is not False:
        return True
    holder = holder_of(descriptor)
    reporter.note(note if holder is None else f"{note}: {holder}")
    stopped = 0.0
    # Not within flock(2), which in a thread other than the main one nothing interrupts.
    while lock(descriptor) is False:
        holder = holder_of(descriptor)
        stopped = stopped + PULSE if holder is not None and holder.is_stopped() else 0.0
        if stopped > patience:
            reporter.warning(f"went on beside {holder}")
            return False
        reporter.pulse()
        time.sleep(PULSE)
    return True


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
