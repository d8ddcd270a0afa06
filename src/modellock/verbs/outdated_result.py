"""What could move, as a value."""

from dataclasses import dataclass

from modellock.documents.lockfile import LockedModel
from modellock.documents.offers import Candidate
from modellock.errors import ModellockError
from modellock.values.origins import Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelOutlook:
    """Where one pin stands, and where it could go."""

    pinned: LockedModel
    allowed: Candidate
    """The newest within models.toml, and what `update` would choose."""

    newest: Candidate
    """The newest at all: whatever bounds and ages models.toml wants."""

    to_fetch: int = 0
    """Bytes that `allowed` has and the pinned version does not."""

    @property
    def is_outdated(self) -> bool:
        """Whether `update` would move the pin."""
        return not is_pinned(self.pinned, self.allowed)

    @property
    def is_left_behind(self) -> bool:
        """Whether there is something newer than models.toml allows."""
        return not is_same(self.pinned.kind, self.allowed, self.newest)


@dataclass(frozen=True, slots=True, kw_only=True)
class OutdatedResult:
    """What upstream offers beside what is pinned."""

    models: tuple[ModelOutlook, ...]
    """By name; those that were asked about with success."""

    untold: tuple[str, ...]
    """Models of which nothing but their bytes could tell: URLs and local directories."""

    findings: tuple[ModellockError, ...]
    """Models that could not be asked about, or are not what they were."""

    @property
    def is_outdated(self) -> bool:
        """Whether any pin could move."""
        return any(model.is_outdated for model in self.models)


def is_pinned(pinned: LockedModel, candidate: Candidate) -> bool:
    """Whether a candidate is the version that is pinned."""
    if pinned.kind is Kind.HUB:
        return candidate.commit == pinned.commit
    return candidate.tag == pinned.tag


def is_same(kind: Kind, one: Candidate, other: Candidate) -> bool:
    """Whether two candidates are one version."""
    return one.commit == other.commit if kind is Kind.HUB else one.tag == other.tag
