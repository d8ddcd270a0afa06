"""How far the fetches of one run are, counted from any thread."""

import threading
import time
from collections.abc import Callable


class Reading:
    """The count at one moment."""

    __slots__ = (
        "files_done",
        "files_planned",
        "in_flight",
        "rate",
        "received",
        "seconds_left",
        "total",
    )

    def __init__(
        self,
        *,
        received: int,
        total: int,
        rate: float,
        files_done: int,
        files_planned: int,
        in_flight: dict[str, tuple[int, int | None]],
    ) -> None:
        self.received = received
        """Bytes of all files, those in flight included."""
        self.total = total
        """Bytes planned."""
        self.rate = rate
        """Bytes a second since the reading before."""
        self.seconds_left = max(0, total - received) / rate if rate > 0 else None
        self.files_done = files_done
        self.files_planned = files_planned
        self.in_flight = in_flight
        """By subject: bytes received, and the file's size where it is known."""


class Tally:
    """Counts what a `Reporter` hears, and says when the next line is due."""

    def __init__(self, every: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._every = every
        """Seconds between two readings."""
        self._clock = clock
        self._lock = threading.Lock()
        self._received = 0
        self._total = 0
        self._files_done = 0
        self._files_planned = 0
        self._in_flight: dict[str, tuple[int, int | None]] = {}
        self._read_at = clock()
        self._received_then = 0

    def plan(self, files: int, size: int) -> None:
        """So many more files and bytes."""
        with self._lock:
            self._files_planned += files
            self._total += size

    def start(self, subject: str, size: int | None) -> None:
        """A file is on its way."""
        with self._lock:
            if not self._in_flight and not self._received:
                self._read_at = self._clock()
            self._in_flight[subject] = (0, size)

    def advance(self, subject: str, count: int) -> None:
        """So many more bytes of a file; negative when a try begins anew."""
        with self._lock:
            received, size = self._in_flight.get(subject, (0, None))
            self._in_flight[subject] = (received + count, size)
            self._received += count

    def resume(self, subject: str, count: int) -> None:
        """So many bytes were here already, and say nothing of the rate."""
        self.advance(subject, count)
        with self._lock:
            self._received_then += count

    def end(self, subject: str, *, done: bool) -> None:
        """A file is here, or given up."""
        with self._lock:
            self._in_flight.pop(subject, None)
            self._files_done += done

    def due(self) -> Reading | None:
        """The count, once in so many seconds; None in between."""
        with self._lock:
            return None if self._clock() - self._read_at < self._every else self._read()

    def read(self) -> Reading:
        """The count now."""
        with self._lock:
            return self._read()

    def _read(self) -> Reading:
        now = self._clock()
        elapsed = now - self._read_at
        rate = (self._received - self._received_then) / elapsed if elapsed else 0.0
        self._read_at, self._received_then = now, self._received
        return self._reading(rate)

    def _reading(self, rate: float) -> Reading:
        return Reading(
            received=self._received,
            total=self._total,
            rate=rate,
            files_done=self._files_done,
            files_planned=self._files_planned,
            in_flight=dict(self._in_flight),
        )
