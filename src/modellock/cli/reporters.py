"""Reporters for logs, for programs and for silence; the one for terminals is in `progress`."""

import threading
import time
from collections.abc import Mapping

from modellock.cli.tally import Reading, Tally
from modellock.cli.terminal import YELLOW, Terminal, one_line, write_err
from modellock.ports.reporting import Reporter
from modellock.values.wording import age_words, count_words, size_words, visible

LARGE = 10_000_000
"""Bytes from which a file is worth a line of its own."""

EVERY = 10.0
"""Seconds between two lines of progress in a log."""

EVENTS_EVERY = 0.5
"""Seconds between two events of progress."""


class LineReporter(Reporter):
    """Plain lines on stderr, few enough for a CI log."""

    def __init__(self, terminal: Terminal, *, progress: bool = True) -> None:
        self._terminal = terminal
        self._progress = progress
        self._tally = Tally(EVERY)
        self._waiting_until: dict[str, float] = {}
        """By reason; several files wait for one server at once, and one line says so."""

    def line(self, text: str) -> None:
        """Print one line, or several."""
        write_err(text)

    def note(self, message: str) -> None:  # noqa: D102
        self.line(f"{visible(message)}\n")

    def warning(self, message: str, *, hint: str | None = None) -> None:  # noqa: D102
        self.line(self._terminal.told("warning", YELLOW, message, hint))

    def detail(self, message: str) -> None:  # noqa: D102
        if self._terminal.verbose:
            self.line(f"{visible(message)}\n")

    def resolving(self, model: str) -> None:  # noqa: D102
        self.detail(f"Resolving {model}")

    def placed(self, model: str) -> None:  # noqa: D102
        self.detail(f"Placed {model}")

    def fetches_planned(self, files: int, size: int) -> None:  # noqa: D102
        self._tally.plan(files, size)
        if size >= LARGE:
            self._tell(f"Fetching {count_words(files, 'file')} ({size_words(size)})")

    def fetch_started(self, subject: str, size: int | None, *, model: str) -> None:  # noqa: D102
        del model
        self._tally.start(subject, size)
        if size is not None and size >= LARGE:
            self._tell(f"Fetching {visible(subject)} ({size_words(size)})")

    def fetch_advanced(self, subject: str, count: int) -> None:  # noqa: D102
        self._tally.advance(subject, count)
        reading = self._tally.due()
        if reading is not None:
            self._tell(progress_words(reading))

    def fetch_resumed(self, subject: str, count: int) -> None:  # noqa: D102
        self._tally.resume(subject, count)

    def fetch_waiting(self, subject: str, reason: str, seconds: float) -> None:  # noqa: D102
        now = time.monotonic()
        if self._waiting_until.get(reason, now) <= now:
            self._waiting_until[reason] = now + seconds
            self.line(waiting_words(subject, reason, seconds) + "\n")

    def fetch_finished(self, subject: str) -> None:  # noqa: D102
        self._tally.end(subject, done=True)
        self.detail(f"Fetched {subject}")

    def fetch_failed(self, subject: str, reason: str) -> None:  # noqa: D102
        self._tally.end(subject, done=False)
        self.detail(f"Gave up {subject}: {reason}")

    def unpacking(self, subject: str, size: int, *, model: str) -> None:  # noqa: D102
        del model
        text = f"Unpacking {visible(subject)} ({size_words(size)})"
        if size >= LARGE:
            self._tell(text)
        else:
            self.detail(text)

    def _tell(self, text: str) -> None:
        if self._progress:
            self.line(f"{text}\n")


class EventReporter(Reporter):
    """One JSON object a line on stderr; `event` says which."""

    def __init__(self, *, verbose: bool) -> None:
        self._verbose = verbose
        self._tally = Tally(EVENTS_EVERY)
        self._writing = threading.Lock()

    def note(self, message: str) -> None:  # noqa: D102
        self._tell("note", message=message)

    def warning(self, message: str, *, hint: str | None = None) -> None:  # noqa: D102
        self._tell("warning", message=message, hint=hint)

    def detail(self, message: str) -> None:  # noqa: D102
        if self._verbose:
            self._tell("detail", message=message)

    def resolving(self, model: str) -> None:  # noqa: D102
        self._tell("resolving", model=model)

    def resolved(self, model: str) -> None:  # noqa: D102
        self._tell("resolved", model=model)

    def fetches_planned(self, files: int, size: int) -> None:  # noqa: D102
        self._tally.plan(files, size)
        self._tell("fetches-planned", files=files, size=size)

    def fetch_started(self, subject: str, size: int | None, *, model: str) -> None:  # noqa: D102
        self._tally.start(subject, size)
        self._tell("fetch-started", model=model, subject=subject, size=size)

    def fetch_advanced(self, subject: str, count: int) -> None:  # noqa: D102
        self._tally.advance(subject, count)
        reading = self._tally.due()
        if reading is not None:
            self._tell("progress", **_figures(reading))

    def fetch_resumed(self, subject: str, count: int) -> None:  # noqa: D102
        self._tally.resume(subject, count)
        if count > 0:
            self._tell("fetch-resumed", subject=subject, size=count)

    def fetch_waiting(self, subject: str, reason: str, seconds: float) -> None:  # noqa: D102
        self._tell("fetch-waiting", subject=subject, reason=reason, seconds=round(seconds, 1))

    def fetch_finished(self, subject: str) -> None:  # noqa: D102
        self._tally.end(subject, done=True)
        self._tell("fetch-finished", subject=subject)

    def fetch_failed(self, subject: str, reason: str) -> None:  # noqa: D102
        self._tally.end(subject, done=False)
        self._tell("fetch-failed", subject=subject, reason=reason)

    def unpacking(self, subject: str, size: int, *, model: str) -> None:  # noqa: D102
        self._tell("unpacking", model=model, subject=subject, size=size)

    def placed(self, model: str) -> None:  # noqa: D102
        self._tell("placed", model=model)

    def _tell(self, event: str, **fields: object) -> None:
        with self._writing:
            write_err(one_line({"event": event, **fields}))


def progress_words(reading: Reading) -> str:
    """`Fetched 1.2 GB of 4.5 GB, 118.2 MB/s, 28 s left`."""
    done = f"Fetched {size_words(reading.received)} of {size_words(reading.total)}"
    left = "" if reading.seconds_left is None else f", {left_words(reading.seconds_left)} left"
    return f"{done}, {size_words(int(reading.rate))}/s{left}"


def left_words(seconds: float) -> str:
    """`28 s`, `3 minutes`, `2 hours`."""
    return f"{seconds:.0f} s" if seconds < 60 else age_words(seconds)


def waiting_words(subject: str, reason: str, seconds: float) -> str:
    """Why nothing arrives, and for how long."""
    return f"Waiting {round(seconds, 1):g} s for {visible(subject)}: {visible(reason)}"


def _figures(reading: Reading) -> Mapping[str, object]:
    return {
        "received": reading.received,
        "total": reading.total,
        "rate": round(reading.rate),
        "seconds_left": None if reading.seconds_left is None else round(reading.seconds_left, 1),
        "files_done": reading.files_done,
        "files": reading.files_planned,
        "in_flight": [
            {"subject": subject, "received": received, "size": size}
            for subject, (received, size) in reading.in_flight.items()
        ],
    }
