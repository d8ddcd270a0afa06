"""A call that a program follows: how far it is, and whether the program wants it to end."""

import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import NoReturn, Protocol, Self

from modellock.cli.counting import CountingReporter
from modellock.errors import CancelledError
from modellock.shell.crew import StoppedError

EVERY = 0.09
"""Seconds between two calls back; a little less than between two pulses, so that none is missed."""


class Cancel(Protocol):
    """What ends a call early: a `threading.Event`, or anything else that can be asked."""

    def is_set(self) -> bool:
        """Whether the call is to end; asked about ten times a second, in the calling thread."""
        ...


class Phase(StrEnum):
    """What a call is at."""

    RESOLVING = "resolving"
    """Upstream is asked about models."""

    FETCHING = "fetching"
    """Files arrive."""

    UNPACKING = "unpacking"
    """Files come out of archives, or of parts."""

    PLACING = "placing"
    """Files are put where the project wants them: linked, or copied."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileProgress:
    """One file on its way."""

    model: str
    file: str
    """Its path in the model, as upstream has it."""

    received: int
    """Bytes; fewer than before where a try had to begin anew."""

    size: int | None
    """Bytes of the whole file; None where nobody knows yet, which only happens in `lock`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a call is at one moment: all there is to show, so that one that is missed is no loss.

    `total` and `files` are known before the first byte arrives.
    """

    phase: Phase
    model: str | None
    """What is resolved, unpacked or placed, or the model of the first file of `in_flight`."""

    received: int
    """Bytes of all files that are fetched, those in flight among them; fewer than before where a
    try had to begin anew."""

    total: int
    """Bytes to be fetched. `lock` counts the files whose sizes are known."""

    rate: int
    """Bytes a second, on average over the last few; 0 where nothing is fetched."""

    seconds_left: float | None
    """Until all is fetched; None where nobody can tell, as at the beginning."""

    files_done: int
    """How many files are fetched and right."""

    files: int
    """How many are to be fetched."""

    in_flight: tuple[FileProgress, ...]
    """The files on their way, in the order in which they began."""

    waiting: str | None
    """Why a server is left alone for a while, in words for a person; None while none is."""


class Follower(CountingReporter):
    """Turns what a verb tells from any thread into calls back in the one that called the verb.

    The `with` statement around the verb raises CancelledError, or what the call back raised.
    """

    def __init__(
        self, progress: Callable[[Progress], object] | None, cancel: Cancel | None
    ) -> None:
        super().__init__()
        self._progress = progress
        self._cancel = cancel
        self._phase: Phase | None = None
        self._model: str | None = None
        self._model_of: dict[str, str] = {}
        """By subject."""

        self._told: Progress | None = None
        self._told_at = 0.0
        self._fault: Exception | None = None
        """What the call back raised."""

        self.warnings: list[str] = []

    def __enter__(self) -> Self:
        if self._is_cancelled():
            raise _cancelled()
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        if not isinstance(error, StoppedError):
            return
        if self._fault is None:
            raise _cancelled() from None
        _raise_as_it_is(self._fault)

    def pulse(self) -> None:  # noqa: D102
        self._stop_if_cancelled()
        if self._progress is None or self._phase is None:
            return
        progress = self._reading(self._phase)
        if self._is_worth_telling(progress):
            self._told, self._told_at = progress, time.monotonic()
            self._tell(self._progress, progress)
            self._stop_if_cancelled()

    def _stop_if_cancelled(self) -> None:
        if self._is_cancelled():
            raise StoppedError

    def _is_cancelled(self) -> bool:
        return self._cancel is not None and bool(self._cancel.is_set())

    def _tell(self, hear: Callable[[Progress], object], progress: Progress) -> None:
        try:
            hear(progress)
        except Exception as fault:
            # Verbs collect errors of single models; this one is of the whole call.
            self._fault = fault
            raise StoppedError from fault

    def warning(self, message: str, *, hint: str | None = None) -> None:  # noqa: D102
        self.warnings.append(message if hint is None else f"{message} ({hint})")

    def resolving(self, model: str) -> None:  # noqa: D102
        self._phase, self._model = Phase.RESOLVING, model

    def unpacking(self, subject: str, size: int, *, model: str) -> None:  # noqa: D102
        del subject, size
        self._phase, self._model = Phase.UNPACKING, model

    def placing(self, model: str) -> None:  # noqa: D102
        self._phase, self._model = Phase.PLACING, model
        self.pulse()

    def fetches_planned(  # noqa: D102
        self, files: int, size: int, *, unsized: Collection[str] = ()
    ) -> None:
        super().fetches_planned(files, size, unsized=unsized)
        if files:
            self._phase = Phase.FETCHING

    def fetch_started(self, subject: str, size: int | None, *, model: str) -> None:  # noqa: D102
        self._model_of[subject] = model
        super().fetch_started(subject, size, model=model)

    def _is_worth_telling(self, progress: Progress) -> bool:
        """The first of a phase, the one with all files, each model, and else one in a while."""
        told = self._told
        if told is None or progress == told:
            return told is None
        is_news = (
            told.phase is not progress.phase
            or (progress.phase is Phase.PLACING and told.model != progress.model)
            or progress.files_done == progress.files > told.files_done
        )
        return is_news or time.monotonic() - self._told_at >= EVERY

    def _reading(self, phase: Phase) -> Progress:
        count = self.tally.read()
        files = tuple(
            FileProgress(
                model=self._model_of[file.subject],
                file=file.subject.removeprefix(f"{self._model_of[file.subject]}/"),
                received=file.received,
                size=file.size,
            )
            for file in count.in_flight
        )
        is_fetching = phase is Phase.FETCHING
        return Progress(
            phase=phase,
            model=(files[0].model if files else None) if is_fetching else self._model,
            received=count.received,
            total=count.total,
            rate=count.rate if is_fetching else 0,
            seconds_left=count.seconds_left if is_fetching else None,
            files_done=count.files_done,
            files=count.files_planned,
            in_flight=files,
            waiting=count.waits[0].reason if count.waits else None,
        )


def _cancelled() -> CancelledError:
    return CancelledError(
        "cancelled: nothing unfinished is visible, and what had arrived is kept: "
        "the next call goes on from there"
    )


def _raise_as_it_is(fault: Exception) -> NoReturn:
    """Raise it with the cause and the context that it has: those are the program's own."""
    context, is_suppressed = fault.__context__, fault.__suppress_context__
    try:
        raise fault
    finally:
        fault.__context__, fault.__suppress_context__ = context, is_suppressed
