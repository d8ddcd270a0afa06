"""Where models are placed: which directory each one gets, and that no two of them collide."""

from collections.abc import Mapping
from typing import Protocol

from modellock.documents.project_settings import SHARED_ROOTS, Layout, ProjectSettings
from modellock.values.origins import Kind
from modellock.values.paths import fold, parents, parse_path
from modellock.values.tables import Table

APART = "place the models side by side, each with a `path` of its own"
"""What to do about models that meet."""

_OURS = frozenset(["models.toml", "models.lock"])
_OUR_PREFIX = ".modellock"
"""Of the directory with the state, and of stages, which lie beside what is placed."""


class Placeable(Protocol):
    """What a spec and a locked model have in common here."""

    @property
    def name(self) -> str: ...  # noqa: D102
    @property
    def kind(self) -> Kind: ...  # noqa: D102
    @property
    def path(self) -> str | None: ...  # noqa: D102
    @property
    def layout(self) -> Layout | None: ...  # noqa: D102
    @property
    def rename(self) -> tuple[tuple[str, str], ...]: ...  # noqa: D102


def layout_of(model: Placeable, settings: ProjectSettings) -> Layout:
    """The layout that holds for a model."""
    return model.layout or settings.layout


def placement_of(model: Placeable, settings: ProjectSettings) -> str:
    """A model's root in the project: its `path`, else `<settings.path>/NAME` (or `…/hub`)."""
    return model.path or f"{settings.path}/{placement_below(model, settings)}"


def placement_below(model: Placeable, settings: ProjectSettings) -> str:
    """The same for `--to DIR`, relative to DIR, which stands for `settings.path`."""
    return model.path or SHARED_ROOTS.get(layout_of(model, settings), model.name)


def check_placements(
    models: Table, settings: ProjectSettings, placed: Mapping[str, Placeable]
) -> None:
    """Refuse placements that are equal, nested or case-equal; TableError at the later model's key.

    Models in one layout that frameworks dictate may share a root.
    """
    seen: dict[str, Placeable] = {}
    for name, model in placed.items():
        table = models.table(name)
        _check_layout(table, model, settings)
        directory = placement_of(model, settings)
        table.check("path", _parse_placement, directory)
        other = seen.setdefault(fold(directory), model)
        if other is not model and not _may_share(model, other, settings):
            raise table.fail(
                f"is refused: {directory!r} is also where `{other.name}` is placed",
                "path",
                hint=APART,
            )
    for folded, model in seen.items():
        for parent in parents(folded):
            if parent in seen:
                inner = placement_of(model, settings)
                problem = f"is refused: {inner!r} lies inside of `{seen[parent].name}`'s directory"
                raise models.table(model.name).fail(problem, "path", hint=APART)


def _may_share(model: Placeable, other: Placeable, settings: ProjectSettings) -> bool:
    layouts = {layout_of(model, settings), layout_of(other, settings)}
    roots = {placement_of(model, settings), placement_of(other, settings)}
    return len(layouts) == len(roots) == 1 and layouts <= SHARED_ROOTS.keys()


def misfit(model: Placeable, layout: Layout) -> str | None:
    """Why a layout cannot hold a model; None where it can."""
    if layout is Layout.HF_CACHE and model.kind is not Kind.HUB:
        return f"`{layout}` is a layout of Hub models, and this is a `{model.kind}` model"
    if layout is Layout.HF_CACHE and model.rename:
        return f"`{layout}` keeps upstream's names, and this model has `rename`"
    return None


def _check_layout(table: Table, model: Placeable, settings: ProjectSettings) -> None:
    fault = misfit(model, layout_of(model, settings))
    if fault is not None:
        key = "layout" if model.kind is not Kind.HUB else "rename"
        raise table.fail(f"is refused: {fault}", key, hint='write `layout = "plain"`')


def _parse_placement(directory: str) -> str:
    segments = fold(parse_path(directory)).split("/")
    if segments[0] in _OURS or any(segment.startswith(_OUR_PREFIX) for segment in segments):
        raise ValueError(f"{directory!r} is a name that modellock needs for itself")
    return directory
