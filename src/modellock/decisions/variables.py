"""Which environment variables lead programs to the placed models."""

from collections.abc import Iterable, Iterator

from modellock.decisions.layouts import arrangement_of
from modellock.decisions.wanted import directory_of, root_of
from modellock.documents.lockfile import LockedModel
from modellock.documents.project_settings import ProjectSettings
from modellock.errors import VariableConflictError
from modellock.values.variables import variable_of_model

_Claim = tuple[str, str, LockedModel]
"""A variable, its value, and the model that asks for it."""


def variables_of(
    models: Iterable[LockedModel], settings: ProjectSettings, *, below: bool
) -> dict[str, str]:
    """What frameworks read for the models' layouts, then a variable for each declared model.

    Paths are relative to the project, or `below` what stands for `settings.path`. A model that
    another one requires has no variable: loaders find it by its repository, and its name comes
    from upstream. Raises VariableConflictError where two models ask for different values.
    """
    models = tuple(models)
    values: dict[str, str] = {}
    holders: dict[str, LockedModel] = {}
    for variable, value, model in _claims_of_layouts(models, settings, below=below):
        if values.setdefault(variable, value) != value:
            raise _two_roots(variable, (values[variable], holders[variable]), (value, model))
        holders.setdefault(variable, model)
    for variable, value, model in _claims_of_models(models, settings, below=below):
        if variable in holders:
            raise _two_names(variable, holders[variable], model)
        values[variable], holders[variable] = value, model
    return values


def _claims_of_layouts(
    models: Iterable[LockedModel], settings: ProjectSettings, *, below: bool
) -> Iterator[_Claim]:
    for model in models:
        root = root_of(model, settings, below=below)
        for variable, value in arrangement_of(model, settings).variables(root).items():
            yield variable, value, model


def _claims_of_models(
    models: Iterable[LockedModel], settings: ProjectSettings, *, below: bool
) -> Iterator[_Claim]:
    for model in models:
        if model.is_declared:
            directory = directory_of(model, settings, below=below)
            yield variable_of_model(model.name), directory, model


def _two_roots(
    variable: str, first: tuple[str, LockedModel], second: tuple[str, LockedModel]
) -> VariableConflictError:
    (one, here), (other, there) = first, second
    return VariableConflictError(
        f"{variable}: can lead to one directory alone: "
        f"expected {one!r} of {here.name}, received {other!r} of {there.name}",
        hint="give both models the same `path`, or choose among them with `--model` or `--group`",
    )


def _two_names(variable: str, one: LockedModel, other: LockedModel) -> VariableConflictError:
    return VariableConflictError(
        f"{variable}: would be the variable of two models, {one.name} and {other.name}",
        hint="rename one in models.toml, or choose between them with `--model`",
    )
