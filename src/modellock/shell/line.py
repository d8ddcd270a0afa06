"""Files in a line: each connection takes the next one, and joins others at the last ones."""

import threading
import time
from collections import deque
from collections.abc import Sequence
from types import TracebackType
from typing import Protocol, Self

from modellock.shell.crew import StoppedError

_PAUSE = 0.02
"""Seconds between two looks for something to do."""

_PATIENCE = 0.2
"""Seconds between two looks at a file that another process fetches."""


class Job(Protocol):
    """A file to fetch."""

    @property
    def is_over(self) -> bool:
        """Whether nothing is to be done any more."""
        ...

    @property
    def may_be_shared(self) -> bool:
        """Whether another connection may have something to do, now or later."""
        ...

    @property
    def on_offer(self) -> int:
        """Bytes that another connection could bring, where it pays; else 0."""
        ...

    def begin(self) -> bool:
        """Take it up; False while another process has it."""
        ...

    def work(self) -> None:
        """Bring it over one connection, as far as others leave something to bring."""
        ...

    def conclude(self) -> None:
        """Tell how it ended."""
        ...

    def close(self) -> None:
        """Let go of it, wherever it stands."""
        ...


class Line:
    """Files, and the threads that serve them. Closes them by its `with` statement.

    A thread takes the next file; where all are taken, it helps with the one of which most is left.
    """

    def __init__(self, jobs: Sequence[Job], stop: threading.Event) -> None:
        self._jobs = jobs
        self._waiting = deque((0.0, job) for job in jobs)
        """When each is to be looked at, in seconds of the monotonic clock."""

        self._begun: list[Job] = []
        self._shareable = [job for job in jobs if job.may_be_shared]
        self._stop = stop
        self._changing = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for job in self._jobs:
            job.close()

    def __len__(self) -> int:
        return len(self._jobs)

    @property
    def may_be_shared(self) -> bool:
        """Whether more threads than files may have something to do."""
        return bool(self._shareable)

    def serve(self) -> None:
        """Bring files until all are over. Raises StoppedError when interrupted."""
        while True:
            job = self._take() or self._join()
            if job is not None:
                job.work()
                self._conclude(job)
            elif not self._is_anything_left():
                return
            elif self._stop.wait(_PAUSE):
                raise StoppedError

    def _take(self) -> Job | None:
        """A file that nobody fetches, taken up."""
        while (job := self._next_waiting()) is not None:
            if job.begin():
                with self._changing:
                    self._begun.append(job)
                return job
            with self._changing:
                self._waiting.append((time.monotonic() + _PATIENCE, job))
        return None

    def _next_waiting(self) -> Job | None:
        if self._stop.is_set():
            raise StoppedError
        with self._changing:
            if not self._waiting or self._waiting[0][0] > time.monotonic():
                return None
            return self._waiting.popleft()[1]

    def _join(self) -> Job | None:
        """The file that has most to offer to one more connection."""
        with self._changing:
            begun = list(self._begun)
        offers = [(job.on_offer, index) for index, job in enumerate(begun)]
        most, index = max(offers, default=(0, 0))
        return begun[index] if most else None

    def _conclude(self, job: Job) -> None:
        with self._changing:
            is_first = job.is_over and job in self._begun
            if is_first:
                self._begun.remove(job)
        if is_first:
            job.conclude()

    def _is_anything_left(self) -> bool:
        with self._changing:
            return bool(self._waiting) or any(job.may_be_shared for job in self._shareable)
