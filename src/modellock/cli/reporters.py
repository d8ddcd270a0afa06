"""The reporter for logs; `events` has the one for programs, `progress` the one for terminals."""

import time
from collections.abc import Callable, Iterator

from modellock.cli.counting import CountingReporter
from modellock.cli.progress_words import (
    failed_words,
    fetched_words,
    left_words,
    rate_words,
    stage_title,
    stage_words,
    total_of,
)
from modellock.cli.readings import Condition, FileReading, Reading, Stage, StageReading
from modellock.cli.terminal import YELLOW, Terminal, write_err
from modellock.values.wording import count_words, size_words, visible

LARGE = 10_000_000
"""Bytes from which a file is worth a line of its own, if it takes time."""

_QUICK = 2.0
"""Seconds; what takes no longer is over before anybody has read of it."""

_OFTEN = 10.0
"""Seconds between two lines."""

_LOOK = 0.5


class LineReporter(CountingReporter):
    """Plain lines on stderr, few enough for a CI log."""

    def __init__(
        self,
        terminal: Terminal,
        *,
        progress: bool = True,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(clock)
        self._terminal = terminal
        self._progress = progress
        self._clock = clock
        self._look_at = 0.0
        self._line_at: float | None = None
        self._is_amid_files = False
        """Whether the last line was about files that are fetched."""

        self._told: set[str] = set()
        """What had its first line."""

        self._waits_told: dict[str, float] = {}
        """By reason, until when it needs no further line; several files wait for one server."""

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

    def pulse(self) -> None:  # noqa: D102
        now = self._clock()
        is_last = self._is_amid_files and self.tally.is_over
        if self._progress and (now >= self._look_at or is_last):
            self._look_at = now + _LOOK
            self._look(self.tally.read(), now)

    def resolving(self, model: str) -> None:  # noqa: D102
        super().resolving(model)
        self.detail(f"Resolving {model}")

    def placed(self, model: str) -> None:  # noqa: D102
        self.detail(f"Placed {model}")

    def fetch_waiting(self, subject: str, reason: str, seconds: float) -> None:  # noqa: D102
        super().fetch_waiting(subject, reason, seconds)
        now = self._clock()
        if self._waits_told.get(reason, now) <= now:
            self._waits_told[reason] = now + max(seconds, _OFTEN)
            self.line(waiting_words(subject, reason, seconds) + "\n")

    def fetch_finished(self, subject: str) -> None:  # noqa: D102
        super().fetch_finished(subject)
        self.detail(f"Fetched {subject}")

    def fetch_failed(self, subject: str, reason: str) -> None:  # noqa: D102
        super().fetch_failed(subject, reason)
        self.detail(f"Gave up {subject}: {reason}")

    def _look(self, reading: Reading, now: float) -> None:
        stage = reading.stage
        if stage is None:
            return
        if self._line_at is None:
            self._line_at = now + _OFTEN
        for subject, line in beginnings(reading, stage):
            if subject not in self._told:
                self._told.add(subject)
                self.line(f"{line}\n")
        is_over = stage.stage is Stage.FETCHING and reading.is_over
        if is_over and self._is_amid_files:
            self._is_amid_files = False
            self.line(f"{end_words(reading)}\n")
        elif now >= self._line_at and stage.seconds >= _QUICK and not is_over:
            self._is_amid_files = stage.stage is Stage.FETCHING
            self._line_at = now + _OFTEN
            self.line(f"{line_words(reading, stage)}\n")


def beginnings(reading: Reading, stage: StageReading) -> Iterator[tuple[str, str]]:
    """What is worth a line by now, and that line: what has begun, and is large, and takes time."""
    if stage.seconds < _QUICK:
        return
    if stage.stage is Stage.FETCHING:
        yield from _beginnings_of_files(reading)
    elif stage.stage is not Stage.RESOLVING:
        size = "" if stage.size is None else f" {size_words(stage.size)}"
        yield f"{stage.stage} {stage.subject}", f"{stage_title(stage)}{size}"


def _beginnings_of_files(reading: Reading) -> Iterator[tuple[str, str]]:
    files, total = reading.files_planned, total_of(reading)
    if not reading.is_over and (total is None or total >= LARGE):
        size = "" if total is None else f" ({size_words(total)})"
        yield f"{files} files", f"Fetching {count_words(files, 'file')}{size}"
    for file in reading.in_flight:
        if file.age >= _QUICK and (file.size is None or file.size >= LARGE):
            yield file.subject, _beginning_of(file)


def _beginning_of(file: FileReading) -> str:
    if file.condition is Condition.ELSEWHERE:
        return f"{visible(file.subject)}: another process fetches it"
    size = "" if file.size is None else size_words(file.size)
    here = f"{size_words(file.resumed)} were here" if file.resumed else ""
    known = ", ".join(filter(None, (size, here)))
    return f"Fetching {visible(file.subject)}" + (f" ({known})" if known else "")


def line_words(reading: Reading, stage: StageReading) -> str:
    """How far it is."""
    if stage.stage is Stage.FETCHING:
        return fetched_words(reading)
    return f"{stage_title(stage)}: {stage_words(stage) or left_words(stage.seconds) + ' so far'}"


def end_words(reading: Reading) -> str:
    """`Fetched 4.5 GB in 2 min, 37.5 MB/s`."""
    arrived = reading.received - reading.resumed
    amount = size_words(arrived) + failed_words(reading)
    rate = rate_words(round(arrived / max(reading.seconds, 1.0)))
    return f"Fetched {amount} in {left_words(reading.seconds)}, {rate}"


def waiting_words(subject: str, reason: str, seconds: float) -> str:
    """Why nothing arrives, and for how long."""
    return f"Waiting {round(seconds, 1):g} s for {visible(subject)}: {visible(reason)}"
