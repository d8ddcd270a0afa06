"""Who has a file lock: noted in the locked file, for those that wait.

Nothing rests on it: it may be anybody's, or none's.
"""

import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from modellock.shell.partial_records import this_boot
from modellock.shell.store_roots import host_name

_LARGEST = 1000
"""Bytes of a note."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """A process that has a lock, or had it last."""

    command: str
    process: int
    host: str
    since: int
    """Seconds since the epoch."""

    realm: str
    """Where that number of a process means what it means here; may be empty."""

    def __str__(self) -> str:
        since = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(self.since))
        words = f"`modellock {self.command}` (process {self.process} on {self.host}, since {since})"
        return f"{words}, which is stopped" if self.is_stopped() else words

    def is_gone(self) -> bool:
        """Whether there is no such process any more, as far as can be seen from here."""
        return self._state() == ""

    def is_stopped(self) -> bool:
        """Whether somebody stopped the process, so that it does nothing until it is continued."""
        # proc_pid_stat(5): by a signal, or by a debugger.
        return self._state() in ("T", "t")

    def _state(self) -> str | None:
        """Empty for a process that is gone; None where nothing tells."""
        if not self.realm or self.realm != _realm():
            return None
        try:
            with open(f"/proc/{self.process}/stat", "rb") as file:
                # The name of the program, in parentheses, may hold any of them.
                return file.read().rpartition(b") ")[2][:1].decode()
        except FileNotFoundError:
            return ""
        except (OSError, ValueError):
            return None


@contextmanager
def signed(descriptor: int, command: str) -> Iterator[None]:
    """Name this process in a file that it has locked, for as long as a `with` lasts."""
    note = json.dumps(
        {
            "command": command,
            "process": os.getpid(),
            "host": host_name(),
            "since": int(time.time()),
            "realm": _realm(),
        }
    ).encode()
    _write(descriptor, note)
    try:
        yield
    finally:
        # Of several that have it together, the last one may have written over this.
        if _read(descriptor) == note:
            _write(descriptor, b"")


def holder_of(descriptor: int) -> Holder | None:
    """Who has the lock of an open file; of several, one of them. None where nothing tells."""
    try:
        fields = json.loads(_read(descriptor))
        holder = Holder(
            command=fields["command"] + "",
            process=int(fields["process"]),
            host=fields["host"] + "",
            since=int(fields["since"]),
            realm=fields["realm"] + "",
        )
        # A time that no calendar has is no note of ours either.
        str(holder)
    except (OSError, ValueError, LookupError, TypeError, OverflowError, RecursionError):
        return None
    return None if holder.is_gone() else holder


def _realm() -> str:
    """This start of the system and this namespace of processes, which containers have each."""
    try:
        return f"{this_boot()} {os.readlink('/proc/self/ns/pid')}"
    except OSError:
        return ""


def _read(descriptor: int) -> bytes:
    """What is noted; nothing of a directory, or of what is no regular file."""
    with suppress(OSError):
        os.lseek(descriptor, 0, os.SEEK_SET)
        return os.read(descriptor, _LARGEST)
    return b""


def _write(descriptor: int, note: bytes) -> None:
    # Refused where the file is another user's, and locked for reading alone.
    with suppress(OSError):
        os.ftruncate(descriptor, 0)
        os.lseek(descriptor, 0, os.SEEK_SET)
        os.write(descriptor, note)
