"""What a source offers, as values: candidates to choose among, and one of them in full."""

from dataclasses import dataclass
from datetime import datetime

from modellock.values.digest import Digest


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One version that a source offers; None for what only another request could tell."""

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
    uploaded: datetime | None = None
    """When a release asset was uploaded."""


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
