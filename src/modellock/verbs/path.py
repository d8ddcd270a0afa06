"""Where a placed model or one of its files is."""

import os

from modellock.decisions.layouts.shared_cache import (
    goes_to_shared_cache,
    snapshot_in_shared_cache,
)
from modellock.decisions.wanted import directory_of
from modellock.documents.lockfile import LockedFile, LockedModel, placed_path
from modellock.documents.project_settings import ProjectSettings
from modellock.documents.state import PlacedFile, Target
from modellock.errors import MissingFilesError, UnknownNameError
from modellock.shell.project import Project
from modellock.shell.state_file import read_state, target_name
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
    target, below = _place_of(model, lock.settings, to=to, shared_cache=shared_cache)
    base = project.directory if target is None else os.path.abspath(target)
    directory = os.path.join(base, below)
    files = _files_of(model, file)
    noted = read_state(project).targets.get(target_name(target), Target()).files
    for placed, locked in files.items():
        fault = _fault_of(os.path.join(directory, placed), locked, noted.get(f"{below}/{placed}"))
        if fault is not None:
            raise MissingFilesError(
                f"{model.name}: {fault}",
                hint=f"run `modellock sync --model {model.name}{_flag_for(to, shared_cache)}`",
                model=model.name,
            )
    return directory if file is None else os.path.join(directory, next(iter(files)))


def _place_of(
    model: LockedModel, settings: ProjectSettings, *, to: str | None, shared_cache: str | None
) -> tuple[str | None, str]:
    """A target, None for the project, and the directory below it that a model's files lie in."""
    if shared_cache is not None and goes_to_shared_cache(model, settings):
        return shared_cache, snapshot_in_shared_cache(model)
    return to, directory_of(model, settings, below=to is not None)


def _flag_for(to: str | None, shared_cache: str | None) -> str:
    if shared_cache is not None:
        return f" --shared-cache {shared_cache}"
    return "" if to is None else f" --to {to}"


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


def _fault_of(full: str, locked: LockedFile, noted: PlacedFile | None) -> str | None:
    """What is wrong with a placed file, as far as a stat and the last sync's note tell."""
    try:
        found = os.stat(full).st_size
    except OSError as error:
        return f"{full} is not there: {error.strerror}"
    if found != locked.size:
        return f"{full} is another file: expected {locked.size} bytes, received {found}"
    # The weights of two versions are most often of one size.
    if noted is not None and noted.digest != locked.digest:
        return f"{full} is of an earlier lock: expected {locked.digest}, received {noted.digest}"
    return None
