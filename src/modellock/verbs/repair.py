"""What `verify --deep` finds, mended: from what is at hand first, and then from the network."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from modellock.decisions.narrowing import Narrowing
from modellock.errors import (
    CancelledError,
    FileAccessError,
    ModellockError,
    SeveralErrors,
    StaleLockError,
)
from modellock.ports.reporting import Reporter
from modellock.ports.settings import Settings
from modellock.shell.project import Project
from modellock.shell.state_file import one_at_a_time
from modellock.shell.store import Store
from modellock.values.digest import Digest
from modellock.verbs.mirror_places import naming_hosts
from modellock.verbs.survey import Scope, refuse_stale_lock, scope_of
from modellock.verbs.sync import sync
from modellock.verbs.sync_result import Staleness, SyncRequest, SyncResult
from modellock.verbs.sync_supply import Supply
from modellock.verbs.verify import verify_deep
from modellock.verbs.verify_result import Trouble, VerifyResult


def repair(
    project: Project,
    settings: Settings,
    reporter: Reporter,
    names: Sequence[str] = (),
    *,
    to: str | None = None,
    shared_cache: str | None = None,
) -> VerifyResult:
    """Hash every placed file and its blob, and put right bytes in the place of wrong ones.

    Of a large blob only damaged chunks are fetched, where chunks were recorded. Nothing is
    withdrawn of other models. Everything that can be mended is; then raises the error of what could
    not, or SeveralErrors. Raises what `verify_deep` raises.
    """
    found = verify_deep(project, settings, reporter, names, to=to, shared_cache=shared_cache)
    if found.is_whole:
        return found
    scope = scope_of(project, Narrowing(models=tuple(names)), to=to)
    request = SyncRequest(
        models=tuple(model.name for model in scope.models),
        to=to,
        shared_cache=shared_cache,
        staleness=_staleness(project, scope),
    )
    return _mended(project, settings, reporter, scope, request, found)


def _mended(
    project: Project,
    settings: Settings,
    reporter: Reporter,
    scope: Scope,
    request: SyncRequest,
    found: VerifyResult,
) -> VerifyResult:
    if request.staleness is Staleness.LOCKED:
        settings = naming_hosts(project, settings)
    errors: list[ModellockError] = []
    synced = _synced(project, settings, reporter, request, errors)
    supply = Supply(project, settings, reporter, scope, Store(settings.store))
    with one_at_a_time(project, reporter, "verify"):
        errors += supply.restore(_behind_right_files(found, scope))
    errors += _immovable(found, settings)
    if errors:
        for fault in found.faults:
            reporter.warning(str(fault))
        raise errors[0] if len(errors) == 1 else SeveralErrors(errors)
    fetches = {**supply.fetches, **(synced.fetches if synced else {})}
    return replace(found, is_repaired=True, fetches=fetches, kept=synced.kept if synced else ())


def _staleness(project: Project, scope: Scope) -> Staleness:
    """What is damaged can be mended whatever models.toml says by now."""
    try:
        refuse_stale_lock(project, scope.lock)
    except StaleLockError:
        return Staleness.FROZEN
    return Staleness.LOCKED


def _synced(
    project: Project,
    settings: Settings,
    reporter: Reporter,
    request: SyncRequest,
    errors: list[ModellockError],
) -> SyncResult | None:
    """Sync what is damaged where it is placed; adds what failed to `errors`."""
    try:
        return sync(project, settings, reporter, request)
    except CancelledError:
        raise
    except SeveralErrors as error:
        errors += error.errors
    except ModellockError as error:
        errors.append(error)
    return None


def _immovable(found: VerifyResult, settings: Settings) -> list[ModellockError]:
    """What to say of damaged blobs that could not be moved aside, so that nothing replaced them."""
    path_of = Store(settings.store).path_of
    return [
        FileAccessError(
            f"{fault.path}: is damaged, and this user may not replace it",
            hint="run `modellock verify --repair` as who owns the store",
        )
        for fault in found.faults
        if fault.is_stored and fault.expected and fault.path == path_of(fault.expected)
    ]


def _behind_right_files(found: VerifyResult, scope: Scope) -> Mapping[Digest, int]:
    """Damaged blobs that no placed file waits for, with their sizes in bytes."""
    damaged = [fault for fault in found.faults if fault.trouble is Trouble.DAMAGED]
    stored = {fault.expected for fault in damaged if fault.is_stored}
    stored -= {fault.expected for fault in damaged if not fault.is_stored}
    files = (file for model in scope.models for file in model.files)
    return {file.digest: file.size for file in files if file.digest in stored}
