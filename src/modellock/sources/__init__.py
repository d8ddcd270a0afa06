"""The port to upstream: what a source offers, and how to open one.

A source answers three questions. `candidates`: which versions are there. `snapshot`: what exactly is one of them.
`locations`: where do the bytes of a locked file come from. It never chooses; `modellock.resolution` does.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from modellock.lockfile import LockedFile, LockedModel
from modellock.manifest import Spec
from modellock.offers import Candidate, Snapshot


@dataclass(frozen=True, slots=True, kw_only=True)
class Location:
    """One place that serves a file's bytes."""

    url: str
    accept: str | None = None
    """The Accept header that makes this place send bytes, where it needs one."""


class Source(Protocol):
    """The service that answers for an origin. Safe to use from several threads."""

    def candidates(self, spec: Spec) -> Sequence[Candidate]:
        """Every version on offer, in any order; drafts left out.

        Raises NotFoundError where the repository does not exist, TransientError where nobody answers.
        """
        ...

    def snapshot(self, spec: Spec, candidate: Candidate) -> Snapshot:
        """What exactly one version is. Raises NotFoundError where revision or tag do not exist."""
        ...

    def locations(self, model: LockedModel, file: LockedFile) -> Sequence[Location]:
        """Where a locked file's bytes come from, best first; makes no request."""
        ...
