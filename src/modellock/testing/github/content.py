"""What the embedded GitHub holds: repositories, releases, assets and tags."""

import hashlib
import itertools
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal

DigestShown = bool | Literal["absent", "malformed"]
"""What the API says of an asset's sha256: the truth, null, no such key, or no hash at all."""

TagKind = Literal["commit", "tag", "tag on tag"]
"""What a tag points to: the commit (lightweight), a tag object, or a tag object on another."""

_FIRST_RELEASE = 10_000_000
_FIRST_ASSET = 20_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Asset:
    """One file of a release."""

    id: int
    name: str
    content: bytes
    state: Literal["uploaded", "starter"]
    digest_shown: DigestShown
    created_at: datetime

    @property
    def digest(self) -> str | None:
        """As the API shows it where it has the key."""
        if self.digest_shown == "malformed":
            return "sha256:abc123"
        if self.digest_shown is True and self.state == "uploaded":
            return f"sha256:{hashlib.sha256(self.content).hexdigest()}"
        return None

    @property
    def object_name(self) -> str:
        """The asset's name on the object host: a UUID, the same as long as the id."""
        return str(uuid.UUID(bytes=hashlib.md5(b"%d" % self.id, usedforsecurity=False).digest()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """One release."""

    id: int
    tag: str
    name: str | None
    body: str | None
    target: str
    """`target_commitish`: most often a branch, and no commit."""

    draft: bool
    prerelease: bool
    immutable: bool | None
    """None: an old server, which has no such key."""

    latest: bool
    """Whether it was labelled by hand as the latest."""

    created_at: datetime
    """Of the commit."""

    published_at: datetime
    assets: tuple[Asset, ...]

    def asset(self, name: str) -> Asset:
        """The asset of that name, as the API writes it.

        Raises:
            KeyError: there is none.
        """
        for asset in self.assets:
            if asset.name == name:
                return asset
        raise KeyError(name)


@dataclass(frozen=True, slots=True)
class GitObject:
    """What a tag, or a tag object, points to."""

    type: Literal["commit", "tag"]
    sha: str


@dataclass(slots=True, kw_only=True)
class GitHubRepository:
    """One repository with releases."""

    name: str
    """`owner/name`."""

    id: int
    private: bool = False
    object_format: Literal["sha1", "sha256"] = "sha1"

    releases: list[Release] = field(default_factory=list)
    """In the order of publication."""

    refs: dict[str, GitObject] = field(default_factory=dict)
    """By name below `refs/`: `tags/v1.0`."""

    tag_objects: dict[str, tuple[str, GitObject]] = field(default_factory=dict)
    """Name and target by id."""

    _assets: "itertools.count[int]" = field(default_factory=lambda: itertools.count(_FIRST_ASSET))

    def release(self, tag: str) -> Release:
        """The release of that tag, drafts too.

        Raises:
            KeyError: there is none.
        """
        return self.releases[self._index(tag)]

    def next_release_id(self) -> int:
        """Ids count up in the order of publication, apart for each repository."""
        return _FIRST_RELEASE + self.id + len(self.releases)

    def new_asset(
        self, name: str, content: bytes, digest: DigestShown, created_at: datetime
    ) -> Asset:
        """An asset with an id of its own, under the name that an upload gives it."""
        return Asset(
            id=next(self._assets) + self.id,
            name=uploaded_name(name),
            content=content,
            state="uploaded",
            digest_shown=digest,
            created_at=created_at,
        )

    def set_asset(self, tag: str, name: str, content: bytes) -> Asset:
        """Upload an asset; one of that name is deleted first, so its id answers 404 from now on."""
        release = self.release(tag)
        digest = next((old.digest_shown for old in release.assets if old.name == name), True)
        asset = self.new_asset(name, content, digest, release.published_at)
        kept = [old for old in release.assets if old.name != asset.name]
        self._put(replace(release, assets=(*kept, asset)))
        return asset

    def add_starter(self, tag: str, name: str) -> Asset:
        """The empty leftover of an upload that failed."""
        release = self.release(tag)
        uploaded = self.new_asset(name, b"", False, release.published_at)
        asset = replace(uploaded, state="starter")
        self._put(replace(release, assets=(*release.assets, asset)))
        return asset

    def remove_asset(self, tag: str, name: str) -> None:
        """Delete an asset."""
        release = self.release(tag)
        kept = tuple(asset for asset in release.assets if asset.name != name)
        self._put(replace(release, assets=kept))

    def set_tag(self, tag: str, commit: str, kind: TagKind = "commit") -> None:
        """Make, or move, a git tag."""
        target = GitObject("commit", commit)
        for _ in range(("commit", "tag", "tag on tag").index(kind)):
            sha = self.object_id(f"tag {tag} {target.sha}")
            self.tag_objects[sha] = tag, target
            target = GitObject("tag", sha)
        self.refs[f"tags/{tag}"] = target

    def commit_of(self, tag: str) -> str:
        """The commit that a tag leads to, over every tag object between."""
        target = self.refs[f"tags/{tag}"]
        while target.type == "tag":
            target = self.tag_objects[target.sha][1]
        return target.sha

    def object_id(self, identity: str) -> str:
        """An id in the repository's object format, which follows from `identity`."""
        return hashlib.new(self.object_format, f"{self.name} {identity}".encode()).hexdigest()

    def _put(self, release: Release) -> None:
        self.releases[self._index(release.tag)] = release

    def _index(self, tag: str) -> int:
        for index, release in enumerate(self.releases):
            if release.tag == tag:
                return index
        raise KeyError(tag)


def uploaded_name(name: str) -> str:
    """What GitHub makes of a file name: unusual characters become dots, those at the ends go."""
    return re.sub(r"[^A-Za-z0-9_+@-]+", ".", name).strip(".")


def repository_id(name: str) -> int:
    """Follows from the name, so that two servers that are filled alike agree."""
    return 100_000_000 + int(hashlib.sha256(name.encode()).hexdigest()[:7], 16)


def initial_commit(repository: GitHubRepository, tag: str, assets: Mapping[str, bytes]) -> str:
    """A commit id that follows from what is released."""
    digests = [f"{name} {hashlib.sha256(assets[name]).hexdigest()}" for name in sorted(assets)]
    return repository.object_id("\n".join(["commit", tag, *digests]))
