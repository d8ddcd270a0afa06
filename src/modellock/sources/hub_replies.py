"""What huggingface_hub's values say, once it is certain that they say it.

A Hub is a stranger: each reader raises ValueError over a value that is not what the API promises,
of which huggingface_hub itself checks nothing.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from modellock.documents.offers import Candidate, OfferedFile
from modellock.values.digest import Digest
from modellock.values.origins import is_commit, parse_hub_id

_OBJECT_ID = re.compile(r"[0-9a-f]{40}")
_REPOSITORY_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")

LARGEST_FILE = 1 << 50
"""Bytes: a pebibyte. What claims more is a mistake or a trick."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HubRepository:
    """A repository at one commit, without its files."""

    name: str
    repo_id: str
    commit: str
    license: str | None
    gated: bool


@dataclass(frozen=True, slots=True)
class HubCommit:
    """One commit, and when it was made."""

    id: str
    time: datetime
    """In UTC, to the second."""


def read_repository(reply: Any) -> HubRepository:
    """Read a ModelInfo or DatasetInfo."""
    return HubRepository(
        name=parse_hub_id(_text(reply.id, "id")),
        # huggingface_hub keeps what it does not know as an attribute, in both majors.
        repo_id=_repository_id(getattr(reply, "_id", None)),
        commit=_object_id(reply.sha, "sha"),
        license=_license(reply),
        gated=reply.gated not in (False, None),
    )


def read_tree(entries: Iterable[Any]) -> tuple[OfferedFile, ...]:
    """Read the RepoFiles of a listing, sorted by path; folders are left out."""
    files: dict[str, OfferedFile] = {}
    for entry in entries:
        if not hasattr(entry, "blob_id"):
            continue
        file = _read_file(entry)
        if file.path in files:
            raise ValueError(f"lists {file.path!r} twice")
        files[file.path] = file
    return tuple(files[path] for path in sorted(files))


def read_tags(refs: Iterable[Any]) -> tuple[Candidate, ...]:
    """Read the tags of GitRefs, sorted by name."""
    found: dict[str, str] = {}
    for ref in refs:
        name, commit = _text(ref.name, "name"), _object_id(ref.target_commit, "targetCommit")
        if found.setdefault(name, commit) != commit:
            raise ValueError(f"lists the tag {name!r} twice")
    return tuple(Candidate(tag=tag, commit=found[tag]) for tag in sorted(found))


def read_commits(entries: Iterable[Any]) -> Iterator[HubCommit]:
    """Read the commits that lead to one, newest first, as they are taken."""
    for entry in entries:
        said = entry if isinstance(entry, dict) else {}
        yield HubCommit(_object_id(said.get("id"), "id"), read_time(said.get("date"), "date"))


def read_newest_commit(entries: Iterable[Any], revision: str) -> HubCommit:
    """Read the first of the commits that lead to a revision, which is the revision's own."""
    newest = next(read_commits(entries), None)
    if newest is None or (is_commit(revision) and newest.id != revision):
        raise ValueError(f"lists commits that do not begin with {revision}")
    return newest


def read_time(value: object, key: str) -> datetime:
    """Read a time such as `2025-03-06T13:37:44.000Z`, to the second."""
    moment = datetime.fromisoformat(_text(value, key))
    if moment.tzinfo is None:
        raise ValueError(f"{key} {value!r} is no time with a zone")
    return moment.astimezone(UTC).replace(microsecond=0)


def _read_file(entry: Any) -> OfferedFile:
    path = _text(entry.path, "path")
    size = _size(entry.size, path)
    if entry.lfs is None:
        return OfferedFile(path=path, size=size, git_sha1=_object_id(entry.blob_id, "oid"))
    if _size(entry.lfs.size, path) != size:
        raise ValueError(f"gives {path!r} two sizes: {size} and {entry.lfs.size}")
    return OfferedFile(
        path=path, size=size, sha256=Digest("sha256", _text(entry.lfs.sha256, "oid"))
    )


def _license(reply: Any) -> str | None:
    """From the card, else from the tags; several are sorted, since a list's order says nothing."""
    written = vars(reply.card_data).get("license") if reply.card_data else None
    if isinstance(written, str) and written:
        return written
    if not isinstance(written, list):
        written = [
            tag.removeprefix("license:") for tag in reply.tags or () if tag.startswith("license:")
        ]
    return ", ".join(sorted(_text(item, "license") for item in written)) or None


def _size(value: object, path: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= LARGEST_FILE:
        raise ValueError(f"gives {path!r} the size {value!r}")
    return value


def _text(value: object, key: str) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError(f"{key} {value!r} is no text")
    return value


def _object_id(value: object, key: str) -> str:
    if not isinstance(value, str) or not _OBJECT_ID.fullmatch(value):
        raise ValueError(f"{key} {value!r} is not 40 hex digits")
    return value


def _repository_id(value: object) -> str:
    if not isinstance(value, str) or not _REPOSITORY_ID.fullmatch(value):
        raise ValueError(f"_id {value!r} is not a repository's id")
    return value
