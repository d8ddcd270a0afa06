"""Two locks that a merge left side by side become one: what is sure is kept, the rest is lost.

Whoever merges resolves the lost ones anew. Identical or one-sided models are sure; so is one that,
seen from the common ancestor, only one side changed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from modellock.documents.lockfile import LockedModel

Models = Mapping[str, LockedModel | None]
"""By name; None where a block is not whole."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Merge:
    """What became of each model of two locks, as names, and the models that are kept."""

    kept: Mapping[str, LockedModel]
    pinned: Mapping[str, LockedModel]
    """What one side had of models that must be resolved anew; their identity still counts."""

    both: tuple[str, ...]
    """Identical on both sides."""

    ours: tuple[str, ...]
    theirs: tuple[str, ...]
    anew: tuple[str, ...]
    """Changed on both sides, or damaged by the merge."""


def merge_locks(ours: Models, theirs: Models, base: Models | None = None) -> Merge:
    """Bring two sides together, model by model. `base` is their common ancestor, where known."""
    chosen = {name: _choose(name, ours, theirs, base) for name in sorted({*ours, *theirs})}
    kept = {name: model for name, (_, model) in chosen.items() if model is not None}
    anew = _named(chosen, "anew")
    pins = {name: ours.get(name) or theirs.get(name) for name in anew}
    return Merge(
        kept=kept,
        pinned={name: model for name, model in pins.items() if model is not None},
        both=_named(chosen, "both"),
        ours=_named(chosen, "ours"),
        theirs=_named(chosen, "theirs"),
        anew=anew,
    )


_Choice = tuple[str, LockedModel | None]


def _choose(name: str, ours: Models, theirs: Models, base: Models | None) -> _Choice:
    mine, other = ours.get(name), theirs.get(name)
    if name not in ours or name not in theirs:
        # Where the other side removed it, models.toml says so too, and it leaves the lock.
        model = mine or other
        side = "ours" if name in ours else "theirs"
        return ("anew", None) if model is None else (side, model)
    if mine is None or other is None:
        return ("anew", None)
    if _alike(mine, other):
        return ("both", mine)
    before = None if base is None else base.get(name)
    if before == mine:
        return ("theirs", other)
    return ("ours", mine) if before == other else ("anew", None)


def _alike(mine: LockedModel, other: LockedModel) -> bool:
    """Whether two sides mean one version: who requires it, when and where, follows from others."""
    mine = replace(mine, required_by=other.required_by)
    if not mine.is_declared:
        mine = replace(mine, groups=other.groups, marker=other.marker, path=other.path)
    return mine == other


def _named(chosen: Mapping[str, _Choice], word: str) -> tuple[str, ...]:
    return tuple(name for name, (choice, _) in chosen.items() if choice == word)
