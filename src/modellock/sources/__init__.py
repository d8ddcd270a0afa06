"""The port to upstream: what a source offers, and how to open one.

A source answers three questions. `candidates`: which versions are there. `snapshot`: what exactly is one of them.
`locations`: where do the bytes of a locked file come from. It never chooses; `modellock.resolution` does.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from modellock.digest import Digest
from modellock.lockfile import LockedFile, LockedModel
from modellock.manifest import Spec


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One version that a source offers; what a source cannot know without another request is None."""

    revision: str | None = None
    """What to ask the Hub for: branch, tag or commit."""

    tag: str | None = None
    version: str | None = None
    """The tag without its prefix, where it is a PEP 440 version; filled in by whoever chooses."""

    commit: str | None = None
    published: datetime | None = None
    prerelease: bool = False
    """Marked so by the publisher."""

    rank: int = 0
    """Breaks ties between equal versions and dates: GitHub's release id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferedFile:
    """A file of a snapshot, with what upstream says of it."""

    path: str
    """As upstream spells it; not yet checked to be safe."""

    size: int | None
    """Bytes."""

    sha256: Digest | None = None
    git_sha1: str | None = None
    """The git object id of a plain Hub file, the only thing upstream says of its content."""

    asset_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """One exact version of a repository, a release, a URL or a directory."""

    files: tuple[OfferedFile, ...]
    name: str
    """The name that upstream answers with; another one than asked for means renamed."""

    repo_id: str | int | None = None
    version: str | None = None
    tag: str | None = None
    commit: str | None = None
    committed: datetime | None = None
    published: datetime | None = None
    license: str | None = None
    gated: bool = False


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
