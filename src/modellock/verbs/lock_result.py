"""What `lock` and `update` did to models.lock, as a value."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from modellock.decisions.selection import LeftOut
from modellock.documents.lockfile import Lock, LockedModel
from modellock.verbs.lock_before import Merged


class Movement(StrEnum):
    """What became of a model's entry."""

    ADDED = "added"
    REMOVED = "removed"
    MOVED = "moved"
    """Another version, commit or content."""

    CHANGED = "changed"
    """The same version with other files or other keys."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelChange:
    """One entry of models.lock that differs from before."""

    name: str
    movement: Movement
    old: LockedModel | None
    new: LockedModel | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LockResult:
    """What `lock` did, or would do."""

    changes: tuple[ModelChange, ...]
    left_out: Mapping[str, tuple[LeftOut, ...]]
    """By model: weights in other formats, which were not selected."""

    models: int
    files: int
    size: int
    """Bytes of all files."""

    fetched: int
    """Bytes fetched to learn their digests."""

    written: bool
    merged: Merged | None = None
    """What was done about the conflict markers of a merge, where there were any."""

    warnings: tuple[str, ...] = ()
    """What a program's call would else leave unsaid; the command says it as it comes."""


def lock_result(
    before: Lock | None,
    after: Lock,
    *,
    merged: Merged | None = None,
    written: bool = False,
    fetched: int = 0,
    left_out: Mapping[str, tuple[LeftOut, ...]] | None = None,
) -> LockResult:
    """Compare two locks model by model."""
    old = {} if before is None else before.models
    return LockResult(
        changes=tuple(
            change
            for name in sorted({*old, *after.models})
            if (change := _change(name, old.get(name), after.models.get(name))) is not None
        ),
        left_out=left_out or {},
        models=len(after.models),
        files=sum(len(model.files) for model in after.models.values()),
        size=sum(model.size for model in after.models.values()),
        fetched=fetched,
        written=written,
        merged=merged,
    )


def _change(name: str, old: LockedModel | None, new: LockedModel | None) -> ModelChange | None:
    if old == new:
        return None
    if old is None:
        movement = Movement.ADDED
    elif new is None:
        movement = Movement.REMOVED
    elif _version_of(old) == _version_of(new):
        movement = Movement.CHANGED
    else:
        movement = Movement.MOVED
    return ModelChange(name=name, movement=movement, old=old, new=new)


def _version_of(model: LockedModel) -> tuple[object, ...]:
    content = model.tree if model.commit is None else None
    return (model.kind, model.origin, model.tag, model.commit, content)
