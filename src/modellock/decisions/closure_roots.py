"""Which Hub's cache a model lies in that others refer to: theirs, since a loader has but one."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from modellock.documents.lockfile import LockedModel
from modellock.documents.placements import layout_of, placement_of
from modellock.documents.project_settings import Layout, ProjectSettings


def in_their_caches(
    models: Mapping[str, LockedModel], settings: ProjectSettings
) -> dict[str, LockedModel]:
    """The same models; those that are not declared have the `path` of all that lead to them.

    Where these have several caches, or none, it is the default one.
    """
    return {
        name: model
        if model.is_declared
        else replace(model, path=_only_path(heads_of(model, models, settings)))
        for name, model in models.items()
    }


def apart_from(
    model: LockedModel, models: Mapping[str, LockedModel], settings: ProjectSettings
) -> Iterator[LockedModel]:
    """The declared models that lead to a model and have another cache than it."""
    for head in heads_of(model, models, settings):
        if placement_of(head, settings) != placement_of(model, settings):
            yield head


def heads_of(
    model: LockedModel, models: Mapping[str, LockedModel], settings: ProjectSettings
) -> list[LockedModel]:
    """The declared models in a Hub's cache that require a model, directly or not, by name."""
    found, waiting = {model.name}, [model]
    while waiting:
        fresh = set(waiting.pop().required_by) - found
        found |= fresh
        waiting += [models[name] for name in fresh]
    return [
        models[name]
        for name in sorted(found)
        if models[name].is_declared and layout_of(models[name], settings) is Layout.HF_CACHE
    ]


def _only_path(heads: list[LockedModel]) -> str | None:
    paths = {head.path for head in heads}
    return paths.pop() if len(paths) == 1 else None
