"""Resolve what models.lock does not satisfy; keep every pin that still fits."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from modellock.decisions.changes import refuse_stale
from modellock.decisions.closure_roots import in_their_caches
from modellock.decisions.cutoff import cutoff_of
from modellock.decisions.mirroring import check_derivable
from modellock.decisions.relocking import Step, rewritten, steps
from modellock.decisions.targets import UpdateTarget
from modellock.decisions.wanted import wanted_models
from modellock.documents.lock_reader import parse_lock
from modellock.documents.lock_writer import format_lock
from modellock.documents.lockfile import VERSION, Lock, LockedModel
from modellock.documents.placements import APART
from modellock.errors import LockfileError, NewerLockError, PlacementError, UnsafeNameError
from modellock.ports.reporting import Reporter
from modellock.ports.settings import Settings
from modellock.shell.project import Project
from modellock.shell.store import Store
from modellock.shell.store_turns import beside_others
from modellock.verbs.closing import Upstream, close_over
from modellock.verbs.drafting import Draft, locked_from
from modellock.verbs.lock_before import Before, read_before
from modellock.verbs.lock_remarks import remark_on
from modellock.verbs.lock_result import LockResult, lock_result
from modellock.verbs.lock_turn import check_targets, doubted, turn_of
from modellock.verbs.resolving import Resolved, resolve
from modellock.verbs.rooting import note_new_lock
from modellock.verbs.settling import note_settled


class LockMode(StrEnum):
    """What comes of a resolved lock."""

    WRITE = "write"
    DRY_RUN = "dry-run"


@dataclass(frozen=True, slots=True, kw_only=True)
class LockRequest:
    """What a user asks of `lock` and `update`."""

    mode: LockMode = LockMode.WRITE
    update: tuple[UpdateTarget, ...] = ()
    """Models whose pins may move, those of a closure among them."""

    update_all: bool = False
    """Every pin may move, but those of models with `hold`."""

    exclude_newer: datetime | None = None
    """Nothing newer is chosen, whatever models.toml says of ages; in UTC. Pins that fit stay."""


def check_lock(project: Project) -> LockResult:
    """Whether models.lock is what models.toml asks for; makes no request and writes nothing.

    Raises StaleLockError that says model by model what differs, MissingLockError, InputError.
    """
    manifest = project.read_manifest()
    lock = project.read_lock()
    refuse_stale(manifest, lock)
    return lock_result(lock, lock)


def lock(
    project: Project, settings: Settings, reporter: Reporter, request: LockRequest | None = None
) -> LockResult:
    """Bring models.lock up to models.toml, all or nothing.

    Raises the error of the one model that failed, or SeveralErrors; models.lock is then as it was.
    """
    # What it finds in the store, no root keeps before the lock is written.
    with beside_others(settings.store, reporter, "lock"):
        result, after = _lock(project, settings, reporter, request or LockRequest())
    if request is None or request.mode is LockMode.WRITE:
        note_new_lock(settings.store, project.lock_path, after, reporter)
    return result


def _lock(
    project: Project, settings: Settings, reporter: Reporter, request: LockRequest
) -> tuple[LockResult, Lock]:
    manifest_text = project.read_manifest_text() if project.has_manifest() else ""
    manifest = project.read_manifest()
    start = read_before(project, manifest)
    before = start.lock
    _refuse_newer(before)
    check_targets(manifest, _models(before), request.update)
    todo = steps(
        manifest, before, update=request.update, update_all=request.update_all, anew=start.anew
    )
    asked = [step for step in todo if step.locked is None]
    cutoff = cutoff_of(manifest, request.exclude_newer, _now)
    resolved = resolve(project, manifest, asked, settings, reporter, cutoff)
    drafts, store = resolved.drafts, Store(settings.store)
    models = _locked(todo, resolved, store)
    turn = turn_of(manifest, _models(before), drafts, request.update, update_all=request.update_all)
    if start.merged is not None:
        turn = doubted(turn, models, _models(before), start.anew)
    upstream = Upstream(
        project=project, manifest=manifest, settings=settings, reporter=reporter, cutoff=cutoff
    )
    closed = close_over(models, _models(before), turn, upstream)
    after = Lock(
        settings=manifest.settings, models=in_their_caches(closed.models, manifest.settings)
    )
    _refuse_meetings(after)
    remark_on(drafts, after, store, reporter)
    fetched_size = sum(one.size for one in resolved.fetched.values()) + closed.fetched
    result = _finish(project, start, after, request, drafts, fetched_size)
    if request.mode is LockMode.WRITE:
        note_settled(project, manifest_text, after)
    return result, after


def _locked(todo: Sequence[Step], resolved: Resolved, store: Store) -> dict[str, LockedModel]:
    """Each model as it was, or as upstream has it now; by name."""
    fetched, unpacked = resolved.fetched, resolved.unpacked
    return {
        step.spec.name: rewritten(step.spec, step.locked)
        if step.locked is not None
        else locked_from(
            resolved.drafts[step.spec.name], fetched, store, unpacked.get(step.spec.name)
        )
        for step in todo
    }


def _now() -> datetime:
    return datetime.now(UTC)


def _finish(
    project: Project,
    start: Before,
    after: Lock,
    request: LockRequest,
    drafts: Mapping[str, Draft],
    fetched: int,
) -> LockResult:
    text = _readable_text(after)
    changed = start.lock is None or project.read_lock_text() != text
    written = changed and request.mode is LockMode.WRITE
    if written:
        project.write_lock(text)
    return lock_result(
        start.lock,
        after,
        merged=start.merged,
        written=written,
        fetched=fetched,
        left_out={
            name: draft.selection.left_out
            for name, draft in sorted(drafts.items())
            if draft.selection.left_out
        },
    )


def _readable_text(lock: Lock) -> str:
    check_derivable(lock)
    text = format_lock(lock)
    try:
        parse_lock(text)
    except LockfileError as error:
        # Tags and ids are as upstream spells them: what no sync could read, no lock writes.
        raise UnsafeNameError(f"models.lock would not be readable: {error.__cause__}") from error
    return text


def _refuse_meetings(lock: Lock) -> None:
    """Refuse what no sync could place."""
    try:
        wanted_models(tuple(lock.models.values()), lock, below=False)
    except ValueError as error:
        raise PlacementError(str(error), hint=APART) from error


def _refuse_newer(before: Lock | None) -> None:
    if before is not None and before.version > VERSION:
        raise NewerLockError(
            f"models.lock: was written by a newer modellock: expected lock-version "
            f"{VERSION[0]}.{VERSION[1]}, received {before.version[0]}.{before.version[1]}; "
            "writing it back would lose what that version added",
            hint="upgrade modellock with `pip install --upgrade models-lock`",
        )


def _models(before: Lock | None) -> Mapping[str, LockedModel]:
    return {} if before is None else before.models
