"""The verbs as functions, for programs: typed, with frozen results, and without a word printed.

Like the command, they look for models.toml from a directory upwards, and go by the environment for
store, endpoints and tokens. What the command takes as flags they take as arguments. They raise the
errors of `modellock.errors`.
"""

import os
from collections.abc import Sequence
from pathlib import Path

from modellock.cli.parser import parse
from modellock.cli.session import open_settings
from modellock.decisions.targets import parse_target
from modellock.documents.project_settings import LinkMode
from modellock.ports.reporting import Reporter
from modellock.ports.settings import Settings
from modellock.shell.project import Project, find_project
from modellock.verbs import lock as _lock
from modellock.verbs import path as _path
from modellock.verbs import status as _status
from modellock.verbs import sync as _sync
from modellock.verbs import verify as _verify
from modellock.verbs.lock_result import LockResult
from modellock.verbs.status import StatusResult
from modellock.verbs.sync_result import Staleness, SyncMode, SyncRequest, SyncResult
from modellock.verbs.verify_result import VerifyResult

Directory = str | os.PathLike[str]


def path(name: str, file: str | None = None, *, directory: Directory = ".") -> Path:
    """Where a placed model is, or one of its files.

    Raises MissingFilesError that says what to run where it is not there, UnknownNameError.
    """
    return Path(_path.path(_project(directory), name, file))


def lock(
    *,
    update: Sequence[str] = (),
    check: bool = False,
    directory: Directory = ".",
    reporter: Reporter | None = None,
) -> LockResult:
    """Resolve what models.lock does not satisfy, and write it; every pin that still fits stays.

    The pins of the models in `update` may move, each to the best that fits or, as `NAME@REV`, to
    what is named. With `check` nothing is asked or written, and
    StaleLockError says what differs.
    """
    project = _project(directory, reporter)
    if check:
        return _lock.check_lock(project)
    targets = tuple(parse_target(name) for name in update)
    request = _lock.LockRequest(update=targets)
    return _lock.lock(project, _settings(), reporter or Reporter(), request)


def sync(  # noqa: PLR0913 - the flags of the command
    *,
    groups: Sequence[str] = (),
    only_groups: Sequence[str] = (),
    no_groups: Sequence[str] = (),
    models: Sequence[str] = (),
    to: Directory | None = None,
    link_mode: LinkMode | None = None,
    mode: SyncMode = SyncMode.APPLY,
    frozen: bool = False,
    replace: bool = False,
    directory: Directory = ".",
    reporter: Reporter | None = None,
) -> SyncResult:
    """Make the project show exactly what models.lock says.

    Raises StaleLockError where models.toml has outgrown it, unless `frozen`; of several models
    that fail SeveralErrors, with all others done.
    """
    request = SyncRequest(
        groups=tuple(groups),
        only_groups=tuple(only_groups),
        no_groups=tuple(no_groups),
        models=tuple(models),
        to=None if to is None else os.fspath(to),
        link_mode=link_mode,
        mode=mode,
        staleness=Staleness.FROZEN if frozen else Staleness.LOCKED,
        replace=replace,
    )
    project = _project(directory, reporter)
    return _sync.sync(project, _settings(), reporter or Reporter(), request)


def status(*, directory: Directory = ".") -> StatusResult:
    """How each model stands. Raises MissingLockError, InputError."""
    return _status.status(_project(directory), _settings())


def verify(*names: str, deep: bool = False, directory: Directory = ".") -> VerifyResult:
    """Compare what is placed with models.lock: all models, or those named.

    With `deep` every byte is hashed again. Raises MissingLockError, InputError.
    """
    project, settings = _project(directory), _settings()
    if deep:
        return _verify.verify_deep(project, settings, Reporter(), names)
    return _verify.verify(project, settings, names)


def _project(directory: Directory, reporter: Reporter | None = None) -> Project:
    return find_project(os.fspath(directory), reporter)


def _settings() -> Settings:
    """What the variables of the command's global flags say."""
    return open_settings(parse(["status"], os.environ))
