"""models.lock: what was chosen, as values. `lock_reader` reads them, `lock_writer` writes them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from modellock.documents.keys import Mirror, Requested
from modellock.documents.project_settings import Layout, ProjectSettings
from modellock.values.digest import Digest, tree_digest
from modellock.values.origins import Kind, github_assets_path, hub_files_path

FILE_NAME = "models.lock"
VERSION = (1, 0)
"""The lock-version that this modellock writes."""

FIRST_USE = "first-use"


@dataclass(frozen=True, slots=True)
class LockedFile:
    """One file of a locked model."""

    path: str
    """Relative to the model's directory, before any `rename`."""

    size: int
    """Bytes."""

    digest: Digest
    """The sha256 of the file's bytes."""

    asset_id: int | None = None
    """GitHub's number for a release asset."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LockedModel:
    """One model as it was chosen: everything that `sync` needs."""

    name: str
    kind: Kind
    origin: str
    source: str | None = None
    type: str = "model"
    repo_id: str | int | None = None
    """The service's own number for the repository, which a renamed or re-registered one betrays."""

    requested: Requested = ()
    required_by: tuple[str, ...] = ()
    """The models that refer to this one's repository, sorted."""

    version: str | None = None
    tag: str | None = None
    revision: str | None = None
    """For a closure model: as it was referred to."""

    commit: str | None = None
    committed: datetime | None = None
    published: datetime | None = None
    url: str | None = None
    """For the reader, below which the files lie; None for `url` and `local` models."""

    trust: str | None = None
    """`first-use` where only our own first download vouches for a hash."""

    license: str | None = None
    gated: bool = False
    groups: tuple[str, ...] = ()
    marker: str | None = None
    path: str | None = None
    layout: Layout | None = None
    filename: str | None = None
    rename: tuple[tuple[str, str], ...] = ()
    mirrors: tuple[Mirror, ...] = ()
    closure: bool = True
    hold: bool = False
    size: int
    """Bytes of all `files`."""

    tree: Digest
    archives: tuple[LockedFile, ...] = ()
    """What is fetched for `files`, where these come out of archives or parts."""

    files: tuple[LockedFile, ...]
    """What is placed, sorted by path."""

    @property
    def is_declared(self) -> bool:
        """Whether models.toml names it; all others are there because a model refers to them."""
        return self.revision is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Lock:
    """The whole of models.lock."""

    version: tuple[int, int] = VERSION
    settings: ProjectSettings
    models: Mapping[str, LockedModel]
    """By name, sorted."""


def version_words(version: tuple[int, int]) -> str:
    """A lock-version as it is written: `1.0`."""
    return f"{version[0]}.{version[1]}"


def tree_of(files: tuple[LockedFile, ...]) -> Digest:
    """The digest that names a snapshot."""
    return tree_digest((file.path, file.digest) for file in files)


def placed_path(model: LockedModel, file: LockedFile) -> str:
    """Where a file is placed, relative to its model's directory."""
    for old, new in model.rename:
        if old == file.path:
            return new
    return file.path


def files_path(model: LockedModel) -> str | None:
    """The path below a server under which a model's files lie; None where there is no such."""
    if model.kind is Kind.HUB and model.commit:
        return hub_files_path(model.type, model.origin, model.commit)
    if model.kind is Kind.GITHUB and model.tag:
        return github_assets_path(model.origin, model.tag)
    return None


def named_endpoint(model: LockedModel) -> str:
    """The endpoint of a named source, which the lock tells by the model's `url`."""
    return (model.url or "").removesuffix(files_path(model) or "")
