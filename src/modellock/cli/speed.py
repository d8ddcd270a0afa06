"""Bytes a second, of which what came last counts most."""

import math


class Speed:
    """How fast bytes come, on average over about so many of the last seconds.

    What came so long ago weighs a third. At the beginning it is the plain average: what was not
    measured weighs nothing.
    """

    def __init__(self, seconds: float, began: float) -> None:
        self._seconds = seconds
        self._began = began
        """By the same clock as every `now`."""

        self._faded_at = began
        self._weighed = 0.0

    def add(self, count: int, now: float) -> None:
        """So many bytes came."""
        self._fade(now)
        self._weighed += count

    def at(self, now: float) -> float:
        """Bytes a second; it falls while none come."""
        self._fade(now)
        measured = -math.expm1((self._began - now) / self._seconds)
        return self._weighed / (self._seconds * measured) if measured > 0 else 0.0

    def _fade(self, now: float) -> None:
        if now > self._faded_at:
            self._weighed *= math.exp((self._faded_at - now) / self._seconds)
            self._faded_at = now
