"""`modellock.sync`: what fetches and places."""

import os
from collections.abc import Callable, Sequence
from dataclasses import replace as _replaced
from typing import Literal

from modellock.api.asking import LayoutWord, settings_of, word, words
from modellock.api.following import Cancel, Follower, Progress
from modellock.api.paths import StrPath, path_text
from modellock.documents.project_settings import Layout, LinkMode
from modellock.errors import UsageError
from modellock.shell.project import find_project
from modellock.verbs.sync import sync as _sync
from modellock.verbs.sync_result import Staleness, SyncMode, SyncRequest, SyncResult

LinkModeWord = Literal["auto", "hardlink", "reflink", "copy", "symlink"]
SyncModeWord = Literal["apply", "check", "dry-run"]


def sync(  # noqa: PLR0913 - the flags of the command
    *,
    groups: Sequence[str] = (),
    only_groups: Sequence[str] = (),
    no_groups: Sequence[str] = (),
    models: Sequence[str] = (),
    to: StrPath | None = None,
    shared_cache: StrPath | None = None,
    layout: Layout | LayoutWord | None = None,
    link_mode: LinkMode | LinkModeWord | None = None,
    no_store: bool = False,
    mode: SyncMode | SyncModeWord = "apply",
    frozen: bool = False,
    replace: bool = False,
    lock_file: StrPath | None = None,
    jobs: int | None = None,
    limit_rate: int | None = None,
    store: StrPath | None = None,
    offline: bool | None = None,
    directory: StrPath = ".",
    progress: Callable[[Progress], object] | None = None,
    cancel: Cancel | None = None,
) -> SyncResult:
    """Make the project show exactly what models.lock says: fetch, verify, place, withdraw.

    What: the default groups and every model without a group; `groups` stand in place of the
    defaults, `only_groups` leave out models without one, `no_groups` beat all, `models` are alone
    or besides. Where: below `to` in place of `settings.path`, or in a Hub's `shared_cache`. From
    what: models.lock, or `lock_file` for a rollback; `frozen` does not look at models.toml.
    `replace` gives up files in the way. With `mode` `check` or `dry-run` nothing changes. `jobs`
    connections bring large files, 8 by default, and `limit_rate` bytes a second at most all
    together. `store` and `offline` are by default what the environment says. Paths are seen from
    the current directory.

    Every model that can be finished is; then raises the error of the one that could not, or
    SeveralErrors. Raises StaleLockError where models.toml has outgrown models.lock,
    MissingLockError, InputError, before anything is done; CancelledError once `cancel` is set, and
    whatever `progress` raises, about a second later at most: nothing unfinished is visible then,
    and what had arrived is in the store for the next call.
    """
    if no_store and shared_cache is not None:
        raise UsageError("`no_store` excludes `shared_cache`")
    request = SyncRequest(
        groups=words("groups", groups),
        only_groups=words("only_groups", only_groups),
        no_groups=words("no_groups", no_groups),
        models=words("models", models),
        to=path_text("to", to),
        shared_cache=path_text("shared_cache", shared_cache),
        layout=word("layout", Layout, layout),
        link_mode=word("link_mode", LinkMode, link_mode),
        no_store=no_store,
        mode=word("mode", SyncMode, mode) or SyncMode.APPLY,
        staleness=Staleness.FROZEN if frozen else Staleness.LOCKED,
        replace=replace,
        lock_file=path_text("lock_file", lock_file),
    )
    settings = settings_of(store, offline=offline, jobs=jobs, limit_rate=limit_rate)
    with Follower(progress, cancel) as follower:
        project = find_project(os.fspath(directory), follower)
        result = _sync(project, settings, follower, request)
    return _replaced(result, warnings=tuple(follower.warnings))
