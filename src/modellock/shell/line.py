"""Large files in a line: each connection takes the next one, and files of others are waited for."""

import threading
from collections import deque
from collections.abc import Sequence
from types import TracebackType
from typing import Protocol, Self

from modellock.shell.crew import StoppedError

PAUSE = 0.1
"""Seconds between two looks at files that another process fetches."""


class Job(Protocol):
    """A file to fetch."""

    @property
    def is_over(self) -> bool:
        """Whether nothing is to be done any more."""
        ...

    def begin(self) -> bool:
        """Take it up; False while another process has it."""
        ...

    def work(self) -> None:
        """Bring it over one connection."""
        ...

    def conclude(self) -> None:
        """Tell how it ended."""
        ...

    def close(self) -> None:
        """Let go of it, wherever it stands."""
        ...


class Line:
    """Files, and the threads that serve them. Closes them by its `with` statement."""

    def __init__(self, jobs: Sequence[Job], stop: threading.Event) -> None:
        self._jobs = jobs
        self._waiting = deque(jobs)
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

    def serve(self) -> None:
        """Bring files until none is left to take. Raises StoppedError when interrupted."""
        passed = 0
        while (job := self._take()) is not None:
            if job.begin():
                passed = 0
                job.work()
                job.conclude()
                continue
            with self._changing:
                self._waiting.append(job)
                passed += 1
                is_round = passed >= len(self._waiting)
            if is_round:
                passed = 0
                self._pause()

    def _take(self) -> Job | None:
        if self._stop.is_set():
            raise StoppedError
        with self._changing:
            return self._waiting.popleft() if self._waiting else None

    def _pause(self) -> None:
        if self._stop.wait(PAUSE):
            raise StoppedError
