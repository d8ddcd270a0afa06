"""What `lock` has to do for each model: copy what is locked, or ask upstream again."""

from collections.abc import Collection
from dataclasses import dataclass, replace

from modellock.changes import KeyChange, changes_of
from modellock.keys import COPIED_KEYS, OnChange
from modellock.lockfile import FIRST_USE, Lock, LockedModel, tree_of
from modellock.manifest import Manifest, Spec
from modellock.origins import Kind, filename_of
from modellock.resolution import pin_fits


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What is to be done for one spec."""

    spec: Spec
    locked: LockedModel | None = None
    """What stays, its copied keys brought up to date; None where upstream must be asked."""

    pinned: LockedModel | None = None
    """What was locked before, for whoever asks upstream."""

    keeps_pin: bool = False
    """Whether upstream is asked about the pinned version, for other files of it."""

    accepts_identity: bool = False
    """Whether the user named this model, and so takes whatever repository answers now."""


def steps(
    manifest: Manifest,
    lock: Lock | None,
    *,
    update: Collection[str] = (),
    anew: Collection[str] = (),
) -> tuple[Step, ...]:
    """One step a spec, in the manifest's order.

    `update` names the models whose pins may move, `anew` those whose pins a merge has lost.
    """
    return tuple(
        Step(spec=spec, pinned=None if lock is None else lock.models.get(spec.name))
        if spec.name in anew and spec.name not in update
        else _step(spec, manifest, lock, update)
        for spec in manifest.specs.values()
    )


def _step(spec: Spec, manifest: Manifest, lock: Lock | None, update: Collection[str]) -> Step:
    pinned = None if lock is None else lock.models.get(spec.name)
    if pinned is None or pinned.required_by:
        return Step(spec=spec)
    if spec.name in update:
        return Step(spec=spec, pinned=pinned, accepts_identity=True)
    changes = changes_of(spec, pinned, manifest)
    if not _same_endpoint(changes) or not pin_fits(spec, pinned):
        return Step(spec=spec, pinned=pinned)
    if any(change.on_change is OnChange.SELECT for change in changes):
        return Step(spec=spec, pinned=pinned, keeps_pin=True)
    return Step(spec=spec, pinned=pinned, locked=pinned)


def _same_endpoint(changes: tuple[KeyChange, ...]) -> bool:
    return not any(change.key.startswith("sources.") for change in changes)


def rewritten(spec: Spec, locked: LockedModel) -> LockedModel:
    """A locked model with the keys that `lock` copies as the spec has them now."""
    copied = {key.field: getattr(spec, key.field) for key in COPIED_KEYS}
    if spec.license is None:
        copied["license"] = locked.license
    if spec.kind is not Kind.URL:
        return replace(locked, requested=spec.requested, **copied)
    # A URL has no listing: its file is called as the spec says, and vouched for by it or by nobody.
    name = spec.filename or filename_of(spec.origin)
    files = (replace(locked.files[0], path=name),)
    trust = FIRST_USE if spec.sha256 is None else None
    return replace(
        locked, requested=spec.requested, files=files, tree=tree_of(files), trust=trust, **copied
    )
