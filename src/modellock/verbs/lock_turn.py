"""What one run of `lock` or `update` does to declared models, as far as their closure asks."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from modellock.decisions.targets import UpdateTarget
from modellock.documents.lockfile import LockedModel
from modellock.documents.manifest import Manifest
from modellock.documents.offers import Snapshot
from modellock.errors import UnknownNameError, UsageError
from modellock.values.wording import did_you_mean
from modellock.verbs.drafting import Draft


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """Which models are not as they were, and which pins may move."""

    fresh: Collection[str] = ()
    """Declared models whose references are not known to be those of the lock before."""

    snapshots: Mapping[str, Snapshot] = field(default_factory=dict)
    """What upstream said of declared models in this run."""

    moving: Collection[str] = ()
    """Models whose pins may move; what only they require moves with them."""

    named: Collection[str] = ()
    """Those that the user named, whose repository may be another one now."""


def turn_of(
    manifest: Manifest,
    before: Mapping[str, LockedModel],
    drafts: Mapping[str, Draft],
    update: Sequence[UpdateTarget],
    *,
    update_all: bool,
) -> Turn:
    """The turn of a run that drafted these models anew."""
    named = {_name(target, before) for target in update}
    freed = {name for name, spec in manifest.specs.items() if update_all and not spec.hold}
    return Turn(
        fresh=frozenset(drafts),
        snapshots={name: draft.snapshot for name, draft in drafts.items()},
        moving=frozenset(named | freed),
        named=frozenset(named),
    )


def doubted(
    turn: Turn,
    declared: Collection[str],
    before: Mapping[str, LockedModel],
    anew: Collection[str],
) -> Turn:
    """The same where two locks were merged: who refers to what must be read, if anything did.

    `anew` names what both sides changed. A required one among them has no pin that counts.
    """
    if all(model.is_declared and not model.required_by for model in before.values()):
        return turn
    required = {name for name in anew if name not in declared}
    return replace(turn, fresh=frozenset(declared), moving=required.union(turn.moving))


def check_targets(
    manifest: Manifest, before: Mapping[str, LockedModel], update: Sequence[UpdateTarget]
) -> None:
    """Refuse what `update` cannot move.

    Raises UnknownNameError for a target that neither models.toml nor a closure has; UsageError for
    a revision of a model that others refer to, since they say which one they want.
    """
    closure = [name for name, model in before.items() if not model.is_declared]
    revisions: dict[str, str | None] = {}
    for target in update:
        first = revisions.setdefault(target.name, target.revision)
        if first != target.revision:
            raise UsageError(
                f"{target.name}: is named with two revisions: "
                f"{first or 'none'} and {target.revision or 'none'}",
                hint=f"name it once, as in `modellock update {target.name}`",
            )
        name = _name(target, before)
        if name not in manifest.specs and name not in closure:
            raise UnknownNameError(
                f"{name!r} is not a model of models.toml",
                hint=did_you_mean(name, [*manifest.specs, *closure]),
            )
        if name in closure and name == target.name and target.revision is not None:
            requirer = before[name].required_by[0]
            raise UsageError(
                f"{name}: its revision is the one that {requirer} refers to",
                hint=f"run `modellock update {name}`, or declare it in models.toml",
            )


def _name(target: UpdateTarget, before: Mapping[str, LockedModel]) -> str:
    # The name of a closure model can have an `@` of its own.
    key = f"{target.name}@{target.revision}"
    return key if key in before else target.name
