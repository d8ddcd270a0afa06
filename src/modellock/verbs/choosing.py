"""Which version a spec gets, as far as its source must be asked about that."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from modellock.decisions.cutoff import Cutoff
from modellock.decisions.drift import another_repository, moved, vanished
from modellock.decisions.relocking import Step
from modellock.decisions.resolution import choose, pin_fits, pinned_candidate, unversioned_tags
from modellock.decisions.targets import aimed_at, goes_by_revision, strayed
from modellock.documents.lockfile import LockedModel
from modellock.documents.manifest import Spec
from modellock.documents.offers import Candidate, Snapshot
from modellock.errors import IdentityError, ModellockError, NotFoundError
from modellock.sources import Source
from modellock.values.origins import Kind

ANY_VERSION = ">=0"


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One version, and what was passed over without a look."""

    snapshot: Snapshot
    unversioned: tuple[str, ...] = ()
    """Tags that are no versions, sorted."""


def choose_snapshot(step: Step, source: Source, cutoff: Cutoff | None) -> Choice:
    """The version that a step asks for: what is pinned, what the user named, or the best.

    Raises what source and choice raise; NotFoundError and ReplacedError where what is pinned is
    gone, or its tag leads elsewhere.
    """
    spec, pinned = step.spec, step.pinned
    if pinned is not None and step.keeps_pin:
        return Choice(snapshot=_pinned_snapshot(spec, pinned, source))
    renamed = _under_new_name(step, source)
    if renamed is not None:
        return Choice(snapshot=renamed)
    offered = offered_for(step, source)
    candidate = choose_among(spec, offered, source, cutoff, pinned=pinned)
    snapshot = source.snapshot(spec, candidate)
    _refuse_moved_revision(step, snapshot, source)
    return Choice(snapshot=snapshot, unversioned=unversioned_tags(spec, offered))


def offered_for(step: Step, source: Source) -> Sequence[Candidate]:
    """What there is to choose among: all of it, or what the user named."""
    spec, target = step.spec, step.target
    if target is None:
        return source.candidates(spec)
    if not goes_by_revision(spec):
        return aimed_at(spec, source.candidates(spec), target)
    found = source.within(spec, target)
    if found is None:
        raise strayed(spec, target)
    return (found,)


def choose_among(
    spec: Spec,
    offered: Sequence[Candidate],
    source: Source,
    cutoff: Cutoff | None,
    *,
    pinned: LockedModel | None = None,
) -> Candidate:
    """`choose`, with the source asked for times where there is a cutoff."""

    def dated(candidate: Candidate) -> Candidate:
        return source.dated(spec, candidate, None if cutoff is None else cutoff.moment)

    return choose(spec, offered, pinned=pinned, cutoff=cutoff, dated=dated)


def tags_of(spec: Spec, source: Source) -> dict[str | None, str | None]:
    """The tags of a Hub repository, each with the id that it is listed with."""
    every = replace(spec, version=ANY_VERSION, revision=None)
    return {one.tag: one.commit for one in source.candidates(every)}


def usurped(spec: Spec, pinned: LockedModel, source: Source) -> IdentityError | None:
    """The error where a pinned version is gone because another repository has its name now.

    None where that cannot be told. Whoever registers a name anew has none of the old commits, so
    the question about the pinned one never gets as far as the id.
    """
    wide = replace(spec, version=None, tag=None, revision=None, include=())
    try:
        present = next(iter(source.candidates(wide)), None)
        snapshot = None if present is None else source.snapshot(wide, present)
    except ModellockError:
        return None
    if snapshot is None or pinned.repo_id in (None, snapshot.repo_id):
        return None
    return another_repository(pinned, snapshot)


def _pinned_snapshot(spec: Spec, pinned: LockedModel, source: Source) -> Snapshot:
    try:
        return source.snapshot(spec, pinned_candidate(pinned))
    except NotFoundError as error:
        raise usurped(spec, pinned, source) or vanished(pinned, error) from error


def _under_new_name(step: Step, source: Source) -> Snapshot | None:
    """The pinned version, where models.toml calls the locked repository by another name now."""
    spec, pinned = step.spec, step.pinned
    if pinned is None or pinned.repo_id is None or step.accepts_identity:
        return None
    if spec.origin == pinned.origin or not pin_fits(replace(spec, origin=pinned.origin), pinned):
        return None
    try:
        snapshot = source.snapshot(spec, pinned_candidate(pinned))
    except NotFoundError:
        return None
    return snapshot if snapshot.repo_id == pinned.repo_id else None


def _refuse_moved_revision(step: Step, snapshot: Snapshot, source: Source) -> None:
    """Where a Hub's revision is a tag, it should lead where it led; a branch moves by nature."""
    spec, pinned = step.spec, step.pinned
    if spec.kind is not Kind.HUB or spec.revision is None or pinned is None:
        return
    same = pinned.repo_id == snapshot.repo_id and spec.revision == requested_revision(pinned)
    if not same or step.accepts_identity or snapshot.commit == pinned.commit:
        return
    if spec.revision in tags_of(spec, source):
        raise moved(pinned, snapshot, tag=spec.revision)


def requested_revision(pinned: LockedModel) -> str | None:
    """The revision that a locked model was asked for by, as written."""
    revision = dict(pinned.requested).get("revision")
    return None if revision is None else str(revision)
