"""A file that another process fetches, and for how long that is waited for."""

import time
from collections.abc import Callable

SILENCE = 120.0
"""Seconds: longer than a process waits for a server before it gives up."""

_HASHED = 100 << 20
"""Bytes a second that a slow disk gives to whoever hashes what has come."""


class Awaited:
    """What is seen of it. To be used by one thread at a time; `clock` in seconds."""

    def __init__(
        self, size: int, *, silence: float = SILENCE, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.silence = silence + size / _HASHED
        """Seconds without a byte after which nobody is thought to fetch it: who did was stopped."""

        self._clock = clock
        self._arrived = -1
        self._since = 0.0

    def is_deserted(self, arrived: int) -> bool:
        """Whether no byte has come for long; so many are here now."""
        if arrived != self._arrived:
            self._arrived, self._since = arrived, self._clock()
        return self._clock() - self._since > self.silence
