"""Which version a spec gets: the one that was locked if it still fits, else the best on offer."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from modellock.decisions.admission import admits, fault_of, youth_of
from modellock.decisions.cutoff import Cutoff
from modellock.decisions.drift import fetched_files
from modellock.decisions.shortfall import no_release, no_version, too_young
from modellock.documents.lockfile import LockedModel
from modellock.documents.manifest import Spec
from modellock.documents.offers import Candidate
from modellock.values import versions
from modellock.values.origins import DEFAULT_REVISION, Kind

_NEVER = datetime.min.replace(tzinfo=UTC)


def pin_fits(spec: Spec, pinned: LockedModel) -> bool:
    """Whether what was locked still satisfies the spec, so that it need not move.

    The repository must be the same one; the endpoint of a named source is the caller's question.
    """
    if (spec.kind, spec.origin, spec.source, spec.type) != (
        pinned.kind,
        pinned.origin,
        pinned.source,
        pinned.type,
    ):
        return False
    if spec.kind is Kind.URL:
        return spec.sha256 is None or spec.sha256 == fetched_files(pinned)[0].digest.value
    if spec.kind is Kind.LOCAL:
        return True
    if spec.tag is not None:
        return spec.tag == pinned.tag
    if spec.version is None and spec.kind is Kind.HUB:
        return _revision_holds(spec, pinned)
    return _version_holds(spec, pinned)


def _revision_holds(spec: Spec, pinned: LockedModel) -> bool:
    before = dict(pinned.requested)
    if "version" in before:
        return spec.revision == pinned.commit
    revision = spec.revision or DEFAULT_REVISION
    return revision in (before.get("revision", DEFAULT_REVISION), pinned.commit)


def _version_holds(spec: Spec, pinned: LockedModel) -> bool:
    if pinned.tag is None:
        return False
    version = versions.version_of(pinned.tag, spec.tag_prefix)
    if version is None:
        # Where no tag is a version, a release stands for itself until `update` moves it.
        return spec.version is None and pinned.version is None
    if dict(pinned.requested).get("prereleases"):
        return admits(spec, version, prerelease=False)
    # A pre-release that bounds once named stays, also where wider ones no longer name it.
    return spec.version is None or versions.admits(spec.version, version)


def pinned_candidate(pinned: LockedModel) -> Candidate:
    """The candidate that a locked model was."""
    return Candidate(
        revision=pinned.commit,
        tag=pinned.tag,
        version=pinned.version,
        commit=pinned.commit,
        published=pinned.published,
    )


def as_offered(candidate: Candidate) -> Candidate:
    """A candidate of a source that has told all it knows."""
    return candidate


def choose(
    spec: Spec,
    candidates: Sequence[Candidate],
    *,
    pinned: LockedModel | None = None,
    cutoff: Cutoff | None = None,
    dated: Callable[[Candidate], Candidate] = as_offered,
) -> Candidate:
    """The best candidate: the highest version within bounds, stable under any order of candidates.

    Where a fitting version is the commit that was pinned under other terms, it is preferred. What
    is newer than `cutoff` is passed over; only then is `dated` asked for the time of a candidate,
    or for an older one in its place: as few as can be, the best first.

    Raises NoVersionError where none fits, with the nearest and why each fell.
    """
    if spec.kind in (Kind.URL, Kind.LOCAL):
        return candidates[0]
    if spec.tag is not None or (spec.kind is Kind.HUB and spec.version is None):
        return _only(spec, candidates[0], cutoff, dated)
    ranked = sorted(versions_among(spec, candidates), key=_rank, reverse=True)
    if not ranked and spec.version is None:
        return _newest(spec, candidates, cutoff)
    told: dict[Candidate, Candidate] = {}
    for candidate in _fitting(spec, ranked, pinned):
        told[candidate] = candidate if cutoff is None else dated(candidate)
        if youth_of(told[candidate], cutoff) is None:
            return told[candidate]
    raise no_version(
        spec,
        [told.get(one, one) for one in ranked],
        cutoff,
        unversioned=len(candidates) - len(ranked),
    )


def versions_among(spec: Spec, candidates: Sequence[Candidate]) -> list[Candidate]:
    """The candidates whose tags are versions, each with its version filled in."""
    return [
        replace(candidate, version=version)
        for candidate in candidates
        if (version := versions.version_of(candidate.tag or "", spec.tag_prefix)) is not None
    ]


def unversioned_tags(spec: Spec, candidates: Sequence[Candidate]) -> tuple[str, ...]:
    """The tags that a choice among versions passes over because they are none, sorted."""
    tags = {one.tag for one in candidates if one.tag is not None}
    versioned = {one.tag for one in versions_among(spec, candidates)}
    return tuple(sorted(tags - versioned)) if versioned or spec.version is not None else ()


def _fitting(
    spec: Spec, ranked: Sequence[Candidate], pinned: LockedModel | None
) -> Iterator[Candidate]:
    fitting = [one for one in ranked if fault_of(spec, one) is None]
    same = [one for one in fitting if pinned is not None and _is_pinned_commit(one, spec, pinned)]
    yield from same
    yield from (one for one in fitting if one not in same)


def _is_pinned_commit(candidate: Candidate, spec: Spec, pinned: LockedModel) -> bool:
    same_repository = (spec.origin, spec.source) == (pinned.origin, pinned.source)
    # A pin that had a tag no longer fits, or nobody would be choosing.
    return same_repository and pinned.tag is None and candidate.commit == pinned.commit


def _only(
    spec: Spec,
    candidate: Candidate,
    cutoff: Cutoff | None,
    dated: Callable[[Candidate], Candidate],
) -> Candidate:
    if cutoff is None:
        return candidate
    found = dated(candidate)
    if youth_of(found, cutoff) is not None:
        raise too_young(spec, found, cutoff)
    return found


def _newest(spec: Spec, candidates: Sequence[Candidate], cutoff: Cutoff | None) -> Candidate:
    newest_first = sorted(
        candidates,
        key=lambda one: (one.published or _NEVER, one.rank, one.tag or ""),
        reverse=True,
    )
    for one in newest_first:
        if (spec.prereleases or not one.prerelease) and youth_of(one, cutoff) is None:
            return one
    raise no_release(spec, newest_first, cutoff)


def _rank(candidate: Candidate) -> tuple[versions.Comparable, datetime, int, str]:
    return (
        versions.version_key(candidate.version or "0"),
        candidate.published or _NEVER,
        candidate.rank,
        candidate.tag or "",
    )
