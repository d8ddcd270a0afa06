"""Whose turn it is in a store: collecting garbage waits for others, and these wait for it.

    v1/lock      a file lock (flock), and who has it

This spares work, and nothing rests on it: where locks lie, where the store cannot be written and
where one is held for too long, what is collected is looked at again before its bytes go.
"""

import errno
import os
import stat
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress

from modellock.errors import StoreInUseError
from modellock.ports.reporting import Reporter
from modellock.shell.crew import PULSE
from modellock.shell.disk import disk_errors, make_directories
from modellock.shell.lock_holders import holder_of, signed
from modellock.shell.regular_files import NO_LINK
from modellock.shell.turns import end_turn

if sys.platform != "win32":
    import fcntl

_NOT_WAITING = getattr(os, "O_NONBLOCK", 0)  # Windows has none

PATIENCE = 60.0
"""Seconds: far longer than a collection of 100,000 blobs takes."""


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
        is_beside = _wait(descriptor, reporter, patience, alone=False)
        if not is_beside:
            reporter.warning(f"store: went on after {patience:.0f} s beside {_holder(descriptor)}")
        with signed(descriptor, who) if is_beside and who is not None else nullcontext():
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
                f"{store}: still in use after {patience:.0f} s, by {_holder(descriptor)}",
                hint="run `modellock store gc` again once that has ended",
            )
        with signed(descriptor, who):
            with disk_errors(store):
                # Times of files are those of a server, where one has them: its clock may differ.
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
    """The lock file, which another user may have made. Raises OSError."""
    path = os.path.join(store, "v1", "lock")
    try:
        descriptor = _open_or_make(path)
    except PermissionError as refusal:
        try:
            # Enough where the file system is local. Not waited for, should it be a pipe.
            descriptor = os.open(path, os.O_RDONLY | NO_LINK | _NOT_WAITING)
        except FileNotFoundError:
            raise refusal from None
    if stat.S_ISREG(os.fstat(descriptor).st_mode):
        return descriptor
    os.close(descriptor)
    raise OSError(errno.EINVAL, "not a regular file", path)


def _open_or_make(path: str) -> int:
    # Read-write, because NFS turns flock into a lock that asks for that (flock(2), NOTES).
    flags = os.O_RDWR | NO_LINK
    try:
        return os.open(path, flags)
    except FileNotFoundError:
        # Not at once: fs.protected_regular lets nobody make what is another user's already.
        return os.open(path, flags | os.O_CREAT, 0o666)


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


def _holder(descriptor: int) -> str:
    """Who has the lock, which of several is one of them."""
    return str(holder_of(descriptor) or "another process")
