"""What GitHub's API says, as values, once it is certain that it says it.

Each reader takes a decoded JSON body and raises ValueError over one that is not what
https://docs.github.com/rest describes.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from modellock.values.digest import Digest
from modellock.values.origins import parse_github_id

# Of 40 digits or, in a SHA-256 repository, of 64.
_OBJECT_ID = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")

LARGEST_ASSET = 1 << 40
"""Bytes. GitHub itself takes less than 2 GiB; a look-alike server may take more."""

MOST_ASSETS = 1000
"""Of a release (docs.github.com, "About releases")."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asset:
    """One uploaded file of a release."""

    id: int
    name: str
    size: int
    digest: Digest | None
    """None where the server says none, or none that can be one: old assets have no digest."""

    uploaded: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """One published release; its assets are those that were uploaded completely."""

    id: int
    tag: str
    prerelease: bool
    published: datetime
    assets: tuple[Asset, ...]
    """Sorted by name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Repository:
    """A repository's name and its number, which survives a change of the name."""

    id: int
    name: str


@dataclass(frozen=True, slots=True)
class GitObject:
    """What a tag, or a tag object, points to."""

    type: str
    sha: str


def read_repository(body: Any) -> Repository:
    """Read the reply of `GET /repos/{owner}/{repo}`."""
    return Repository(
        id=_number(_table(body), "id"), name=parse_github_id(_text(body, "full_name"))
    )


def read_releases(body: Any) -> tuple[Release, ...]:
    """Read a page of `GET .../releases`, without the drafts."""
    entries = [_table(entry) for entry in _list(body)]
    return tuple(read_release(entry) for entry in entries if entry.get("draft") is not True)


def read_release(body: Any) -> Release:
    """Read one published release."""
    entry = _table(body)
    assets = [_table(asset) for asset in _list(entry.get("assets"))]
    if len(assets) > MOST_ASSETS:
        raise ValueError(f"a release has {len(assets)} assets, expected at most {MOST_ASSETS}")
    uploaded = [_asset(asset) for asset in assets if asset.get("state") == "uploaded"]
    if len({asset.name for asset in uploaded}) != len(uploaded):
        raise ValueError("a release has two assets of one name")
    return Release(
        id=_number(entry, "id"),
        tag=_text(entry, "tag_name"),
        prerelease=entry.get("prerelease") is True,
        published=_time(entry, "published_at"),
        assets=tuple(sorted(uploaded, key=lambda asset: asset.name)),
    )


def read_git_object(body: Any) -> GitObject:
    """Read the target of `GET .../git/ref/tags/{tag}` or of `GET .../git/tags/{sha}`."""
    target = _table(_table(body).get("object"))
    sha = _text(target, "sha")
    if not _OBJECT_ID.fullmatch(sha):
        raise ValueError(f"sha {sha!r} is no object id")
    return GitObject(_text(target, "type"), sha)


def _asset(entry: dict[str, Any]) -> Asset:
    size = _number(entry, "size")
    if size > LARGEST_ASSET:
        raise ValueError(f"an asset has the size {size}")
    return Asset(
        id=_number(entry, "id"),
        name=_text(entry, "name"),
        size=size,
        digest=_digest(entry.get("digest")),
        uploaded=_time(entry, "created_at"),
    )


def _digest(value: object) -> Digest | None:
    if isinstance(value, str) and _DIGEST.fullmatch(value):
        return Digest.parse(value)
    return None


def _table(value: Any) -> dict[str, Any]:
    if isinstance(value, dict):
        return value
    raise ValueError(f"{type(value).__name__} is no object")


def _list(value: Any) -> list[Any]:
    if isinstance(value, list):
        return value
    raise ValueError(f"{type(value).__name__} is no list")


def _number(entry: dict[str, Any], key: str) -> int:
    value = entry.get(key)
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise ValueError(f"{key} {value!r} is no natural number")
    return value


def _text(entry: dict[str, Any], key: str) -> str:
    value = entry.get(key)
    if not isinstance(value, str) or not value:
        raise ValueError(f"{key} {value!r} is no text")
    return value


def _time(entry: dict[str, Any], key: str) -> datetime:
    moment = datetime.fromisoformat(_text(entry, key))
    if moment.tzinfo is None:
        raise ValueError(f"{key} {moment} is no time with a zone")
    return moment.astimezone(UTC).replace(microsecond=0)
