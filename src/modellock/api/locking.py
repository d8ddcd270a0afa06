"""`modellock.lock` and `modellock.update`: what writes models.lock."""

import os
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

from modellock.api.asking import settings_of, words
from modellock.api.following import Cancel, Follower, Progress
from modellock.api.paths import StrPath
from modellock.decisions.cutoff import parse_moment
from modellock.decisions.targets import UpdateTarget, parse_target
from modellock.errors import UsageError
from modellock.ports.settings import Settings
from modellock.shell.project import find_project
from modellock.verbs.lock import LockMode, LockRequest, check_lock
from modellock.verbs.lock import lock as _lock
from modellock.verbs.lock_result import LockResult


def lock(  # noqa: PLR0913 - the flags of the command
    *,
    check: bool = False,
    dry_run: bool = False,
    exclude_newer: datetime | str | None = None,
    jobs: int | None = None,
    store: StrPath | None = None,
    offline: bool | None = None,
    directory: StrPath = ".",
    progress: Callable[[Progress], object] | None = None,
    cancel: Cancel | None = None,
) -> LockResult:
    """Resolve what models.lock does not satisfy, and write it; every pin that still fits stays.

    With `check` nobody is asked and nothing is written: StaleLockError says what differs. With
    `dry_run` nothing is written. `exclude_newer` is a time with a zone, or what the flag takes:
    `2026-07-01`, `3 days`.

    All or nothing: raises the error of the one model that failed, or SeveralErrors, and models.lock
    is as it was. Raises UsageError, InputError; CancelledError once `cancel` is set, and whatever
    `progress` raises.
    """
    if check:
        return _checked(directory, cancel)
    request = LockRequest(mode=_mode(dry_run=dry_run), exclude_newer=_newest(exclude_newer))
    settings = settings_of(store, offline=offline, jobs=jobs)
    return _locked(request, settings, directory, progress, cancel)


def update(  # noqa: PLR0913 - the flags of the command
    *names: str,
    all: bool = False,  # noqa: A002 - the name of the flag
    dry_run: bool = False,
    exclude_newer: datetime | str | None = None,
    jobs: int | None = None,
    store: StrPath | None = None,
    offline: bool | None = None,
    directory: StrPath = ".",
    progress: Callable[[Progress], object] | None = None,
    cancel: Cancel | None = None,
) -> LockResult:
    """Move the pins of the named models within the bounds of models.toml, or of `all`; then lock.

    A name may be `NAME@REV`, to move a pin to one revision that fits. Models with `hold` move only
    when they are named. The other arguments are those of `lock`, and so are the errors;
    UnknownNameError for a model that there is not, UsageError without a name and without `all`.
    """
    if bool(names) == all:
        raise UsageError("update: expected names of models, or else `all=True`")
    request = LockRequest(
        mode=_mode(dry_run=dry_run),
        update=tuple(map(_target, words("update", names))),
        update_all=all,
        exclude_newer=_newest(exclude_newer),
    )
    settings = settings_of(store, offline=offline, jobs=jobs)
    return _locked(request, settings, directory, progress, cancel)


def _checked(directory: StrPath, cancel: Cancel | None) -> LockResult:
    with Follower(None, cancel) as follower:
        result = check_lock(find_project(os.fspath(directory), follower))
    return replace(result, warnings=tuple(follower.warnings))


def _locked(
    request: LockRequest,
    settings: Settings,
    directory: StrPath,
    progress: Callable[[Progress], object] | None,
    cancel: Cancel | None,
) -> LockResult:
    with Follower(progress, cancel) as follower:
        project = find_project(os.fspath(directory), follower)
        result = _lock(project, settings, follower, request)
    return replace(result, warnings=tuple(follower.warnings))


def _mode(*, dry_run: bool) -> LockMode:
    return LockMode.DRY_RUN if dry_run else LockMode.WRITE


def _newest(when: datetime | str | None) -> datetime | None:
    if isinstance(when, datetime):
        if when.tzinfo is None:
            raise UsageError(f"exclude_newer: expected a time with a zone, received {when}")
        return when.astimezone(UTC)
    try:
        return None if when is None else parse_moment(when, datetime.now(UTC))
    except ValueError as fault:
        raise UsageError(f"exclude_newer: {fault}") from fault


def _target(text: str) -> UpdateTarget:
    try:
        return parse_target(text)
    except ValueError as fault:
        raise UsageError(f"update: {fault}") from fault
