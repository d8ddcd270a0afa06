"""Whether what is placed is what was locked: by stats, or by hashing every byte again."""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from modellock.decisions.narrowing import Narrowing
from modellock.decisions.plan import Action, Condition, ModelPlan, Shows
from modellock.documents.state import PlacedFile, State, Target
from modellock.ports.reporting import Reporter
from modellock.ports.settings import Settings
from modellock.shell.project import Project
from modellock.shell.state_file import one_at_a_time, read_state, write_state
from modellock.shell.store import Store
from modellock.verbs.rehashing import Content, contents_of, faults_of, hash_again
from modellock.verbs.sharing import parted
from modellock.verbs.survey import Scope, Survey, scope_of, survey
from modellock.verbs.verify_result import Fault, Trouble, VerifyResult, joined

_TROUBLES = {
    Action.PLACE: Trouble.MISSING,
    Action.REPLACE: Trouble.OLD,
    Action.WITHDRAW: Trouble.OLD,
    Action.SET_ASIDE: Trouble.MODIFIED,
    Action.OVERWRITE: Trouble.MODIFIED,
    Action.OBSTRUCTED: Trouble.MODIFIED,
}
_NEVER = -1
"""A time that no file has: it is looked at again."""


def verify(
    project: Project,
    settings: Settings,
    names: Sequence[str] = (),
    *,
    to: str | None = None,
    shared_cache: str | None = None,
) -> VerifyResult:
    """Compare all files, or those of some models, with what a stat says of them.

    Bytes are hashed only where a stat cannot tell. Raises MissingLockError, InputError.
    """
    scope = scope_of(project, Narrowing(models=tuple(names)), to=to)
    store, state = Store(settings.store), read_state(project)
    views = [(one, survey(store, one, state)) for one in parted(scope, shared_cache, project)]
    return joined([_result(one, view, view.target.files) for one, view in views])


def verify_deep(
    project: Project,
    settings: Settings,
    reporter: Reporter,
    names: Sequence[str] = (),
    *,
    to: str | None = None,
    shared_cache: str | None = None,
) -> VerifyResult:
    """Hash every placed file and its blob, by BLAKE3 where the store has noted that, on all cores.

    A damaged blob is moved aside; a damaged file stays for the next `sync` to set aside. Raises
    MissingLockError, InputError, FileAccessError.
    """
    scope = scope_of(project, Narrowing(models=tuple(names)), to=to)
    store = Store(settings.store)
    with one_at_a_time(project, reporter, "verify"):
        return joined(
            [
                _verify_deep(project, one, store, reporter)
                for one in parted(scope, shared_cache, project)
            ]
        )


def _verify_deep(project: Project, scope: Scope, store: Store, reporter: Reporter) -> VerifyResult:
    view = survey(store, scope, read_state(project), reporter=reporter)
    contents = contents_of(scope.base, view.plan, scope.models, store)
    size = sum(content.status.st_size for content in contents)
    if contents:
        reporter.hashing(len(contents), size)
    hashed = hash_again(scope.base, contents, store, reporter)
    outcomes = list(zip(contents, hashed, strict=True))
    damaged = [
        fault
        for content, received in outcomes
        if received is not None
        for fault in faults_of(scope.base, content, received, store)
    ]
    files = _as_hashed(view, {content: received is None for content, received in outcomes})
    _note(project, scope, view, files, whole=not damaged)
    result = _result(scope, view, files)
    blobs = sum(not content.placed for content in contents)
    return replace(result, deep=True, blobs=blobs, faults=(*result.faults, *damaged))


def _result(scope: Scope, view: Survey, files: Mapping[str, PlacedFile]) -> VerifyResult:
    names = {model.name for model in scope.models}
    times = (file.hashed_at for file in files.values() if file.model in names)
    return VerifyResult(
        models=len(scope.models),
        files=sum(len(plan.shown) for plan in view.plan.models),
        size=sum(step.size for plan in view.plan.models for step in plan.shown),
        deep=False,
        faults=tuple(fault for plan in view.plan.models for fault in _faults(scope.base, plan)),
        mixed=tuple(plan.name for plan in view.plan.models if plan.condition is Condition.MIXED),
        hashed_at=min(times, default=None),
    )


def _faults(base: str, plan: ModelPlan) -> Iterator[Fault]:
    wrong = plan.having(*_TROUBLES)
    # What a layout adds comes and goes with the files: named where it alone is wrong.
    for step in [step for step in wrong if not step.made] or wrong:
        yield Fault(
            model=plan.name,
            path=f"{base}/{step.path}",
            trouble=_TROUBLES[step.action],
            expected=step.digest,
            received=step.found.digest if step.found.shows is Shows.FILE else None,
        )


def _as_hashed(view: Survey, right: Mapping[Content, bool]) -> dict[str, PlacedFile]:
    """The state's files: right ones hashed now, wrong ones to be looked at by every sync."""
    files, now = dict(view.target.files), int(time.time())
    for content, is_right in right.items():
        for path in content.placed:
            file = files.get(path)
            if file is not None and is_right:
                files[path] = replace(file, hashed_at=now)
            elif file is not None:
                files[path] = replace(file, mtime_ns=_NEVER)
    return files


def _note(
    project: Project, scope: Scope, view: Survey, files: Mapping[str, PlacedFile], *, whole: bool
) -> None:
    target = Target(files, view.target.pending, view.target.staged)
    targets = {**view.state.targets, scope.target: target}
    write_state(project, State(clean=view.state.clean if whole else (), targets=targets))
