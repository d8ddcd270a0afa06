"""`why`: who needs a model, and which locked file some bytes are."""

import os
from collections.abc import Iterable
from dataclasses import dataclass

from modellock.decisions.lineage import Holding, chains_to, holdings_of, parse_sha256, placed_at
from modellock.documents.lockfile import Lock, LockedModel
from modellock.shell.project import Project
from modellock.values.digest import Digest, sha256_of
from modellock.values.wording import nearest


@dataclass(frozen=True, slots=True, kw_only=True)
class Needed:
    """A locked model, and who needs it."""

    model: LockedModel
    chains: tuple[tuple[str, ...], ...]
    """From each model of models.toml that leads to it, by names; none of them is required."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A locked file, and who needs its model."""

    holding: Holding
    needed: Needed


@dataclass(frozen=True, slots=True, kw_only=True)
class WhyResult:
    """What models.lock knows of something."""

    what: str
    """As asked."""

    model: Needed | None = None
    """Where a model was named, or its directory."""

    placed: Found | None = None
    """The locked file that belongs at the path that was named."""

    digest: Digest | None = None
    """Of the file that was named, where there is one."""

    files: tuple[Found, ...] = ()
    """The locked files with the bytes that were named."""

    nearest: str | None = None
    """The model that was probably meant, where nothing is known."""

    @property
    def is_known(self) -> bool:
        """Whether models.lock has anything to do with it."""
        return bool(self.model or self.placed or self.files)


def why(project: Project, what: str, directory: str) -> WhyResult:
    """What models.lock knows of a model's name, a sha256, or a path that starts at `directory`.

    A name goes before a digest, and a digest before a path. A file is known by its path where it is
    placed in the project, and anywhere by its bytes: it is hashed. Raises MissingLockError,
    InputError, and OSError where the file cannot be read.
    """
    lock = project.read_lock()
    if what in lock.models:
        return WhyResult(what=what, model=_needed(lock, lock.models[what]))
    digits = parse_sha256(what)
    named = holdings_of(lock, digits) if digits else []
    if named:
        return WhyResult(what=what, files=_found(lock, named))
    path = os.path.join(directory, os.path.expanduser(what))
    return _about_path(lock, project, what, os.path.abspath(path))


def _about_path(lock: Lock, project: Project, what: str, path: str) -> WhyResult:
    placed = placed_at(lock, os.path.relpath(path, project.directory).replace(os.sep, "/"))
    if isinstance(placed, LockedModel):
        return WhyResult(what=what, model=_needed(lock, placed))
    digest = _sha256_at(path)
    files = _found(lock, holdings_of(lock, digest.value) if digest else ())
    return WhyResult(
        what=what,
        placed=None if placed is None else _found(lock, [placed])[0],
        digest=digest,
        files=files,
        nearest=None if placed or digest else nearest(what, lock.models),
    )


def _sha256_at(path: str) -> Digest | None:
    # Links are followed: caches of frameworks consist of them.
    if not os.path.isfile(path):
        return None
    with open(path, "rb") as file:
        return sha256_of(file)


def _needed(lock: Lock, model: LockedModel) -> Needed:
    return Needed(model=model, chains=chains_to(lock, model.name))


def _found(lock: Lock, holdings: Iterable[Holding]) -> tuple[Found, ...]:
    return tuple(Found(holding=one, needed=_needed(lock, one.model)) for one in holdings)
