"""Where each file of locked models belongs, in their layouts."""

from collections.abc import Mapping, Sequence

from modellock.decisions.hf_cache import folder_of, snapshot_below, wanted_in_cache
from modellock.decisions.planning import WantedFile, WantedModel
from modellock.documents.lockfile import Lock, LockedModel, placed_path
from modellock.documents.placements import layout_of, placement_below, placement_of
from modellock.documents.project_settings import Layout, ProjectSettings
from modellock.values.paths import check_together


def wanted_models(
    models: Sequence[LockedModel], lock: Lock, *, below: bool
) -> tuple[WantedModel, ...]:
    """Where the files of some of a lock's models belong.

    Relative to the project, or `below` what stands for `settings.path`.

    ValueError where two models meet there that do not meet in the project.
    """
    roots = {model.name: root_of(model, lock.settings, below=below) for model in models}
    check_together(_own_directories(models, roots, lock.settings))
    return tuple(_wanted(model, roots[model.name], lock) for model in models)


def root_of(model: LockedModel, settings: ProjectSettings, *, below: bool) -> str:
    """A model's own directory, or the cache's that it lies in."""
    return (placement_below if below else placement_of)(model, settings)


def directory_of(model: LockedModel, settings: ProjectSettings, *, below: bool) -> str:
    """The directory that a model's files lie in."""
    root = root_of(model, settings, below=below)
    in_cache = layout_of(model, settings) is Layout.HF_CACHE
    return snapshot_below(root, model) if in_cache else root


def _wanted(model: LockedModel, root: str, lock: Lock) -> WantedModel:
    if layout_of(model, lock.settings) is Layout.HF_CACHE:
        return wanted_in_cache(model, root, lock.models.values())
    files = tuple(
        WantedFile(f"{root}/{placed_path(model, file)}", file.digest, file.size)
        for file in model.files
    )
    return WantedModel(name=model.name, directory=root, files=files)


def _own_directories(
    models: Sequence[LockedModel], roots: Mapping[str, str], settings: ProjectSettings
) -> list[str]:
    """Directories that may not meet; two commits of one repository share its folder."""
    cached = [model for model in models if layout_of(model, settings) is Layout.HF_CACHE]
    folders = {f"{roots[model.name]}/{folder_of(model)}" for model in cached}
    return [*folders, *(roots[model.name] for model in models if model not in cached)]
