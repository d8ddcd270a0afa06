"""`.modellock/state.json`: what was placed, so that a stat tells whether it is still there.

Only a shortcut and a memory: without it, `sync` looks at the files themselves. Which keys the text
has is also known to `modellock.shell.unchanged`, which reads it without this module.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from modellock.values.digest import Digest
from modellock.values.paths import parse_locked_name, parse_placed_path

VERSION = 1


@dataclass(frozen=True, slots=True)
class PlacedFile:
    """A file as it was when it was placed, or last found to be right."""

    model: str
    digest: Digest
    size: int
    """Bytes; like the next two of what a link leads to, where the file is a symbolic link."""

    mtime_ns: int
    inode: int
    hashed_at: int
    """Seconds since the epoch."""

    made: bool = False
    """Whether a layout added it to the locked files."""

    def shows(self, size: int, mtime_ns: int, inode: int) -> bool:
        """Whether a stat says that nothing changed."""
        return (self.size, self.mtime_ns, self.inode) == (size, mtime_ns, inode)


@dataclass(frozen=True, slots=True)
class PendingFile:
    """What a path was to show when a switch began that nobody has seen end."""

    model: str
    digest: Digest
    size: int
    """Bytes."""

    made: bool = False
    """Whether a layout added it to the locked files."""


@dataclass(frozen=True, slots=True)
class Target:
    """One place that models are placed below: the project, or what `--to` named."""

    files: Mapping[str, PlacedFile] = field(default_factory=dict)
    """By path below the target."""

    pending: Mapping[str, PendingFile] = field(default_factory=dict)
    """By path below the target: the changes of an unfinished switch."""

    staged: tuple[str, ...] = ()
    """Directories below the target that an unfinished switch may have left behind."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clean:
    """What a sync that left nothing to do went by."""

    key: str
    """Everything of the request that could change the answer."""

    directory: str
    """The project's, absolute: from another one, the store knows another root or none."""

    documents: Mapping[str, str | None]
    """The sha256 of each document's text in hex, None for one that was not there; by its path,
    relative to the project or absolute."""

    models: Mapping[str, tuple[str, ...]]
    """By target, by name."""

    root: str | None
    """The file in the store that keeps this project's blobs; touched when the project is seen."""

    variables: Mapping[str, Mapping[str, str]] | None
    """What leads programs to the models, by target, paths relative to that; None where the models
    need different values of one variable."""


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """The whole of state.json."""

    clean: tuple[Clean, ...] = ()
    """The newest first; each still holds: what is placed is what it was then."""

    targets: Mapping[str, Target] = field(default_factory=dict)
    """By directory: `""` for the project itself, else absolute."""


def parse_state(text: str | bytes) -> State:
    """Read state.json; ValueError where it is not one, which is as good as none."""
    try:
        document = json.loads(text)
        if document["version"] != VERSION:
            raise ValueError(f"version {document['version']!r} is not {VERSION}")
        return State(
            clean=tuple(_clean(one) for one in document["clean"]),
            targets={name: _target(target) for name, target in document["targets"].items()},
        )
    except (LookupError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError(f"state.json lacks {error}") from error


def format_state(state: State, *, inode: int | None = None) -> str:
    """Write state.json, for the file with that number.

    What came with a checkout lies in another file, which `modellock.shell.unchanged` does not
    believe.
    """
    document: dict[str, Any] = {
        "version": VERSION,
        "inode": inode,
        "clean": [_clean_table(clean) for clean in state.clean],
        "targets": {name: _target_table(target) for name, target in state.targets.items()},
    }
    return json.dumps(document, separators=(",", ":")) + "\n"


def _clean_table(clean: Clean) -> dict[str, Any]:
    return {
        "key": clean.key,
        "directory": clean.directory,
        "documents": clean.documents,
        "models": clean.models,
        "root": clean.root,
        "variables": clean.variables,
    }


def _clean(table: Mapping[str, Any]) -> Clean:
    return Clean(
        key=table["key"],
        directory=table.get("directory", ""),
        documents=table["documents"],
        models={target: tuple(names) for target, names in table["models"].items()},
        root=table["root"],
        variables=table.get("variables"),
    )


def _target(table: Mapping[str, Any]) -> Target:
    return Target(
        files={
            _parse_placed(path): _placed_file(model, *fields)
            for model, files in table["models"].items()
            if parse_locked_name(model)
            for path, fields in files.items()
        },
        pending={
            _parse_placed(path): _pending_file(*fields) for path, fields in table["pending"].items()
        },
        staged=tuple(parse_placed_path(path) for path in table["staged"]),
    )


def _parse_placed(path: str) -> str:
    """A path at which a model's file can be: in a directory, and none of modellock's own."""
    if "/" not in path or path.casefold().startswith(".modellock"):
        raise ValueError(f"{path!r} is not where a model is placed")
    return parse_placed_path(path)


def _placed_file(model: str, value: str, *numbers: int) -> PlacedFile:
    size, mtime_ns, inode, hashed_at, *made = numbers
    if not all(isinstance(number, int) for number in numbers):
        raise TypeError("numbers")
    digest = Digest("sha256", value)
    return PlacedFile(model, digest, size, mtime_ns, inode, hashed_at, made=bool(made))


def _pending_file(model: str, value: str, size: int, *made: int) -> PendingFile:
    return PendingFile(parse_locked_name(model), Digest("sha256", value), size, made=bool(made))


def _target_table(target: Target) -> dict[str, Any]:
    models: dict[str, dict[str, list[Any]]] = {}
    for path, file in target.files.items():
        fields: list[Any] = [
            file.digest.value,
            file.size,
            file.mtime_ns,
            file.inode,
            file.hashed_at,
            *_made_field(file),
        ]
        models.setdefault(file.model, {})[path] = fields
    return {
        "models": models,
        "pending": {
            path: [file.model, file.digest.value, file.size, *_made_field(file)]
            for path, file in target.pending.items()
        },
        "staged": target.staged,
    }


def _made_field(file: PlacedFile | PendingFile) -> list[int]:
    return [1] if file.made else []
