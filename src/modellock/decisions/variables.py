"""Which environment variables lead programs to the placed models."""

from collections.abc import Callable, Iterable, Iterator

from modellock.decisions.layouts import arrangement_of
from modellock.documents.lockfile import LockedModel
from modellock.documents.project_settings import ProjectSettings
from modellock.errors import VariableConflictError
from modellock.values.variables import HERE, variable_of_model

RootOf = Callable[[LockedModel], str]
"""Where a model's layout begins, relative to a target; HERE for the target itself."""

_Claim = tuple[str, str, LockedModel]
"""A variable, its value, and the model that asks for it."""


def variables_of(
    models: Iterable[LockedModel], settings: ProjectSettings, root_of: RootOf
) -> dict[str, str]:
    """What frameworks read for the models' layouts, then a variable for each declared model.

    Paths are relative, as the roots are. A model that another one requires has no variable: loaders
    find it by its repository, and its name comes from upstream. Raises VariableConflictError where
    two models ask for different values.
    """
    models = tuple(models)
    values: dict[str, str] = {}
    holders: dict[str, LockedModel] = {}
    for variable, value, model in _claims_of_layouts(models, settings, root_of):
        if values.setdefault(variable, value) != value:
            raise _two_roots(variable, (values[variable], holders[variable]), (value, model))
        holders.setdefault(variable, model)
    for model in filter(_has_variable, models):
        directory = arrangement_of(model, settings).directory(root_of(model), model)
        values[variable_of_model(model.name)] = directory.removeprefix(f"{HERE}/")
    return values


def refuse_shared_variables(models: Iterable[LockedModel]) -> None:
    """Raise VariableConflictError where the names of two models make one variable."""
    holders: dict[str, str] = {}
    for model in filter(_has_variable, models):
        variable = variable_of_model(model.name)
        if holders.setdefault(variable, model.name) != model.name:
            raise VariableConflictError(
                f"{variable}: would be the variable of two models, "
                f"{holders[variable]} and {model.name}",
                hint="rename one in models.toml, or choose between them with `--model`",
            )


def _has_variable(model: LockedModel) -> bool:
    return model.is_declared


def _claims_of_layouts(
    models: Iterable[LockedModel], settings: ProjectSettings, root_of: RootOf
) -> Iterator[_Claim]:
    for model in models:
        for variable, value in arrangement_of(model, settings).variables(root_of(model)).items():
            yield variable, value, model


def _two_roots(
    variable: str, first: tuple[str, LockedModel], second: tuple[str, LockedModel]
) -> VariableConflictError:
    (one, here), (other, there) = first, second
    return VariableConflictError(
        f"{variable}: can lead to one directory alone: "
        f"expected {one!r} of {here.name}, received {other!r} of {there.name}",
        hint="give both models the same `path`, or choose among them with `--model` or `--group`",
    )
