"""Whose turn it is in a store: collecting garbage waits for others, and these wait for it.

    v1/lock      a file lock (flock), and who had it last

This spares work, and nothing rests on it: where locks lie, where the store cannot be written and
where one is held for too long, what is collected is looked at again before its bytes go.
"""

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from modellock.errors import StoreInUseError
from modellock.ports.reporting import Reporter
from modellock.shell.crew import PULSE
from modellock.shell.disk import disk_errors, make_directories
from modellock.shell.regular_files import NO_LINK
from modellock.shell.store_roots import host_name
from modellock.shell.turns import end_turn

if sys.platform != "win32":
    import fcntl

PATIENCE = 60.0
"""Seconds: far longer than a collection of 100,000 blobs takes."""

_LONGEST_NAME = 200


@contextmanager
def beside_others(
    store: str, reporter: Reporter, who: str | None = None, *, patience: float = PATIENCE
) -> Iterator[None]:
    """Let nobody collect garbage meanwhile, as far as there are locks.

    Goes on without where somebody collects for longer than `patience` seconds. `who` names a run
    that takes long, for those that wait for it.
    """
    descriptor = _opened(store)
    if descriptor is None:
        yield
        return
    try:
        if not _wait(descriptor, reporter, patience, alone=False):
            reporter.warning(f"store: went on beside {_holder(descriptor)}, which takes long")
        elif who is not None:
            _sign(descriptor, who)
        yield
    finally:
        end_turn(descriptor)


@contextmanager
def alone(
    store: str, reporter: Reporter, who: str, *, patience: float = PATIENCE
) -> Iterator[float]:
    """Let those that would be disturbed wait, as far as there are locks.

    Gives the time by the clock of the store's file system, in seconds since the epoch. Raises
    StoreInUseError where somebody else is there for longer than `patience` seconds, and
    FileAccessError where the store cannot be written.
    """
    with disk_errors(store):
        make_directories(os.path.join(store, "v1"))
        descriptor = _open(store)
    try:
        if not _wait(descriptor, reporter, patience, alone=True):
            raise StoreInUseError(
                f"{store}: still in use by {_holder(descriptor)} after {patience:.0f} s",
                hint="run `modellock store gc` again once that has ended",
            )
        _sign(descriptor, who)
        with disk_errors(store):
            # Times of files are those of a server, where one has them: its clock may be another.
            os.utime(os.path.join(store, "v1", "lock"))
            now = os.fstat(descriptor).st_mtime
        yield now
    finally:
        end_turn(descriptor)


def _opened(store: str) -> int | None:
    """None where the store is not there, or may not be written: then nobody can be locked out."""
    with suppress(OSError):
        return _open(store)
    return None


def _open(store: str) -> int:
    # Read-write, because NFS turns flock into a lock that asks for that (flock(2), NOTES).
    return os.open(os.path.join(store, "v1", "lock"), os.O_RDWR | os.O_CREAT | NO_LINK, 0o666)


def _wait(descriptor: int, reporter: Reporter, patience: float, *, alone: bool) -> bool:
    """Whether the lock was had in time, or there are none."""
    deadline, is_told = time.monotonic() + patience, False
    while not _has_turn(descriptor, alone=alone):
        if time.monotonic() >= deadline:
            return False
        if not is_told:
            reporter.note(f"store: waiting for {_holder(descriptor)}")
            is_told = True
        reporter.pulse()
        # Not within flock(2), which in a thread other than the main one nothing interrupts.
        time.sleep(PULSE)
    return True


def _has_turn(descriptor: int, *, alone: bool) -> bool:
    """Whether the lock is ours now, as far as the file system has locks."""
    if sys.platform == "win32":
        return True
    try:
        fcntl.flock(descriptor, (fcntl.LOCK_EX if alone else fcntl.LOCK_SH) | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return True
    return True


def _sign(descriptor: int, who: str) -> None:
    """Leave a name for those that have to wait."""
    name = f"`modellock {who}` (process {os.getpid()} on {host_name()})\n"
    with suppress(OSError):
        os.ftruncate(descriptor, 0)
        os.lseek(descriptor, 0, os.SEEK_SET)
        os.write(descriptor, name.encode("utf-8", "replace")[:_LONGEST_NAME])


def _holder(descriptor: int) -> str:
    """Who took the lock last, which of several is one of them."""
    try:
        os.lseek(descriptor, 0, os.SEEK_SET)
        name = os.read(descriptor, _LONGEST_NAME).decode("utf-8", "replace").strip()
    except OSError:
        name = ""
    return name or "another process"
