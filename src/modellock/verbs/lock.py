"""Resolve what models.lock does not satisfy; keep every pin that still fits."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from threading import Event

from modellock.changes import refuse_stale
from modellock.crew import work_through
from modellock.errors import (
    LockfileError,
    ModellockError,
    NewerLockError,
    OfflineError,
    SeveralErrors,
    UnknownNameError,
    UnsafeNameError,
)
from modellock.httpclient import HttpClient
from modellock.lock_reader import parse_lock
from modellock.lock_writer import format_lock
from modellock.lockfile import VERSION, Lock
from modellock.manifest import Manifest
from modellock.origins import Kind
from modellock.project import Project
from modellock.relocking import Step, rewritten, steps
from modellock.reporting import Reporter
from modellock.settings import Settings
from modellock.sources.opening import OpenSources
from modellock.store import Store
from modellock.transfer import Fetched, fetch_all
from modellock.verbs.drafting import Draft, draft_model, locked_from, unpinned_references
from modellock.verbs.lock_before import Before, read_before
from modellock.verbs.lock_result import LockResult, lock_result
from modellock.wording import did_you_mean

# Resolving waits for replies and computes nothing: more models than cores at once.
_MODELS_AT_ONCE = 32


class LockMode(StrEnum):
    """What comes of a resolved lock."""

    WRITE = "write"
    DRY_RUN = "dry-run"


@dataclass(frozen=True, slots=True, kw_only=True)
class LockRequest:
    """What a user asks of `lock` and `update`."""

    mode: LockMode = LockMode.WRITE
    update: tuple[str, ...] = ()
    """Models whose pins may move."""

    update_all: bool = False
    """Every pin may move, but those of models with `hold`."""


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
    names = _names_to_update(manifest, request)
    todo = steps(manifest, before, update=names, anew=start.anew)
    drafts, fetched = _ask_upstream(project, manifest, todo, settings, reporter)
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


def _names_to_update(manifest: Manifest, request: LockRequest) -> frozenset[str]:
    for name in request.update:
        if name not in manifest.specs:
            raise UnknownNameError(
                f"{name!r} is not a model of models.toml", hint=did_you_mean(name, manifest.specs)
            )
    if request.update_all:
        return frozenset(name for name, spec in manifest.specs.items() if not spec.hold)
    return frozenset(request.update)


def _ask_upstream(
    project: Project,
    manifest: Manifest,
    todo: Sequence[Step],
    settings: Settings,
    reporter: Reporter,
) -> tuple[dict[str, Draft], dict[str, Fetched]]:
    asked = [step for step in todo if step.locked is None]
    if not asked:
        return {}, {}
    _refuse_offline(asked, settings)
    with HttpClient(token_for=settings.token_for, reporter=reporter) as client:
        sources = OpenSources(settings, client, reporter, directory=project.directory)
        drafts = _draft_all(asked, manifest, sources, settings, reporter)
        fetches = [fetch for draft in drafts.values() for fetch in draft.fetches]
        done, errors = fetch_all(
            Store(settings.store), client, fetches, reporter, jobs=settings.jobs
        )
    _raise_any(errors)
    return drafts, {one.fetch.subject: one for one in done}


def _draft_all(
    asked: Sequence[Step],
    manifest: Manifest,
    sources: OpenSources,
    settings: Settings,
    reporter: Reporter,
) -> dict[str, Draft]:
    store = Store(settings.store)

    def draft(step: Step, _stop: Event) -> Draft | ModellockError:
        name = step.spec.name
        reporter.resolving(name)
        try:
            made = draft_model(step, sources.of_spec(step.spec, manifest), manifest, store)
        except ModellockError as error:
            error.model = error.model or name
            return error
        reporter.resolved(name)
        return made

    outcomes = work_through(asked, draft, jobs=_MODELS_AT_ONCE)
    _raise_any([one for one in outcomes if isinstance(one, ModellockError)])
    drafts = [one for one in outcomes if isinstance(one, Draft)]
    for one in drafts:
        for pattern in one.selection.idle_patterns:
            reporter.warning(f"{one.spec.name}: {pattern!r} matches no file")
    return {one.spec.name: one for one in drafts}


def _raise_any(errors: Sequence[ModellockError]) -> None:
    if len(errors) == 1:
        raise errors[0]
    if errors:
        raise SeveralErrors(errors)


def _refuse_offline(asked: Sequence[Step], settings: Settings) -> None:
    remote = [step.spec.name for step in asked if step.spec.kind is not Kind.LOCAL]
    if settings.offline and remote:
        names = ", ".join(remote)
        raise OfflineError(
            f"{names}: not in models.lock as models.toml asks, and {settings.offline_cause} "
            "turns the network off",
            hint="run `modellock lock` where there is a network",
        )
