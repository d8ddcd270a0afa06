"""Where each file of locked models belongs, in their layouts."""

from collections.abc import Mapping, Sequence

from modellock.decisions.layouts import arrangement_of
from modellock.decisions.meetings import check_meetings
from modellock.decisions.planning import WantedModel
from modellock.documents.lockfile import Lock, LockedModel
from modellock.documents.placements import layout_of, placement_below, placement_of
from modellock.documents.project_settings import ProjectSettings


def wanted_models(
    models: Sequence[LockedModel], lock: Lock, *, below: bool
) -> tuple[WantedModel, ...]:
    """Where the files of some of a lock's models belong.

    Relative to the project, or `below` what stands for `settings.path`.

    ValueError where two models meet there that do not meet in the project.
    """
    roots = {name: root_of(one, lock.settings, below=below) for name, one in lock.models.items()}
    wanted = tuple(
        arrangement_of(model, lock.settings).wanted(
            roots[model.name], model, _siblings(model, roots, lock)
        )
        for model in models
    )
    check_meetings(wanted)
    return wanted


def root_of(model: LockedModel, settings: ProjectSettings, *, below: bool) -> str:
    """A model's own directory, or the one that it shares with others of its layout."""
    return (placement_below if below else placement_of)(model, settings)


def directory_of(model: LockedModel, settings: ProjectSettings, *, below: bool) -> str:
    """The directory that a model's files lie in."""
    root = root_of(model, settings, below=below)
    return arrangement_of(model, settings).directory(root, model)


def _siblings(model: LockedModel, roots: Mapping[str, str], lock: Lock) -> list[LockedModel]:
    return [
        other
        for other in lock.models.values()
        if roots[other.name] == roots[model.name]
        and layout_of(other, lock.settings) is layout_of(model, lock.settings)
    ]
