"""`modellock.status`, `modellock.verify` and `modellock.env`: what looks, and may mend."""

import os
from collections.abc import Sequence
from dataclasses import replace

from modellock.api.asking import LayoutWord, settings_of, word, words
from modellock.api.following import Cancel, Follower
from modellock.api.paths import StrPath, path_text
from modellock.decisions.narrowing import Narrowing
from modellock.documents.project_settings import Layout
from modellock.shell.project import find_project
from modellock.verbs.environment import environment
from modellock.verbs.repair import repair as _repair
from modellock.verbs.status import StatusResult
from modellock.verbs.status import status as _status
from modellock.verbs.verify import verify as _verify
from modellock.verbs.verify import verify_deep
from modellock.verbs.verify_result import VerifyResult


def status(
    *,
    to: StrPath | None = None,
    shared_cache: StrPath | None = None,
    store: StrPath | None = None,
    directory: StrPath = ".",
) -> StatusResult:
    """How each model stands: placed, missing, old, mixed, modified, or not wanted any more.

    `to` and `shared_cache` are what `sync` was told. Raises MissingLockError, InputError.
    """
    project, cache = find_project(os.fspath(directory)), path_text("shared_cache", shared_cache)
    return _status(project, settings_of(store), to=path_text("to", to), shared_cache=cache)


def verify(  # noqa: PLR0913 - the flags of the command
    *names: str,
    deep: bool = False,
    repair: bool = False,
    to: StrPath | None = None,
    shared_cache: StrPath | None = None,
    store: StrPath | None = None,
    offline: bool | None = None,
    directory: StrPath = ".",
    cancel: Cancel | None = None,
) -> VerifyResult:
    """Compare what is placed with models.lock: all models, or those named.

    By size and time; with `deep` every byte is hashed again, on all cores, and a damaged blob of
    the store is moved aside. What is wrong is in the result. With `repair` it is hashed, too, and
    mended, from what is at hand first: raises what `sync` raises where that cannot be. Raises
    UnknownNameError, MissingLockError, InputError; CancelledError once `cancel` is set.
    """
    names = words("verify", names)
    settings = settings_of(store, offline=offline)
    below, cache = path_text("to", to), path_text("shared_cache", shared_cache)
    with Follower(None, cancel) as follower:
        project = find_project(os.fspath(directory), follower)
        if repair:
            result = _repair(project, settings, follower, names, to=below, shared_cache=cache)
        elif deep:
            result = verify_deep(project, settings, follower, names, to=below, shared_cache=cache)
        else:
            result = _verify(project, settings, names, to=below, shared_cache=cache)
    return replace(result, warnings=tuple(follower.warnings))


def env(  # noqa: PLR0913 - the flags of the command
    *,
    groups: Sequence[str] = (),
    only_groups: Sequence[str] = (),
    no_groups: Sequence[str] = (),
    models: Sequence[str] = (),
    to: StrPath | None = None,
    shared_cache: StrPath | None = None,
    layout: Layout | LayoutWord | None = None,
    lock_file: StrPath | None = None,
    directory: StrPath = ".",
) -> dict[str, str]:
    """The variables that lead other programs to the models that such a `sync` places, by name.

    For a child process, or for `os.environ` before a framework is imported; whether the models are
    placed is not looked at, and nothing is set. Raises VariableConflictError where no set of
    variables holds for all of the models; MissingLockError, InputError.
    """
    narrowing = Narrowing(
        groups=words("groups", groups),
        only_groups=words("only_groups", only_groups),
        no_groups=words("no_groups", no_groups),
        models=words("models", models),
    )
    return environment(
        find_project(os.fspath(directory)),
        narrowing,
        to=path_text("to", to),
        shared_cache=path_text("shared_cache", shared_cache),
        layout=word("layout", Layout, layout),
        lock_file=path_text("lock_file", lock_file),
    )
