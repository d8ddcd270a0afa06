"""`modellock.path`: loaded apart, because applications call it at every start."""

import os
from collections.abc import Mapping
from pathlib import Path

from modellock.api.paths import StrPath, path_text
from modellock.errors import MissingFilesError
from modellock.shell.project import find_project
from modellock.verbs import path as _path


def path(
    name: str,
    file: str | None = None,
    *,
    to: StrPath | None = None,
    shared_cache: StrPath | None = None,
    directory: StrPath = ".",
) -> Path:
    """Where a placed model is, or one of its files; nothing is hashed, and nobody is asked.

    `file` is its path as placed, or as upstream has it. `to` and `shared_cache` are what `sync` was
    told. Raises MissingFilesError, whose hint is what to run or to call, where something is not
    there, or of an earlier lock; UnknownNameError for a model or a file that is not in models.lock;
    MissingLockError, InputError.
    """
    project = find_project(os.fspath(directory))
    given = {"to": to, "shared_cache": shared_cache}
    texts = {word: path_text(word, value) for word, value in given.items()}
    where = {word: text for word, text in texts.items() if text is not None}
    try:
        return Path(_path.path(project, name, file, **where))
    except MissingFilesError as error:
        error.hint = f"{error.hint}, or call `modellock.sync({_arguments(name, where)})`"
        raise


def _arguments(name: str, where: Mapping[str, str]) -> str:
    return ", ".join([f"models=[{name!r}]", *(f"{word}={where[word]!r}" for word in where)])
