"""What became of the files of others that were looked at for a store."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Fate(StrEnum):
    """What became of one file that was read."""

    LINKED = "linked"
    """Its inode is the store's, too."""

    CLONED = "cloned"
    COPIED = "copied"
    FITS = "fits"
    """It would have been taken over."""

    HERE = "here"
    """The store had its bytes, or gets them from another file."""

    OTHER = "other"
    """As large as a locked file, with other bytes."""

    CHANGED = "changed"
    """It was written to meanwhile, or may not be read."""


TAKEN = (Fate.LINKED, Fate.CLONED, Fate.COPIED, Fate.FITS)


@dataclass(frozen=True, slots=True, kw_only=True)
class AdoptedFrom:
    """What one directory gave."""

    directory: str
    """Absolute."""

    seen: int = 0
    """Regular files in it; one that an earlier directory has, too, counts there."""

    fates: Mapping[Fate, int] = field(default_factory=dict)
    """Files that were read, by what became of them."""

    size: int = 0
    """Bytes of those that were taken over, or would be."""

    @property
    def files(self) -> int:
        """How many were taken over, or would be."""
        return sum(self.fates.get(fate, 0) for fate in TAKEN)


@dataclass(frozen=True, slots=True, kw_only=True)
class AdoptResult:
    """What a store took over, or would."""

    dry_run: bool
    directories: tuple[AdoptedFrom, ...]
    unread: tuple[str, ...]
    """Full paths of directories that may not be read."""

    lacked: Mapping[str, int] | None
    """What was looked for: bytes by `<model>/<path>`; None where everything is taken over."""

    lacking: Mapping[str, int]
    """What of that is still to fetch."""

    @property
    def files(self) -> int:
        """How many were taken over, or would be."""
        return sum(one.files for one in self.directories)

    @property
    def size(self) -> int:
        """Bytes of these."""
        return sum(one.size for one in self.directories)
