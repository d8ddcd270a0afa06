"""Short ways to write specs, candidates and locked models in tests of pure decisions."""

from datetime import UTC, datetime
from typing import Any

from modellock.documents.lockfile import Lock, LockedFile, LockedModel, tree_of
from modellock.documents.manifest import Manifest, Spec, parse_manifest
from modellock.documents.offers import Candidate, OfferedFile
from modellock.documents.project_settings import ProjectSettings
from modellock.values.digest import Digest
from modellock.values.origins import Kind

COMMIT = "c9745ed1d9f207416be6d2e6f8de32d1f16199bf"


def manifest_of(text: str) -> Manifest:
    return parse_manifest(text)


def spec_of(text: str) -> Spec:
    """The one model of a manifest whose body is given without its header."""
    return parse_manifest(f"[models.m]\n{text}\n").specs["m"]


def digest_of(number: int) -> Digest:
    return Digest("sha256", f"{number:064x}")


def offered(*paths: str, size: int = 10) -> tuple[OfferedFile, ...]:
    return tuple(OfferedFile(path=path, size=size, sha256=digest_of(size)) for path in paths)


def release(tag: str, day: int = 1, **known: Any) -> Candidate:
    return Candidate(tag=tag, published=datetime(2026, 1, day, tzinfo=UTC), **known)


def locked_of(text: str, **known: Any) -> LockedModel:
    """What `lock` would have locked for a spec, with one file unless others are given."""
    spec = spec_of(text)
    files = known.pop("files", (LockedFile("model.safetensors", 10, digest_of(10)),))
    if spec.kind is Kind.HUB:
        known.setdefault("commit", COMMIT)
    return LockedModel(
        name="m",
        kind=spec.kind,
        origin=spec.origin,
        source=spec.source,
        type=spec.type,
        requested=spec.requested,
        **{
            field: getattr(spec, field)
            for field in ("license", "groups", "marker", "path", "layout", "filename", "rename")
            if field not in known
        },
        size=sum(file.size for file in files),
        tree=tree_of(files),
        files=files,
        **known,
    )


def lock_of(*models: LockedModel, **settings: Any) -> Lock:
    return Lock(
        settings=ProjectSettings(**settings), models={model.name: model for model in models}
    )
