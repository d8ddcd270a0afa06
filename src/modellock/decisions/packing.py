"""What becomes of fetched files that are archives or parts."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from modellock.decisions.drift import fetched_files
from modellock.decisions.parts import wholes_of
from modellock.documents.lockfile import LockedFile, LockedModel
from modellock.documents.manifest import Spec
from modellock.values.digest import Digest


@dataclass(frozen=True, slots=True, kw_only=True)
class Packing:
    """The keys that say how files come out of what is fetched."""

    unpack: bool = False
    strip: int = 0
    join: bool = False

    @property
    def is_none(self) -> bool:
        """Whether files are as they are fetched."""
        return not (self.unpack or self.join)


@dataclass(frozen=True, slots=True)
class Package:
    """One file as its publisher had it before it was cut: an archive, or what is placed."""

    path: str
    parts: tuple[LockedFile, ...]
    """In order; itself alone where it was not cut."""

    @property
    def size(self) -> int:
        """Bytes."""
        return sum(part.size for part in self.parts)

    @property
    def is_cut(self) -> bool:
        """Whether there is something to join."""
        return self.path != self.parts[0].path


def packing_of(spec: Spec) -> Packing:
    """What a spec asks for."""
    return Packing(unpack=spec.unpack, strip=spec.strip_components, join=spec.join)


def locked_packing(model: LockedModel) -> Packing:
    """What a model was locked with."""
    asked = dict(model.requested)
    strip = asked.get("strip-components", 0)
    return Packing(
        unpack=asked.get("unpack") is True,
        strip=strip if isinstance(strip, int) else 0,
        join=asked.get("join") is True,
    )


def packages_of(archives: Iterable[LockedFile], packing: Packing) -> tuple[Package, ...]:
    """Fetched files as they belong together, sorted by path. ValueError where a part is missing."""
    by_path = {file.path: file for file in archives}
    return tuple(
        Package(whole.path, tuple(by_path[part] for part in whole.parts))
        for whole in wholes_of(by_path, join=packing.join)
    )


def earlier_files(
    packing: Packing, archives: tuple[LockedFile, ...], pinned: LockedModel | None
) -> tuple[LockedFile, ...] | None:
    """The files that were locked for the same archives, unpacked alike; None where none were."""
    if pinned is None or locked_packing(pinned) != packing:
        return None
    before = [(file.path, file.digest) for file in pinned.archives]
    return pinned.files if before == [(file.path, file.digest) for file in archives] else None


def to_unpack(
    models: Iterable[LockedModel], missing: Mapping[Digest, int]
) -> tuple[LockedModel, ...]:
    """The models whose archives must be unpacked, since nobody serves the missing files as such."""
    models = tuple(models)
    served = {file.digest for model in models for file in fetched_files(model)}
    return tuple(
        model
        for model in models
        if model.archives
        and any(file.digest in missing and file.digest not in served for file in model.files)
    )


def to_fetch(
    models: Iterable[LockedModel],
    missing: Mapping[Digest, int],
    has: Callable[[Digest, int], bool],
) -> dict[Digest, int]:
    """The blobs to fetch where those in `missing` are wanted: themselves, or archives of them."""
    models = tuple(models)
    served = {file.digest for model in models for file in fetched_files(model)}
    wanted = {digest: size for digest, size in missing.items() if digest in served}
    for model in to_unpack(models, missing):
        wanted |= {file.digest: file.size for file in model.archives}
    return {
        digest: size
        for digest, size in wanted.items()
        if digest in missing or not has(digest, size)
    }
