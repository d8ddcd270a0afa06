"""Models arranged otherwise than models.toml says, because a flag asks for it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from modellock.documents.lockfile import Lock, LockedModel
from modellock.documents.placements import layout_of, misfit
from modellock.documents.project_settings import Layout


@dataclass(frozen=True, slots=True)
class Relaid:
    """A lock whose models have one layout, as far as that can hold them."""

    lock: Lock
    kept: Mapping[str, str]
    """What to say of each model that keeps its own layout, by name."""


def relaid(lock: Lock, layout: Layout) -> Relaid:
    """Give every model a layout, but those that it cannot hold."""
    models, kept = {}, {}
    for name, model in lock.models.items():
        reason = _misfit(model, layout)
        models[name] = model if reason else replace(model, layout=layout)
        own = layout_of(model, lock.settings)
        if reason and own is not layout:
            kept[name] = f"{name}: keeps its layout `{own}`: {reason}"
    return Relaid(replace(lock, models=models), kept)


def _misfit(model: LockedModel, layout: Layout) -> str | None:
    if not model.is_declared and layout is not Layout.HF_CACHE:
        return "loaders look for what others require in a Hub's cache alone"
    return misfit(model, layout)
