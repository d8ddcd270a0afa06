"""How far a run is at one moment."""

from dataclasses import dataclass
from enum import StrEnum


class Condition(StrEnum):
    """What is the matter with a file that is on its way."""

    ARRIVING = "arriving"

    SILENT = "silent"
    """Nothing of it has come for a while, and nobody said why."""

    WAITING = "waiting"
    """It is left alone for a while, on purpose."""

    RETRYING = "retrying"
    """It is asked for again, and nothing of it has come since."""

    ELSEWHERE = "elsewhere"
    """Another process fetches it."""

    CHECKING = "checking"
    """All of it is here, and not hashed to its end."""


class Stage(StrEnum):
    """What a run is at, on top of fetching."""

    RESOLVING = "resolving"
    FETCHING = "fetching"
    UNPACKING = "unpacking"
    PLACING = "placing"
    HASHING = "hashing"


@dataclass(frozen=True, slots=True, kw_only=True)
class FileReading:
    """One file on its way."""

    subject: str
    received: int
    """Bytes."""

    size: int | None
    """Bytes; None where nobody knows."""

    rate: int
    """Bytes a second."""

    age: float
    """Seconds since it began."""

    condition: Condition
    seconds: float
    """For which it has been silent, or is still to wait; else 0."""

    checked: int
    """Bytes that were hashed after all were here."""

    resumed: int
    """Bytes that were here before."""

    @property
    def seconds_left(self) -> float | None:
        """Until all bytes are here; None where nobody can tell."""
        if self.size is None or self.rate == 0 or self.condition is not Condition.ARRIVING:
            return None
        return max(0, self.size - self.received) / self.rate


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """Why something is left alone."""

    reason: str
    seconds: float
    """For which it still is."""

    subjects: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StageReading:
    """How far the present stage is."""

    stage: Stage
    subject: str
    """The model or the archive; empty where it is about many."""

    done: int
    """Models of the first stage; bytes of all others."""

    size: int | None
    """The same, in all; None where nobody knows."""

    seconds: float
    """Since it began."""

    rate: int
    """Bytes a second, since it began."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """All fetches of a run at one moment, and the stage it is at."""

    stage: StageReading | None
    received: int
    """Bytes of all files, those in flight among them."""

    resumed: int
    """Those that were here before."""

    total: int
    """Bytes planned, as far as sizes are known."""

    unsized: int
    """Files planned of which nobody knows a size yet."""

    rate: int
    """Bytes a second."""

    seconds_left: float | None
    """None where nobody can tell: at the beginning, or while nothing comes."""

    seconds: float
    """Since the first file began."""

    silent: float
    """Seconds since anything of any file came."""

    files_done: int
    files_failed: int
    files_planned: int
    in_flight: tuple[FileReading, ...]
    """In the order in which they began."""

    waits: tuple[Wait, ...]

    @property
    def is_over(self) -> bool:
        """Whether each file is here, or given up."""
        return self.files_done + self.files_failed >= self.files_planned

    @property
    def is_checking(self) -> bool:
        """Whether all bytes are here that are to come, and are looked at once more."""
        flying = self.in_flight
        are_last = self.files_done + self.files_failed + len(flying) >= self.files_planned
        is_whole = all(one.condition is Condition.CHECKING for one in flying)
        return bool(flying) and are_last and is_whole

    @property
    def is_waiting(self) -> bool:
        """Whether nothing comes, for a reason that is known."""
        return bool(self.waits) and self.silent >= 1
