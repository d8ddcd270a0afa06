"""The reporter for programs: one JSON object a line on stderr; `event` says which."""

import threading
import time
from collections.abc import Callable, Collection, Mapping

from modellock.cli.counting import CountingReporter
from modellock.cli.readings import Reading, Stage, StageReading
from modellock.cli.terminal import one_line, write_err

EVERY = 0.5
"""Seconds between two events of progress."""


class EventReporter(CountingReporter):
    """Writes events from any thread, each as a whole."""

    def __init__(self, *, verbose: bool, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(clock)
        self._verbose = verbose
        self._clock = clock
        self._writing = threading.Lock()
        self._due_at = clock() + EVERY
        self._is_amid_files = False

    def pulse(self) -> None:  # noqa: D102
        now = self._clock()
        is_last = self._is_amid_files and self.tally.is_over
        if now < self._due_at and not is_last:
            return
        self._due_at = now + EVERY
        reading = self.tally.read()
        stage = reading.stage
        if stage is None or stage.stage is Stage.RESOLVING:
            return
        if stage.stage is not Stage.FETCHING:
            self._tell("working", **_work(stage))
        elif is_last or not reading.is_over:
            self._is_amid_files = not is_last
            self._tell("progress", **_figures(reading))

    def note(self, message: str) -> None:  # noqa: D102
        self._tell("note", message=message)

    def warning(self, message: str, *, hint: str | None = None) -> None:  # noqa: D102
        self._tell("warning", message=message, hint=hint)

    def detail(self, message: str) -> None:  # noqa: D102
        if self._verbose:
            self._tell("detail", message=message)

    def resolving(self, model: str) -> None:  # noqa: D102
        super().resolving(model)
        self._tell("resolving", model=model)

    def resolved(self, model: str) -> None:  # noqa: D102
        super().resolved(model)
        self._tell("resolved", model=model)

    def fetches_planned(  # noqa: D102
        self, files: int, size: int, *, unsized: Collection[str] = ()
    ) -> None:
        super().fetches_planned(files, size, unsized=unsized)
        self._tell("fetches-planned", files=files, size=size, unsized=len(unsized))

    def fetch_started(self, subject: str, size: int | None, *, model: str) -> None:  # noqa: D102
        super().fetch_started(subject, size, model=model)
        self._tell("fetch-started", model=model, subject=subject, size=size)

    def fetch_resumed(self, subject: str, count: int) -> None:  # noqa: D102
        super().fetch_resumed(subject, count)
        if count > 0:
            self._tell("fetch-resumed", subject=subject, size=count)

    def fetch_waiting(self, subject: str, reason: str, seconds: float) -> None:  # noqa: D102
        super().fetch_waiting(subject, reason, seconds)
        self._tell("fetch-waiting", subject=subject, reason=reason, seconds=round(seconds, 1))

    def fetch_awaited(self, subject: str) -> None:  # noqa: D102
        super().fetch_awaited(subject)
        self._tell("fetch-awaited", subject=subject)

    def fetch_taken_up(self, subject: str) -> None:  # noqa: D102
        super().fetch_taken_up(subject)
        self._tell("fetch-taken-up", subject=subject)

    def fetch_finished(self, subject: str) -> None:  # noqa: D102
        super().fetch_finished(subject)
        self._tell("fetch-finished", subject=subject)

    def fetch_failed(self, subject: str, reason: str) -> None:  # noqa: D102
        super().fetch_failed(subject, reason)
        self._tell("fetch-failed", subject=subject, reason=reason)

    def unpacking(self, subject: str, size: int, *, model: str) -> None:  # noqa: D102
        super().unpacking(subject, size, model=model)
        self._tell("unpacking", model=model, subject=subject, size=size)

    def placing(self, model: str) -> None:  # noqa: D102
        super().placing(model)
        self._tell("placing", model=model)

    def placed(self, model: str) -> None:  # noqa: D102
        self._tell("placed", model=model)

    def hashing(self, files: int, size: int) -> None:  # noqa: D102
        super().hashing(files, size)
        self._tell("hashing", files=files, size=size)

    def _tell(self, event: str, **fields: object) -> None:
        with self._writing:
            write_err(one_line({"event": event, **fields}))


def _figures(reading: Reading) -> Mapping[str, object]:
    return {
        "received": reading.received,
        "total": reading.total,
        "rate": reading.rate,
        "seconds_left": None if reading.seconds_left is None else round(reading.seconds_left, 1),
        "silent": round(reading.silent, 1),
        "files_done": reading.files_done,
        "files_failed": reading.files_failed,
        "files": reading.files_planned,
        "in_flight": [
            {
                "subject": file.subject,
                "received": file.received,
                "size": file.size,
                "rate": file.rate,
                "condition": file.condition,
                "seconds": round(file.seconds, 1),
                "checked": file.checked,
            }
            for file in reading.in_flight
        ],
        "waiting": [
            {"reason": wait.reason, "seconds": round(wait.seconds, 1), "subjects": wait.subjects}
            for wait in reading.waits
        ],
    }


def _work(stage: StageReading) -> Mapping[str, object]:
    return {
        "stage": stage.stage,
        "subject": stage.subject,
        "done": stage.done,
        "size": stage.size,
        "rate": stage.rate,
        "seconds": round(stage.seconds, 1),
    }
