"""A rate that all connections of a process keep to together."""

import threading
import time

from modellock.shell.crew import StoppedError

_STEPS = 10
"""Blocks a second, about, by which a rate is kept; larger ones would come in bursts."""

_SMALLEST_BLOCK = 4096


class Pace:
    """So many bytes a second, all together; None is as fast as it goes.

    Safe to use from several threads.
    """

    def __init__(self, rate: int | None, stop: threading.Event) -> None:
        self._rate = rate
        self._stop = stop
        self._lock = threading.Lock()
        self._free_at = 0.0

    def block(self, largest: int) -> int:
        """Bytes to read at once, at most `largest`."""
        if self._rate is None:
            return largest
        return min(largest, max(_SMALLEST_BLOCK, self._rate // _STEPS))

    def keep(self, count: int) -> None:
        """Wait as long as so many bytes may take. Raises StoppedError when interrupted."""
        if self._rate is None:
            return
        with self._lock:
            now = time.monotonic()
            # What was not used while nothing came is not made up for.
            self._free_at = max(now, self._free_at) + count / self._rate
            seconds = self._free_at - now
        if self._stop.wait(seconds):
            raise StoppedError
