"""Where a placed model or one of its files is."""

import os

from modellock.decisions.layouts.shared_cache import (
    goes_to_shared_cache,
    snapshot_in_shared_cache,
)
from modellock.decisions.wanted import directory_of
from modellock.documents.lockfile import LockedFile, LockedModel, placed_path
from modellock.documents.state import Target
from modellock.errors import MissingFilesError, UnknownNameError
from modellock.shell.project import Project
from modellock.shell.state_file import read_state
from modellock.values.wording import did_you_mean


def path(
    project: Project,
    name: str,
    file: str | None = None,
    *,
    to: str | None = None,
    shared_cache: str | None = None,
) -> str:
    """The absolute path of a model's directory, its snapshot's in `hf-cache`, or of a file in it.

    `file` is its path as placed, or as upstream has it. Raises UnknownNameError, and
    MissingFilesError that says what to run where something of it is not there: by size, and by what
    the last sync noted.
    """
    lock = project.read_lock()
    model = lock.models.get(name)
    if model is None:
        hint = did_you_mean(name, lock.models)
        raise UnknownNameError(f"{name!r} is not a model of models.lock", hint=hint)
    if shared_cache is not None and goes_to_shared_cache(model, lock.settings):
        target, below = os.path.abspath(shared_cache), snapshot_in_shared_cache(model)
    else:
        target = "" if to is None else os.path.abspath(to)
        below = directory_of(model, lock.settings, below=to is not None)
    directory = os.path.join(target or project.directory, below)
    files = _files_of(model, file)
    noted = read_state(project).targets.get(target, Target()).files
    for placed, locked in files.items():
        _check(model.name, os.path.join(directory, placed), locked.size)
        note = noted.get(f"{below}/{placed}")
        # The weights of two versions are most often of one size.
        if note is not None and note.digest != locked.digest:
            raise _missing(
                model.name,
                f"{os.path.join(directory, placed)} is of an earlier lock: "
                f"expected {locked.digest}, received {note.digest}",
            )
    return directory if file is None else os.path.join(directory, next(iter(files)))


def _files_of(model: LockedModel, asked: str | None) -> dict[str, LockedFile]:
    """By placed path: all files, or the one that was asked for."""
    files = {placed_path(model, file): file for file in model.files}
    if asked is None:
        return files
    upstream = {file.path: placed_path(model, file) for file in model.files}
    placed = asked if asked in files else upstream.get(asked)
    if placed is None:
        raise UnknownNameError(
            f"{asked!r} is not a file of {model.name}", hint=did_you_mean(asked, files)
        )
    return {placed: files[placed]}


def _check(name: str, full: str, size: int) -> None:
    try:
        found = os.stat(full).st_size
    except OSError as error:
        raise _missing(name, f"{full} is not there: {error.strerror}") from error
    if found != size:
        raise _missing(name, f"{full} is another file: expected {size} bytes, received {found}")


def _missing(name: str, fault: str) -> MissingFilesError:
    return MissingFilesError(
        f"{name}: {fault}", hint=f"run `modellock sync --model {name}`", model=name
    )
