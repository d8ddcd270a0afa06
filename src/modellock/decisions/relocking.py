"""What `lock` has to do for each model: copy what is locked, or ask upstream again."""

from collections.abc import Collection
from dataclasses import dataclass, replace

from modellock.decisions.changes import KeyChange, changes_of
from modellock.decisions.resolution import pin_fits
from modellock.decisions.targets import UpdateTarget
from modellock.documents.keys import COPIED_KEYS, OnChange
from modellock.documents.lockfile import FIRST_USE, Lock, LockedModel, tree_of
from modellock.documents.manifest import Manifest, Spec
from modellock.values.origins import Kind, filename_of


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

    target: str | None = None
    """The revision that the user named, within what the spec asks for; None for the best."""


def steps(
    manifest: Manifest,
    lock: Lock | None,
    *,
    update: Collection[UpdateTarget] = (),
    update_all: bool = False,
    anew: Collection[str] = (),
) -> tuple[Step, ...]:
    """One step a spec, in the manifest's order.

    The pins of the models in `update` may move, and whatever answers for them is accepted; with
    `update_all` the pins of all others, too, but not of those with `hold`. `anew` are the names of
    models whose pins a merge has lost.
    """
    named = {target.name: target for target in update}
    models = {} if lock is None else lock.models

    def step(spec: Spec) -> Step:
        locked = models.get(spec.name)
        pinned = None if locked is None or not locked.is_declared else locked
        if spec.name in named:
            target = named[spec.name].revision
            return Step(spec=spec, pinned=pinned, accepts_identity=True, target=target)
        moves = spec.name in anew or (update_all and not spec.hold)
        if pinned is None or moves:
            return Step(spec=spec, pinned=pinned)
        return _kept(spec, pinned, manifest)

    return tuple(step(spec) for spec in manifest.specs.values())


def _kept(spec: Spec, pinned: LockedModel, manifest: Manifest) -> Step:
    changes = changes_of(spec, pinned, manifest)
    if not _same_endpoint(changes) or not pin_fits(spec, pinned):
        return Step(spec=spec, pinned=pinned)
    if any(_selects(change, pinned) for change in changes):
        return Step(spec=spec, pinned=pinned, keeps_pin=True)
    return Step(spec=spec, pinned=pinned, locked=pinned)


def _selects(change: KeyChange, pinned: LockedModel) -> bool:
    # What comes out of an archive may be named after it.
    return change.on_change is OnChange.SELECT or (
        change.key == "filename" and bool(pinned.archives)
    )


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
    trust = FIRST_USE if spec.sha256 is None else None
    files = locked.files
    if not locked.archives:
        files = (replace(files[0], path=spec.filename or filename_of(spec.origin)),)
    return replace(
        locked, requested=spec.requested, files=files, tree=tree_of(files), trust=trust, **copied
    )
