"""What a layout decides: where files belong below a root, and how programs are told of the root."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from modellock.decisions.planning import WantedFile, WantedModel
from modellock.documents.lockfile import LockedModel, placed_path


def no_variables(_root: str) -> dict[str, str]:
    """Of a layout whose root no program reads from its environment."""
    return {}


def nothing_made(_model: LockedModel) -> Iterable[bytes]:
    """Of a layout that places nothing but locked files."""
    return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrangement:
    """One layout, as functions over values.

    A root is a path without a `/` at its end; what is below it is said with `/` on every system.
    """

    directory: Callable[[str, LockedModel], str]
    """The directory below a root that a model's files lie in, each at its placed path."""

    wanted: Callable[[str, LockedModel, Sequence[LockedModel]], WantedModel]
    """Where a model's files belong below a root; the models are all that are placed below it."""

    variables: Callable[[str], dict[str, str]] = no_variables
    """The environment in which a framework finds what lies below a root, which stands in it as it
    is given."""

    made: Callable[[LockedModel], Iterable[bytes]] = nothing_made
    """The contents of placed files that nobody serves."""


def placed_in(
    directory: str, model: LockedModel, *, shared: bool, cache: str | None = None
) -> WantedModel:
    """A model's locked files in a directory, which other models may have files in as well."""
    files = tuple(
        WantedFile(f"{directory}/{placed_path(model, file)}", file.digest, file.size)
        for file in model.files
    )
    return WantedModel(
        name=model.name, directory=directory, files=files, shared=shared, cache=cache
    )
