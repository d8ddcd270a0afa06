"""The port to upstream: what a source offers, and where the bytes of a locked file come from.

`candidates`: which versions are there. `dated`: of when one is. `within`: whether a spec covers a
revision. `snapshot`: what exactly is one version. `locations`: which places serve a file of it. A
source never chooses; `modellock.decisions.resolution` does.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from modellock.documents.manifest import Spec
from modellock.documents.offers import Candidate, Snapshot


@dataclass(frozen=True, slots=True, kw_only=True)
class Location:
    """One place that serves a file's bytes."""

    url: str
    accept: str | None = None
    """The Accept header that makes this place send bytes, where it needs one."""

    mirror: str | None = None
    """How a mirror is written, of which nothing but the hash of what it sends is trusted, and
    which gets no token; None for the origin itself."""


class Pinned(Protocol):
    """One exact version of an origin, as a locked model has it."""

    @property
    def origin(self) -> str:
        """Repository, URL or path."""
        ...

    @property
    def type(self) -> str:
        """`model` or `dataset`."""
        ...

    @property
    def tag(self) -> str | None:
        """The release's tag, on GitHub."""
        ...

    @property
    def commit(self) -> str | None:
        """The commit, on the Hub."""
        ...


class Source(Protocol):
    """The service that answers for an origin. Safe to use from several threads."""

    def candidates(self, spec: Spec) -> Sequence[Candidate]:
        """Every version on offer, in any order; drafts left out.

        Raises NotFoundError where the repository does not exist, TransientError where nobody
        answers.
        """
        ...

    def dated(
        self, spec: Spec, candidate: Candidate, not_after: datetime | None = None
    ) -> Candidate:
        """The candidate with its time, where this source knows times.

        Of a branch whose newest commit is of after `not_after`, the newest one that is not; where
        even the first is, that one. A tag, a commit or a release comes back whatever its time.
        """
        ...

    def within(self, spec: Spec, revision: str) -> Candidate | None:
        """The commit of a branch, tag or commit, if the revision that is asked for leads there.

        None where it does not. Raises NotFoundError where there is no such revision.
        """
        ...

    def snapshot(self, spec: Spec, candidate: Candidate) -> Snapshot:
        """What exactly one version is. Raises NotFoundError where revision or tag do not exist."""
        ...

    def locations(
        self, pinned: Pinned, path: str, asset_id: int | None = None
    ) -> Sequence[Location]:
        """Where the bytes of one file come from, best first; makes no request."""
        ...
