"""The sync that has nothing to do, told by two hashes and a stat for each file.

It answers before anything else of modellock is loaded, so it imports only what every start has
loaded anyway. It knows the text of state.json, which `modellock.documents.state` writes.
"""

import hashlib
import json
import os
import stat
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence

from modellock.shell.regular_files import open_regular, read_document, read_regular
from modellock.values.variables import HERE, ON, SWITCHES, is_directory

STATE_NAME = os.path.join(".modellock", "state.json")
_NAMES = (
    "groups", "only_groups", "no_groups", "models", "layout", "link_mode", "no_store", "staleness",
    "for_run",
)  # fmt: skip
_PATHS = ("to", "lock_file", "shared_cache")


class Unchanged:
    """What was checked."""

    __slots__ = ("files", "hashed_at", "models", "size", "targets", "variables")

    def __init__(self, models: int, files: int, size: int, hashed_at: int | None) -> None:
        self.variables: dict[str, str] | None = None
        """What leads programs to the models; None where no set of variables does."""

        self.targets: frozenset[str] = frozenset()
        """The targets that they lead to: `""` for the project, else absolute."""

        self.models = models
        self.files = files
        self.size = size
        """Bytes."""

        self.hashed_at = hashed_at
        """When the longest unhashed of the files was last hashed: seconds since the epoch."""


def request_key(version: str, flags: Mapping[str, object]) -> str:
    """Name everything that could change what sync does, besides documents and files.

    `version` is modellock's own; `flags` are fields of a `SyncRequest` by name, of which those
    count that say what is wanted and where. Markers look at the interpreter and the machine.
    """
    wanted = {name: flags.get(name) or None for name in _NAMES}
    for name in _PATHS:
        wanted[name] = flags.get(name) and os.path.realpath(str(flags[name]))
    machine = list(os.uname())[2:] if hasattr(os, "uname") else None
    return json.dumps([version, sys.version, sys.platform, machine, wanted], sort_keys=True)


def find(project: str, *keys: str) -> Unchanged | None:
    """What a sync of one of these requests would find; None where it may have something to do."""
    try:
        with open_regular(os.path.join(project, STATE_NAME)) as file:
            state, inode = json.loads(read_document(file)), os.fstat(file.fileno()).st_ino
        clean = next((note for note in state["clean"] if _is_about(note, project, keys)), None)
        # What came with a checkout lies in another file than the one it was written for.
        if state["inode"] != inode or clean is None:
            return None
        if not _same_documents(project, clean["documents"]):
            return None
        found = _checked(_placed(project, state["targets"], clean["models"]))
        if found is not None and clean["variables"] is not None:
            found.variables = rooted(clean["variables"], project)
            found.targets = frozenset(clean["variables"])
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
        # Gone, unusable or half-written: the whole way knows what to make of it.
        return None
    return found if found is None or _is_rooted(clean["root"], project) else None


def _is_about(note: Mapping[str, str], project: str, keys: Sequence[str]) -> bool:
    """Whether a note is about one of these requests, by a project that lay where it lies now.

    Of one that was moved, the store would keep only what was used at the old place.
    """
    return note["key"] in keys and note["directory"] == project


def rooted(variables: Mapping[str, Mapping[str, str]], project: str) -> dict[str, str]:
    """Variables that a sync noted by target, with absolute paths.

    ValueError for a name or a value that none notes: nothing that is read from a file becomes a
    program's PATH, or leads it out of the target.
    """
    found = {}
    for target, values in variables.items():
        for name, value in values.items():
            found[name] = _rooted(name, value, target or project)
    return found


def _rooted(name: str, value: str, base: str) -> str:
    if name in SWITCHES and value == ON:
        return value
    segments = value.split("/")
    if is_directory(name) and value == HERE:
        return base
    if is_directory(name) and not {"", ".", ".."}.intersection(segments):
        return os.path.join(base, *segments)
    raise ValueError(f"{name}={value!r} is no variable that a sync notes")


def sha256_of_file(path: str) -> str | None:
    """The sha256 of a document's text in hex; None where there is none."""
    try:
        return hashlib.sha256(read_regular(path)).hexdigest()
    except FileNotFoundError:
        return None


def _same_documents(project: str, documents: Mapping[str, str | None]) -> bool:
    """Whether each document holds what it held; None stands for one that was not there."""
    return all(
        sha256_of_file(os.path.join(project, path)) == digest for path, digest in documents.items()
    )


def _placed(
    project: str,
    targets: Mapping[str, Mapping[str, Mapping[str, Mapping[str, Sequence[int]]]]],
    models: Mapping[str, Sequence[str]],
) -> Iterator[tuple[str, Mapping[str, Sequence[int]]]]:
    """What was placed of each model, and the directory below which it is, absolute."""
    for target, names in models.items():
        for name in names:
            yield target or project, targets[target]["models"][name]


def _checked(models: Iterable[tuple[str, Mapping[str, Sequence[int]]]]) -> Unchanged | None:
    """Stat every file; None at the first that is not as it was placed.

    Raises OSError for one that is gone, ValueError for one that is a link by now.
    """
    counted = files = total = 0
    oldest = None
    # Looked up once: where there is nothing to do, this loop over each file is what a sync does.
    lstat, is_link = os.lstat, stat.S_ISLNK
    for directory, placed in models:
        counted += 1
        if _has_link({path.rpartition("/")[0] for path in placed}, directory):
            return None
        for path, (_, size, mtime_ns, inode, hashed_at, *made) in placed.items():
            status = lstat(f"{directory}/{path}")
            if is_link(status.st_mode):
                status = _end_of_link(f"{directory}/{path}")
            if inode != status.st_ino or mtime_ns != status.st_mtime_ns or size != status.st_size:
                return None
            if not made:
                files += 1
                total += size
            if oldest is None or hashed_at < oldest:
                oldest = hashed_at
    return Unchanged(counted, files, total, oldest)


def _end_of_link(path: str) -> os.stat_result:
    """What a link that sync made leads to. Raises OSError, and ValueError for another link."""
    # Both a store and a Hub's cache call it so.
    if "blobs" not in os.readlink(path).split("/"):
        raise ValueError(f"{path!r} is a link that no sync made")
    return os.stat(path)


def _has_link(ways: Iterable[str], base: str) -> bool:
    """Whether a symbolic link lies between a directory and one of these below it."""
    known = {""}
    for way in ways:
        directory = way
        while directory not in known:
            known.add(directory)
            if os.path.islink(f"{base}/{directory}"):
                return True
            directory = directory.rpartition("/")[0]
    return False


def _is_rooted(root: str | None, project: str) -> bool:
    """Tell the store's garbage collection that the project is still in use.

    False where it forgot the project, as of one that nobody synced for long, and where the store
    was emptied: a whole sync notes the project again, and gives back what it has. That the store is
    read-only is no matter, nor that it is gone where nothing could be noted here either, as in a
    read-only image: the files that count are here.
    """
    if root is not None:
        try:
            os.utime(root)
        except FileNotFoundError:
            return not (_can_write(root) and _can_write(os.path.join(project, STATE_NAME)))
        except OSError:
            return True
        return os.path.isdir(os.path.join(os.path.dirname(root), os.pardir, "blobs"))
    return True


def _can_write(path: str) -> bool:
    """Whether a file could be made there, as far as rights tell."""
    directory = os.path.dirname(os.path.abspath(path))
    while not os.path.isdir(directory):
        directory = os.path.dirname(directory)
    return os.access(directory, os.W_OK)
