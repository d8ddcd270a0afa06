"""Resolve what models.lock does not satisfy; keep every pin that still fits."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from modellock.changes import refuse_stale
from modellock.cutoff import cutoff_of
from modellock.errors import LockfileError, NewerLockError, UnknownNameError, UnsafeNameError
from modellock.lock_reader import parse_lock
from modellock.lock_writer import format_lock
from modellock.lockfile import VERSION, Lock, LockedModel
from modellock.manifest import Manifest
from modellock.origins import Kind
from modellock.project import Project
from modellock.relocking import rewritten, steps
from modellock.reporting import Reporter
from modellock.settings import Settings
from modellock.store import Store
from modellock.targets import UpdateTarget
from modellock.transfer import Fetched
from modellock.verbs.drafting import Draft, locked_from, unpinned_references
from modellock.verbs.lock_before import Before, read_before
from modellock.verbs.lock_result import LockResult, lock_result
from modellock.verbs.resolving import resolve
from modellock.wording import did_you_mean


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
    request = request or LockRequest()
    manifest = project.read_manifest()
    start = read_before(project, manifest)
    before = start.lock
    _refuse_newer(before)
    check_targets(manifest, before, request)
    todo = steps(
        manifest, before, update=request.update, update_all=request.update_all, anew=start.anew
    )
    asked = [step for step in todo if step.locked is None]
    cutoff = cutoff_of(manifest.settings, request.exclude_newer, _now)
    resolved = resolve(project, manifest, asked, settings, reporter, cutoff)
    drafts, fetched = resolved.drafts, resolved.fetched
    store = Store(settings.store)
    models = {
        step.spec.name: rewritten(step.spec, step.locked)
        if step.locked is not None
        else locked_from(drafts[step.spec.name], fetched, store)
        for step in todo
    }
    after = Lock(settings=manifest.settings, models=dict(sorted(models.items())))
    _warn_of_unpinned(drafts, after, store, reporter)
    return _finish(project, start, after, request, drafts, fetched)


def _now() -> datetime:
    return datetime.now(UTC)


def _finish(
    project: Project,
    start: Before,
    after: Lock,
    request: LockRequest,
    drafts: Mapping[str, Draft],
    fetched: Mapping[str, Fetched],
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
        fetched=sum(one.size for one in fetched.values()),
        left_out={
            name: draft.selection.left_out
            for name, draft in sorted(drafts.items())
            if draft.selection.left_out
        },
    )


def _readable_text(lock: Lock) -> str:
    text = format_lock(lock)
    try:
        parse_lock(text)
    except LockfileError as error:
        # Tags and ids are as upstream spells them: what no sync could read, no lock writes.
        raise UnsafeNameError(f"models.lock would not be readable: {error.__cause__}") from error
    return text


def _warn_of_unpinned(
    drafts: Mapping[str, Draft], after: Lock, store: Store, reporter: Reporter
) -> None:
    declared = {model.origin for model in after.models.values() if model.kind is Kind.HUB}
    for name in sorted(drafts):
        for reference in unpinned_references(after.models[name], store):
            if reference.repository not in declared:
                reporter.warning(
                    f"{name}/{reference.path}: refers to {reference.role} in "
                    f"{reference.repository}, which nothing pins",
                    hint="declare it as a model of its own, or write `closure = false`",
                )


def _refuse_newer(before: Lock | None) -> None:
    if before is not None and before.version > VERSION:
        raise NewerLockError(
            f"models.lock: was written by a newer modellock: expected lock-version "
            f"{VERSION[0]}.{VERSION[1]}, received {before.version[0]}.{before.version[1]}; "
            "writing it back would lose what that version added",
            hint="upgrade modellock with `pip install --upgrade models-lock`",
        )


def check_targets(manifest: Manifest, before: Lock | None, request: LockRequest) -> None:
    """Raise UnknownNameError for a target that neither models.toml nor a closure has."""
    closure = [name for name, model in _models(before).items() if model.required_by]
    for target in request.update:
        if target.name in manifest.specs or target.name in closure:
            continue
        # The name of a closure model can have an `@` of its own.
        if f"{target.name}@{target.revision}" not in closure:
            raise UnknownNameError(
                f"{target.name!r} is not a model of models.toml",
                hint=did_you_mean(target.name, [*manifest.specs, *closure]),
            )


def _models(before: Lock | None) -> Mapping[str, LockedModel]:
    return {} if before is None else before.models
