"""How far a run is, counted from any thread and read from any other."""

import threading
import time
from collections.abc import Callable, Collection, Iterator

from modellock.cli.readings import Condition, FileReading, Reading, Stage, StageReading, Wait
from modellock.cli.speed import Speed

SILENCE = 5.0
"""Seconds without a byte that are worth a word."""

_RATE_SECONDS = 5.0
_LEFT_SECONDS = 30.0
"""How much of the past counts for a rate, and for the time that is left: that shall not dance."""

_SETTLED = 2.0
"""Seconds before which nobody can tell how long it will take."""


class _File:
    def __init__(self, size: int | None, now: float) -> None:
        self.size = size
        self.began = self.heard_at = now
        self.speed = Speed(_RATE_SECONDS, now)
        self.received = self.resumed = self.checked = 0
        self.is_elsewhere = False


class _Stage:
    def __init__(
        self, stage: Stage, now: float, subject: str = "", size: int | None = None
    ) -> None:
        self.stage = stage
        self.began = now
        self.subject = subject
        self.size = size
        self.done = 0


class Tally:
    """Counts what a `Reporter` hears."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._stage: _Stage | None = None
        self._received = self._total = 0
        self._unsized: set[str] = set()
        self._resumed = self._never = 0
        """Bytes that were here before, and those of files that were given up, which never come."""

        self._done = self._failed = self._planned = 0
        self._in_flight: dict[str, _File] = {}
        self._waits: dict[str, tuple[str, float]] = {}
        """By subject: why it waits, and until when."""

        self._heard_at = clock()
        self._speeds: tuple[Speed, Speed] | None = None
        """For the rate, and for the time left; from the first file on."""

        self._began = 0.0

    def enter(self, stage: Stage, subject: str = "", size: int | None = None) -> None:
        """The run comes to a stage; `size` in bytes."""
        with self._lock:
            self._stage = _Stage(stage, self._clock(), subject, size)

    def enlarge(self, stage: Stage, size: int) -> None:
        """So much more belongs to a stage; the run comes to it, where it is not there."""
        with self._lock:
            if self._stage is None or self._stage.stage is not stage:
                self._stage = _Stage(stage, self._clock(), size=0)
            self._stage.size = (self._stage.size or 0) + size

    def achieve(self, stage: Stage, count: int) -> None:
        """So much more of a stage is done, if the run is still there."""
        with self._lock:
            if self._stage is not None and self._stage.stage is stage:
                self._stage.done += count

    def plan(self, files: int, size: int, unsized: Collection[str] = ()) -> None:
        """So many more files and bytes, and the subjects of unknown size among them."""
        with self._lock:
            self._stage = _Stage(Stage.FETCHING, self._clock())
            self._planned += files
            self._total += size
            self._unsized.update(unsized)

    def start(self, subject: str, size: int | None) -> None:
        """A file is on its way."""
        with self._lock:
            now = self._clock()
            if self._speeds is None:
                self._began = self._heard_at = now
                self._speeds = Speed(_RATE_SECONDS, now), Speed(_LEFT_SECONDS, now)
            self._in_flight[subject] = _File(size, now)
            if size is not None and subject in self._unsized:
                self._unsized.remove(subject)
                self._total += size

    def advance(self, subject: str, count: int) -> None:
        """So many more bytes of a file; negative when a try begins anew."""
        with self._lock:
            now, file = self._clock(), self._in_flight.get(subject)
            self._received += count
            if count <= 0:
                self._take(file, count)
                if file is not None:
                    file.checked = 0
                return
            self._heard_at = now
            self._waits.pop(subject, None)
            for speed in self._speeds or ():
                speed.add(count, now)
            if file is not None:
                self._take(file, count)
                file.heard_at = now
                file.speed.add(count, now)

    def resume(self, subject: str, count: int) -> None:
        """So many bytes were here already, and say nothing of the rate."""
        with self._lock:
            self._received += count
            self._resumed += count
            file = self._in_flight.get(subject)
            self._take(file, count)
            if file is not None:
                file.resumed += count

    def wait(self, subject: str, reason: str, seconds: float) -> None:
        """Something is left alone for a while."""
        with self._lock:
            self._waits[subject] = (reason, self._clock() + seconds)

    def leave(self, subject: str, *, elsewhere: bool) -> None:
        """Another process fetches a file, or does so no longer."""
        with self._lock:
            if subject in self._in_flight:
                self._in_flight[subject].is_elsewhere = elsewhere

    def check(self, subject: str, count: int) -> None:
        """So many more bytes of a file that is here were hashed."""
        with self._lock:
            if subject in self._in_flight:
                self._in_flight[subject].checked += count

    def end(self, subject: str, *, done: bool) -> None:
        """A file is here, or given up."""
        with self._lock:
            file = self._in_flight.pop(subject, None)
            self._waits.pop(subject, None)
            self._done += done
            self._failed += not done
            if not done and file is not None and file.size is not None:
                self._never += file.size - file.received

    @property
    def has_begun(self) -> bool:
        """Whether the run came to a stage."""
        return self._stage is not None

    @property
    def is_over(self) -> bool:
        """Whether each file that was planned is here, or given up."""
        with self._lock:
            return self._done + self._failed >= self._planned

    def read(self) -> Reading:
        """The count now."""
        with self._lock:
            return self._reading(self._clock())

    @staticmethod
    def _take(file: _File | None, count: int) -> None:
        if file is not None:
            file.received += count

    def _reading(self, now: float) -> Reading:
        rate, usual = (speed.at(now) for speed in self._speeds or (Speed(1, now), Speed(1, now)))
        return Reading(
            stage=None if self._stage is None else _stage_reading(self._stage, now),
            received=self._received,
            resumed=self._resumed,
            total=self._total,
            unsized=len(self._unsized),
            rate=round(rate),
            seconds_left=self._seconds_left(usual, now),
            seconds=now - self._began if self._speeds else 0.0,
            silent=now - self._heard_at,
            files_done=self._done,
            files_failed=self._failed,
            files_planned=self._planned,
            in_flight=tuple(self._files(now)),
            waits=tuple(self._grouped(now)),
        )

    def _seconds_left(self, rate: float, now: float) -> float | None:
        left = self._total - self._never - self._received
        is_early = self._speeds is None or now - self._began < _SETTLED
        is_silent = now - self._heard_at >= SILENCE
        if is_early or is_silent or self._unsized or left <= 0 or rate < 1:
            return None
        return left / rate

    def _files(self, now: float) -> Iterator[FileReading]:
        for subject, file in self._in_flight.items():
            condition, seconds = self._condition(subject, file, now)
            yield FileReading(
                subject=subject,
                received=file.received,
                size=file.size,
                rate=round(file.speed.at(now)),
                age=now - file.began,
                condition=condition,
                seconds=seconds,
                checked=file.checked,
                resumed=file.resumed,
            )

    def _condition(self, subject: str, file: _File, now: float) -> tuple[Condition, float]:
        if subject in self._waits:
            left = self._waits[subject][1] - now
            return (Condition.WAITING, left) if left > 0 else (Condition.RETRYING, 0.0)
        if file.received == file.size:
            return Condition.CHECKING, 0.0
        if file.is_elsewhere:
            return Condition.ELSEWHERE, 0.0
        silent = now - file.heard_at
        return (Condition.SILENT, silent) if silent >= SILENCE else (Condition.ARRIVING, 0.0)

    def _grouped(self, now: float) -> Iterator[Wait]:
        by_reason: dict[str, list[tuple[str, float]]] = {}
        for subject, (reason, until) in self._waits.items():
            if now < until:
                by_reason.setdefault(reason, []).append((subject, until - now))
        for reason, waiting in by_reason.items():
            yield Wait(
                reason=reason,
                seconds=max(seconds for _, seconds in waiting),
                subjects=tuple(subject for subject, _ in waiting),
            )


def _stage_reading(stage: _Stage, now: float) -> StageReading:
    seconds = now - stage.began
    return StageReading(
        stage=stage.stage,
        subject=stage.subject,
        done=stage.done,
        size=stage.size,
        seconds=seconds,
        # All the while: a file that was hashed counts at once, after a minute without any.
        rate=round(stage.done / seconds) if seconds > 0 else 0,
    )
