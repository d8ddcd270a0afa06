"""What the Hub's API says about a repository, as JSON values."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from modellock.testing.hub.content import HubCommit, HubFile, HubRepository, git_id
from modellock.testing.moments import milliseconds_text

Json = dict[str, Any]

AVATAR = "https://avatars.invalid/publisher.png"
_SAFE = {
    "status": "safe",
    "avScan": {"status": "safe", "virusFound": False, "virusNames": None},
    "pickleImportScan": None,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class InfoOptions:
    """What a caller may ask of an info reply."""

    expand: tuple[str, ...] = ()
    """These properties alone."""

    blobs: bool = False
    security: bool = False


def info(repository: HubRepository, commit: HubCommit, options: InfoOptions) -> Json:
    """`GET /api/models/{id}/revision/{rev}`."""
    identity = {"_id": repository.object_id, "id": repository.name}
    details = _details(repository, commit, blobs=options.blobs)
    if options.expand:
        return identity | {key: details[key] for key in options.expand if key in details}
    if options.security:
        details["securityRepoStatus"] = {"scansDone": True, "filesWithIssues": []}
    return identity | details


def _details(repository: HubRepository, commit: HubCommit, *, blobs: bool) -> Json:
    oldest = min(known.date for known in repository.commits.values())
    author, _, rest = repository.name.partition("/")
    details: Json = {
        "modelId": repository.name,
        "author": author if rest else None,
        "sha": commit.id,
        "createdAt": milliseconds_text(oldest),
        "lastModified": milliseconds_text(commit.date),
        "private": repository.private,
        "gated": repository.gated,
        "disabled": repository.disabled,
        "tags": list(_tags(repository)),
        "cardData": repository.card,
        "downloads": 0,
        "likes": 0,
        "usedStorage": sum(len(file.content) for file in commit.files.values()),
        "siblings": [
            _sibling(path, commit.files[path], blobs=blobs) for path in sorted(commit.files)
        ],
    }
    if repository.kind == "model":
        return details | {"library_name": None, "spaces": [], "config": {}}
    del details["modelId"]
    return details


def _tags(repository: HubRepository) -> Iterator[str]:
    for key in ("license", "base_model"):
        value = repository.card.get(key, [])
        yield from (f"{key}:{text}" for text in ([value] if isinstance(value, str) else value))
    yield "region:us"


def _sibling(path: str, file: HubFile, *, blobs: bool) -> Json:
    if not blobs:
        return {"rfilename": path}
    entry: Json = {"rfilename": path, "size": len(file.content), "blobId": file.blob_id}
    if file.is_lfs:
        entry["lfs"] = {
            "sha256": file.sha256,
            "size": len(file.content),
            "pointerSize": len(file.in_git),
        }
    return entry


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryOptions:
    """What a caller may ask of tree and paths-info."""

    expand: bool = False
    xet_hashes: bool = False


def tree(commit: HubCommit, folder: str, *, recursive: bool) -> list[str]:
    """The paths of files and directories below `folder`, sorted; `""` is the root."""
    above = f"{folder}/" if folder else ""
    below = [path for path in commit.files if path.startswith(above)]
    known = set(below) | {parent for path in below for parent in _parents(path)}
    inside = (path for path in known if path.startswith(above) and path != folder)
    return sorted(path for path in inside if recursive or "/" not in path[len(above) :])


def _parents(path: str) -> Iterator[str]:
    while "/" in path:
        path = path.rpartition("/")[0]
        yield path


def entries(
    repository: HubRepository, commit: HubCommit, paths: Iterable[str], options: EntryOptions
) -> list[Json]:
    """One entry a path; a path that is not there is left out, as paths-info does."""
    found = [_entry(commit, path, options) for path in paths]
    listed = [entry for entry in found if entry is not None]
    if options.expand:
        for entry in listed:
            entry["lastCommit"] = _last_commit(repository.last_change(commit, entry["path"]))
    return listed


def _entry(commit: HubCommit, path: str, options: EntryOptions) -> Json | None:
    file = commit.files.get(path)
    if file is None:
        return _directory(commit, path)
    entry: Json = {
        "type": "file",
        "oid": file.blob_id,
        "size": len(file.content),
        "path": path,
    }
    if file.is_lfs:
        entry["lfs"] = {
            "oid": file.sha256,
            "size": len(file.content),
            "pointerSize": len(file.in_git),
        }
    if file.is_lfs and options.xet_hashes:
        # 64 hex like a sha256, and never one: Xet hashes chunks with keyed BLAKE3.
        entry["xetHash"] = hashlib.blake2s(file.content).hexdigest()
    if options.expand:
        entry["securityFileStatus"] = _SAFE
    return entry


def _directory(commit: HubCommit, path: str) -> Json | None:
    inside = sorted(name for name in commit.files if name.startswith(f"{path}/"))
    if not inside:
        return None
    listing = "\n".join(f"{commit.files[name].blob_id} {name}" for name in inside)
    return {"type": "directory", "oid": git_id("tree", listing.encode()), "size": 0, "path": path}


def _last_commit(commit: HubCommit) -> Json:
    return {"id": commit.id, "title": commit.title, "date": milliseconds_text(commit.date)}


def refs(repository: HubRepository, *, pulls: bool, peeled: bool) -> Json:
    """`GET .../refs`; not `peeled`, an annotated tag shows the id of its own object."""
    branches = {name: f"refs/heads/{name}" for name in repository.branches}
    targets = {
        name: tag.commit if peeled or tag.tag_object is None else tag.tag_object
        for name, tag in repository.tags.items()
    }
    listed: Json = {
        "branches": [_ref(name, ref, repository.branches[name]) for name, ref in branches.items()],
        "converts": [],
        "tags": [_ref(name, f"refs/tags/{name}", target) for name, target in targets.items()],
    }
    if pulls:
        listed["pullRequests"] = [_ref(ref, ref, at) for ref, at in repository.pulls.items()]
    return listed


def _ref(name: str, ref: str, target: str) -> Json:
    return {"name": name, "ref": ref, "targetCommit": target}


def commits(repository: HubRepository, commit: HubCommit, *, formatted: bool) -> list[Json]:
    """`GET .../commits/{rev}`, newest first."""
    return [_commit(known, formatted=formatted) for known in repository.history(commit)]


def _commit(commit: HubCommit, *, formatted: bool) -> Json:
    entry: Json = {
        "id": commit.id,
        "title": commit.title,
        "message": commit.message.partition("\n")[2].strip(),
        "authors": [{"user": "publisher", "avatar": AVATAR}],
        "date": milliseconds_text(commit.date),
    }
    if formatted:
        entry["formatted"] = {"title": commit.title, "message": entry["message"]}
    return entry
