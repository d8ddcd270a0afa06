"""Models that would meet on disk: in one directory that is not shared, or at one path."""

from collections.abc import Iterable, Sequence

from modellock.decisions.planning import WantedFile, WantedModel
from modellock.values.paths import fold, parents


def check_meetings(wanted: Sequence[WantedModel]) -> None:
    """Refuse models that cannot be placed together; ValueError that names two of them.

    Models that share a directory may have the same file in it, but not two at one path, nor at two
    that are one where case does not count.
    """
    for sharing in _by_place(wanted):
        _check_files(sharing)


def _by_place(wanted: Iterable[WantedModel]) -> list[list[WantedModel]]:
    """Models by the directory that nobody else may use."""
    places: dict[str, list[WantedModel]] = {}
    for model in wanted:
        places.setdefault(fold(_place_of(model)), []).append(model)
    for folded, models in places.items():
        _check_sharing(models)
        for parent in parents(folded):
            if parent in places:
                raise ValueError(
                    f"{_place_of(models[0])!r}, of `{models[0].name}`, lies inside of the "
                    f"directory of `{places[parent][0].name}`"
                )
    return [models for models in places.values() if len(models) > 1]


def _check_sharing(models: Sequence[WantedModel]) -> None:
    first = models[0]
    for other in models[1:]:
        if _place_of(other) != _place_of(first) or not (_may_share(first) and _may_share(other)):
            raise ValueError(
                f"{_place_of(other)!r}, of `{other.name}`, is also the directory of `{first.name}`"
            )


def _place_of(model: WantedModel) -> str:
    return model.directory if model.cache is None else model.cache


def _may_share(model: WantedModel) -> bool:
    return model.shared or model.cache is not None


def _check_files(models: Iterable[WantedModel]) -> None:
    seen: dict[str, tuple[WantedModel, WantedFile]] = {}
    for model in models:
        for file in model.files:
            other, twin = seen.setdefault(fold(file.path), (model, file))
            if (twin.path, twin.digest) != (file.path, file.digest):
                raise ValueError(
                    f"{file.path!r} would be a file of `{other.name}` and `{model.name}`"
                )
    for folded, (model, file) in seen.items():
        for parent in parents(folded):
            if parent in seen:
                raise ValueError(
                    f"{file.path!r}, of `{model.name}`, lies inside of a file of "
                    f"`{seen[parent][0].name}`"
                )
