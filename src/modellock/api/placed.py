"""`modellock.path`: loaded apart, because applications call it at every start."""

import os
from pathlib import Path

from modellock.errors import MissingFilesError
from modellock.shell.project import find_project
from modellock.verbs import path as _path


def path(
    name: str,
    file: str | None = None,
    *,
    to: str | os.PathLike[str] | None = None,
    directory: str | os.PathLike[str] = ".",
) -> Path:
    """Where a placed model is, or one of its files; nothing is hashed, and nobody is asked.

    `file` is its path as placed, or as upstream has it. `to` is the directory that `sync` was told
    to place below. Raises MissingFilesError, whose hint is what to run or to call, where something
    is not there, or of an earlier lock; UnknownNameError for a model or a file that is not in
    models.lock; MissingLockError, InputError.
    """
    project = find_project(os.fspath(directory))
    below = None if to is None else os.fspath(to)
    try:
        return Path(_path.path(project, name, file, to=below))
    except MissingFilesError as error:
        error.hint = _hint(name, below)
        raise


def _hint(name: str, below: str | None) -> str:
    to = "" if below is None else f", to={below!r}"
    flag = "" if below is None else f" --to {below}"
    return (
        f"run `modellock sync --model {name}{flag}`, or call "
        f"`modellock.sync(models=[{name!r}]{to})`"
    )
