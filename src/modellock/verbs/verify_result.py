"""What `verify` found."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from modellock.values.digest import Digest


class Trouble(StrEnum):
    """What is wrong with a file."""

    MISSING = "missing"
    OLD = "old"
    """Of an earlier lock."""

    MODIFIED = "modified"
    """Edited, or not ours and in the way."""

    DAMAGED = "damaged"
    """Other bytes where a stat says that nothing changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A file that is not what was locked."""

    model: str
    path: str
    """Absolute: of a placed file, or of where a damaged blob was moved to."""

    trouble: Trouble
    expected: Digest | None
    """None for a file that should not be there."""

    received: Digest | None = None
    """Where it was hashed."""

    is_stored: bool = False
    """Whether it is a blob of the store, and no placed file."""

    def __str__(self) -> str:
        expected = "" if self.expected is None else f": expected {self.expected}"
        received = "" if self.received is None else f", received {self.received}"
        return f"{self.model}: {self.path} is {self.trouble}{expected}{received}"


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyResult:
    """What was looked at and what is wrong with it."""

    models: int
    files: int
    size: int
    """Bytes of these files."""

    deep: bool
    """Whether the bytes were hashed."""

    blobs: int = 0
    """How many of the store's blobs were hashed, besides those that placed files share."""

    faults: tuple[Fault, ...] = ()
    """What was found, also where it is repaired by now."""

    mixed: tuple[str, ...] = ()
    """Models that show two versions, because a switch was interrupted."""

    hashed_at: int | None = None
    """When the longest unhashed of the placed files was last hashed: seconds since the epoch."""

    is_repaired: bool = False
    """Whether nothing of what was found is left."""

    fetches: Mapping[str, int] = field(default_factory=dict)
    """Files of which something was fetched for that: their bytes, by `<model>/<path>`."""

    kept: tuple[str, ...] = ()
    """Full paths of edited files that were kept beside what is placed."""

    warnings: tuple[str, ...] = ()
    """What a program's call would else leave unsaid; the command says it as it comes."""

    @property
    def is_whole(self) -> bool:
        """Whether every file is what was locked."""
        return self.is_repaired or not self.faults

    @property
    def is_damaged(self) -> bool:
        """Whether bytes changed behind everybody's back."""
        damaged = any(fault.trouble is Trouble.DAMAGED for fault in self.faults)
        return damaged and not self.is_repaired


def joined(results: Sequence[VerifyResult]) -> VerifyResult:
    """One result of what was looked at in several targets."""
    times = [one.hashed_at for one in results if one.hashed_at is not None]
    return replace(
        results[0],
        models=sum(one.models for one in results),
        files=sum(one.files for one in results),
        size=sum(one.size for one in results),
        blobs=sum(one.blobs for one in results),
        faults=tuple(fault for one in results for fault in one.faults),
        mixed=tuple(name for one in results for name in one.mixed),
        hashed_at=min(times, default=None),
    )
