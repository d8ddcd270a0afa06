"""Work done in other processes, side by side or killed; and somebody who comes in between."""

import os
import signal
import sys
import time
import traceback
import warnings
from collections.abc import Callable
from typing import Self

from tests.waiting import LONG

CHANGES = frozenset(
    {
        "os.link",
        "os.mkdir",
        "os.remove",
        "os.rename",
        "os.rmdir",
        "os.chmod",
        "os.utime",
        "ctypes.dlsym",
    }
)
"""Audit events before each change of a file system; the last stands for renameat2."""


def start(work: Callable[[], object]) -> int:
    """Begin work in a child process; returns its number."""
    _wait_for_threads()
    with warnings.catch_warnings():
        # Threads of a test's own servers, which the child does not need.
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if child:
        return child
    status = 1
    try:
        work()
        status = 0
    except BaseException:  # noqa: BLE001 - whatever it is, this process ends here
        traceback.print_exc()
    finally:
        os._exit(status)


def _wait_for_threads() -> None:
    """Let threads that have done their work be gone: what they still hold, a fork would keep."""
    until = time.monotonic() + 1.0
    tasks = "/proc/self/task"
    while os.path.isdir(tasks) and len(os.listdir(tasks)) > 1 and time.monotonic() < until:
        time.sleep(0.0005)


def ended(child: int) -> int:
    """Wait for a child; its exit code, or the negative number of the signal that ended it.

    One that does not end by itself is aborted, and says where it was.
    """
    until = time.monotonic() + LONG
    while time.monotonic() < until:
        finished, status = os.waitpid(child, os.WNOHANG)
        if finished:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.001)
    os.kill(child, signal.SIGABRT)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def killed_before(change: int, work: Callable[[], object]) -> bool:
    """Do work in a child that is killed before its n-th change; False where it has fewer."""

    def doomed() -> None:
        left = change

        def count(event: str, arguments: tuple[object, ...]) -> None:
            nonlocal left
            if event in CHANGES or (event == "open" and _writes(arguments)):
                left -= 1
                if left == 0:
                    os.kill(os.getpid(), signal.SIGKILL)

        sys.addaudithook(count)
        work()

    code = ended(start(doomed))
    assert code in (0, -signal.SIGKILL)
    return code != 0


class Intruder:
    """Does something just before the first change of a kind, as another process might.

    With `about`, before the first of which a path has that text.

    Audit hooks cannot be taken back (sys.addaudithook), so there is one for all intruders.
    """

    _waiting: "Intruder | None" = None
    _is_hooked = False

    def __init__(self, event: str, intrude: Callable[[], object], *, about: str = "") -> None:
        self._event = event
        self._about = about
        self._intrude = intrude

    def __enter__(self) -> Self:
        if not Intruder._is_hooked:
            Intruder._is_hooked = True
            sys.addaudithook(Intruder._hear)
        Intruder._waiting = self
        return self

    def __exit__(self, *raised: object) -> None:
        came = Intruder._waiting is None
        Intruder._waiting = None
        assert came, f"there was no {self._event}"

    @staticmethod
    def _hear(event: str, arguments: tuple[object, ...]) -> None:
        intruder = Intruder._waiting
        if intruder is None or event != intruder._event:
            return
        if any(intruder._about in str(argument) for argument in arguments):
            Intruder._waiting = None
            intruder._intrude()


class Witness:
    """Looks just before each change, for as long as its `with` statement lasts.

    Audit hooks cannot be taken back, so there is one for all witnesses.
    """

    _present: "Witness | None" = None
    _is_hooked = False

    def __init__(self, look: Callable[[], object]) -> None:
        self._look = look

    def __enter__(self) -> Self:
        if not Witness._is_hooked:
            Witness._is_hooked = True
            sys.addaudithook(Witness._hear)
        Witness._present = self
        return self

    def __exit__(self, *raised: object) -> None:
        Witness._present = None

    @staticmethod
    def _hear(event: str, arguments: tuple[object, ...]) -> None:
        witness = Witness._present
        if witness is not None and (event in CHANGES or (event == "open" and _writes(arguments))):
            witness._look()


def _writes(arguments: tuple[object, ...]) -> bool:
    flags = arguments[2]
    return isinstance(flags, int) and bool(flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT))
