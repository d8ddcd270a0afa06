"""Where a placed model or one of its files is."""

import os

from modellock.decisions.wanted import directory_of
from modellock.documents.lockfile import LockedModel, placed_path
from modellock.errors import MissingFilesError, UnknownNameError
from modellock.shell.project import Project
from modellock.values.wording import did_you_mean


def path(project: Project, name: str, file: str | None = None, *, to: str | None = None) -> str:
    """The absolute path of a model's directory, its snapshot's in `hf-cache`, or of a file in it.

    `file` is its path as placed, or as upstream has it. Raises UnknownNameError, and
    MissingFilesError that says what to run where something of it is not there.
    """
    lock = project.read_lock()
    model = lock.models.get(name)
    if model is None:
        hint = did_you_mean(name, lock.models)
        raise UnknownNameError(f"{name!r} is not a model of models.lock", hint=hint)
    base = project.directory if to is None else os.path.abspath(to)
    directory = os.path.join(base, directory_of(model, lock.settings, below=to is not None))
    files = _files_of(model, file)
    for placed, size in files.items():
        _check(model.name, os.path.join(directory, placed), size)
    return directory if file is None else os.path.join(directory, next(iter(files)))


def _files_of(model: LockedModel, asked: str | None) -> dict[str, int]:
    """Sizes by placed path: of all files, or of the one that was asked for."""
    sizes = {placed_path(model, file): file.size for file in model.files}
    if asked is None:
        return sizes
    upstream = {file.path: placed_path(model, file) for file in model.files}
    placed = asked if asked in sizes else upstream.get(asked)
    if placed is None:
        raise UnknownNameError(
            f"{asked!r} is not a file of {model.name}", hint=did_you_mean(asked, sizes)
        )
    return {placed: sizes[placed]}


def _check(name: str, full: str, size: int) -> None:
    try:
        found = os.stat(full).st_size
    except OSError as error:
        raise MissingFilesError(
            f"{name}: {full} is not there: {error.strerror}",
            hint=f"run `modellock sync --model {name}`",
            model=name,
        ) from error
    if found != size:
        raise MissingFilesError(
            f"{name}: {full} is another file: expected {size} bytes, received {found}",
            hint=f"run `modellock sync --model {name}`",
            model=name,
        )
