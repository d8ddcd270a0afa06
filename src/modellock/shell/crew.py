"""Several threads at one list of work, and an end to all of them when one is to end."""

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

FAREWELL = 0.5
"""Seconds for which an interrupted run waits for threads that wait for a server."""

PULSE = 0.1
"""Seconds between two calls of `pulse`, at most."""

_FIRST = 8
"""Threads of a lane that begin at once."""

_GROWTH = 0.02
"""Seconds after which there are twice as many, unless they keep the processor busy."""

_BUSY = 0.5
"""The share of a processor's time from which on more threads are in each other's way: 5,000 small
files from loopback took 7 s of CPU with 24 of them, and 13 with 192 (tests/benchmarks/small.py)."""


class StoppedError(Exception):
    """Work was given up because the run is to end."""


@dataclass(frozen=True, slots=True)
class Lane(Generic[Item]):
    """Work that has threads of its own, so that it waits for no other."""

    items: Sequence[Item]
    jobs: int
    """How many of them at once."""


def work_through(
    items: Sequence[Item],
    work: Callable[[Item, threading.Event], Result],
    *,
    jobs: int,
    pulse: Callable[[], None] = lambda: None,
    stop: threading.Event | None = None,
    farewell: float = FAREWELL,
) -> list[Result]:
    """Do `work` on each item, `jobs` at once, begun in their order; the results in that order.

    Raises what `work_in_lanes` raises.
    """
    return work_in_lanes([Lane(items, jobs)], work, pulse=pulse, stop=stop, farewell=farewell)


def work_in_lanes(
    lanes: Sequence[Lane[Item]],
    work: Callable[[Item, threading.Event], Result],
    *,
    pulse: Callable[[], None] = lambda: None,
    stop: threading.Event | None = None,
    farewell: float = FAREWELL,
) -> list[Result]:
    """Do `work` on each item of each lane, begun in their order; the results lane after lane.

    Whatever interrupts the caller, or escapes from `work`, sets the event that `work` gets, and is
    raised here once the threads have heard it, or after `farewell` seconds. Work that hears it
    raises StoppedError. The event is `stop`, where others are to hear it as well.

    Many threads begin little by little, as long as those at work wait rather than work.

    `pulse` is called in the caller's thread: before the work begins, ten times a second or more
    often, and once it is done. What it raises interrupts the caller.
    """
    crew: _Crew[Item, Result] = _Crew(work, stop or threading.Event())
    muster = _Muster([crew.threads(lane) for lane in lanes])
    try:
        pulse()
        muster.begin()
        # Each lane has threads from the beginning: once all that began have left, no work is left.
        while not crew.wait_for(lambda: muster.begun, muster.pause):
            muster.grow()
            pulse()
        pulse()
    except BaseException:
        crew.stop.set()
        crew.wait_for(lambda: muster.begun, farewell)
        raise
    if crew.escaped:
        raise crew.escaped[0]
    return [crew.results[index] for index in range(sum(len(lane.items) for lane in lanes))]


class _Muster:
    """Threads, of which as many begin as the processor has time for."""

    def __init__(self, lanes: Sequence[Sequence[threading.Thread]]) -> None:
        self._first = [thread for lane in lanes for thread in lane[:_FIRST]]
        self._further = deque(thread for lane in lanes for thread in lane[_FIRST:])
        self._threads = [*self._first, *self._further]
        self._looked_at = self._used = 0.0
        self.pause = PULSE
        """Seconds until the next look."""

    def begin(self) -> None:
        """Let the first ones begin."""
        self._looked_at, self._used = time.monotonic(), time.process_time()
        self._begin(self._first)
        self.pause = _GROWTH if self._further else PULSE

    def grow(self) -> None:
        """Let as many begin as are at work, unless these keep the processor busy."""
        elapsed, used = time.monotonic() - self._looked_at, time.process_time() - self._used
        self._looked_at, self._used = self._looked_at + elapsed, self._used + used
        is_busy = used > _BUSY * elapsed
        if not is_busy:
            more = min(self.begun, self._left)
            self._begin([self._further.popleft() for _ in range(more)])
        self.pause = PULSE if is_busy or not self._left else _GROWTH

    @property
    def begun(self) -> int:
        """Threads that began, also where an interrupt came between two of them."""
        return sum(thread.ident is not None for thread in self._threads)

    @property
    def _left(self) -> int:
        return len(self._further)

    def _begin(self, threads: Sequence[threading.Thread]) -> None:
        for thread in threads:
            thread.start()


class _Crew(Generic[Item, Result]):
    def __init__(
        self, work: Callable[[Item, threading.Event], Result], stop: threading.Event
    ) -> None:
        self._work = work
        self._count = 0
        self.stop = stop
        self.results: dict[int, Result] = {}
        self.escaped: list[BaseException] = []
        self._left = threading.Semaphore(0)
        self._seen_off = 0

    def threads(self, lane: Lane[Item]) -> list[threading.Thread]:
        """Threads for one lane more, not yet started."""
        waiting = deque(enumerate(lane.items, self._count))
        self._count += len(lane.items)
        # Daemons: one that a silent server holds up must not hold up the end of the process.
        return [
            threading.Thread(target=self._labour, args=(waiting,), daemon=True)
            for _ in lane.items[: lane.jobs]
        ]

    def wait_for(self, threads: Callable[[], int], seconds: float) -> bool:
        """Wait until so many threads have left, or time is up; whether they have.

        `threads` is asked again each time: one that an interrupt found about to begin begins yet.
        """
        # Not Thread.join: when that is interrupted, it takes a thread at work for one that has
        # ended (CPython 3.11, `_wait_for_tstate_lock`).
        deadline = time.monotonic() + seconds
        while self._seen_off < threads() and time.monotonic() < deadline:
            self._seen_off += self._left.acquire(timeout=max(0.0, deadline - time.monotonic()))
        return self._seen_off == threads()

    def _labour(self, waiting: deque[tuple[int, Item]]) -> None:
        try:
            self._take(waiting)
        finally:
            self._left.release()

    def _take(self, waiting: deque[tuple[int, Item]]) -> None:
        """Take work until there is none, or it is to end."""
        while not self.stop.is_set():
            try:
                index, item = waiting.popleft()
            except IndexError:
                return
            try:
                self.results[index] = self._work(item, self.stop)
            except StoppedError:
                return
            except BaseException as error:  # noqa: BLE001 - raised again in the caller's thread
                self.escaped.append(error)
                self.stop.set()
