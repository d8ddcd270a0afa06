"""Several threads at one list of work, and an end to all of them when one is to end."""

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

FAREWELL = 3.0
"""Seconds for which an interrupted run waits for threads that wait for a server."""


class StoppedError(Exception):
    """Work was given up because the run is to end."""


def work_through(
    items: Sequence[Item],
    work: Callable[[Item, threading.Event], Result],
    *,
    jobs: int,
    farewell: float = FAREWELL,
) -> list[Result]:
    """Do `work` on each item, `jobs` at once, begun in their order; the results in that order.

    Whatever interrupts the caller, or escapes from `work`, sets the event that `work` gets, and is
    raised here once the threads have heard it, or after `farewell` seconds. Work that hears it
    raises StoppedError.
    """
    crew = _Crew(items, work)
    # Daemons: one that a silent server holds up must not hold up the end of the process.
    threads = [threading.Thread(target=crew.labour, daemon=True) for _ in items[:jobs]]
    try:
        for thread in threads:
            thread.start()
        crew.wait_for(len(threads))
    except BaseException:
        crew.stop.set()
        crew.wait_for(sum(thread.ident is not None for thread in threads), farewell)
        raise
    if crew.escaped:
        raise crew.escaped[0]
    return [crew.results[index] for index in range(len(items))]


class _Crew(Generic[Item, Result]):
    def __init__(
        self, items: Sequence[Item], work: Callable[[Item, threading.Event], Result]
    ) -> None:
        self._waiting = deque(enumerate(items))
        self._work = work
        self.stop = threading.Event()
        self.results: dict[int, Result] = {}
        self.escaped: list[BaseException] = []
        self._left = threading.Semaphore(0)
        self._seen_off = 0

    def labour(self) -> None:
        """Take work until there is none, or it is to end."""
        try:
            self._labour()
        finally:
            self._left.release()

    def wait_for(self, threads: int, seconds: float = threading.TIMEOUT_MAX) -> None:
        """Wait until so many threads have left, or time is up."""
        # Not Thread.join: when that is interrupted, it takes a thread at work for one that has
        # ended (CPython 3.11, `_wait_for_tstate_lock`).
        deadline = time.monotonic() + seconds
        while self._seen_off < threads and time.monotonic() < deadline:
            self._seen_off += self._left.acquire(timeout=max(0.0, deadline - time.monotonic()))

    def _labour(self) -> None:
        while not self.stop.is_set():
            try:
                index, item = self._waiting.popleft()
            except IndexError:
                return
            try:
                self.results[index] = self._work(item, self.stop)
            except StoppedError:
                return
            except BaseException as error:  # noqa: BLE001 - raised again in the caller's thread
                self.escaped.append(error)
                self.stop.set()
