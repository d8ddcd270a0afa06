"""`modellock.status` and `modellock.verify`: what changes nothing."""

import os
from dataclasses import replace

from modellock.api.asking import StrPath, settings_of
from modellock.api.following import Cancel, following
from modellock.shell.project import find_project
from modellock.verbs.status import StatusResult
from modellock.verbs.status import status as _status
from modellock.verbs.verify import verify as _verify
from modellock.verbs.verify import verify_deep
from modellock.verbs.verify_result import VerifyResult


def status(
    *, to: StrPath | None = None, store: StrPath | None = None, directory: StrPath = "."
) -> StatusResult:
    """How each model stands: placed, missing, old, mixed, modified, or not wanted any more.

    `to` is the directory that `sync` was told to place below. Raises MissingLockError, InputError.
    """
    project = find_project(os.fspath(directory))
    return _status(project, settings_of(store), to=None if to is None else os.fspath(to))


def verify(
    *names: str,
    deep: bool = False,
    to: StrPath | None = None,
    store: StrPath | None = None,
    directory: StrPath = ".",
    cancel: Cancel | None = None,
) -> VerifyResult:
    """Compare what is placed with models.lock: all models, or those named.

    By size and time; with `deep` every byte is hashed again, on all cores, and a damaged blob of
    the store is moved aside. What is wrong is in the result. Raises UnknownNameError,
    MissingLockError, InputError; CancelledError once `cancel` is set.
    """
    settings = settings_of(store)
    below = None if to is None else os.fspath(to)
    with following(None, cancel) as follower:
        project = find_project(os.fspath(directory), follower)
        if deep:
            result = verify_deep(project, settings, follower, names, to=below)
        else:
            result = _verify(project, settings, names, to=below)
    return replace(result, warnings=tuple(follower.warnings))
