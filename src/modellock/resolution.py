"""Which version a spec gets: the one that was locked if it still fits, else the best on offer."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from modellock import versions
from modellock.errors import NoVersionError
from modellock.lockfile import LockedModel
from modellock.manifest import Spec
from modellock.offers import Candidate
from modellock.origins import Kind

_NEVER = datetime.min.replace(tzinfo=UTC)
_NEAREST = 3


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
        return spec.sha256 is None or spec.sha256 == pinned.files[0].digest.value
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
    revision = spec.revision or "main"
    return revision in (before.get("revision", "main"), pinned.commit)


def _version_holds(spec: Spec, pinned: LockedModel) -> bool:
    if pinned.tag is None:
        return False
    version = versions.version_of(pinned.tag, spec.tag_prefix)
    if version is None:
        # Where no tag is a version, a release stands for itself until `update` moves it.
        return spec.version is None and pinned.version is None
    return _admitted(spec, version, prerelease=False)


def pinned_candidate(pinned: LockedModel) -> Candidate:
    """The candidate that a locked model was."""
    return Candidate(
        revision=pinned.commit,
        tag=pinned.tag,
        version=pinned.version,
        commit=pinned.commit,
        published=pinned.published,
    )


def choose(
    spec: Spec, candidates: Sequence[Candidate], *, pinned: LockedModel | None = None
) -> Candidate:
    """The best candidate: the highest version within bounds, stable under any order of candidates.

    Where a fitting version is the commit that was pinned under other terms, it is preferred.

    Raises NoVersionError where none fits, with the nearest and why each fell.
    """
    if spec.tag is not None or (spec.kind is Kind.HUB and spec.version is None):
        return candidates[0]
    if spec.kind in (Kind.URL, Kind.LOCAL):
        return candidates[0]
    versioned = [
        replace(candidate, version=version)
        for candidate in candidates
        if (version := versions.version_of(candidate.tag or "", spec.tag_prefix)) is not None
    ]
    if not versioned and spec.version is None:
        return _newest(spec, candidates)
    fitting = [one for one in versioned if _fault(spec, one) is None]
    if not fitting:
        raise _no_version(spec, versioned, unversioned=len(candidates) - len(versioned))
    same = [one for one in fitting if pinned is not None and _is_pinned_commit(one, spec, pinned)]
    return max(same or fitting, key=_rank)


def _is_pinned_commit(candidate: Candidate, spec: Spec, pinned: LockedModel) -> bool:
    same_repository = (spec.origin, spec.source) == (pinned.origin, pinned.source)
    # A pin that had a tag no longer fits, or nobody would be choosing.
    return same_repository and pinned.tag is None and candidate.commit == pinned.commit


def _newest(spec: Spec, candidates: Sequence[Candidate]) -> Candidate:
    fitting = [one for one in candidates if spec.prereleases or not one.prerelease]
    if not fitting:
        raise NoVersionError(
            f"{spec.name}: {spec.origin} has no release that is no pre-release",
            hint=None if not candidates else "`prereleases = true` takes pre-releases too",
            model=spec.name,
        )
    return max(
        fitting,
        key=lambda one: (one.published or _NEVER, one.rank, one.tag or ""),
    )


def _rank(candidate: Candidate) -> tuple[versions.Comparable, datetime, int, str]:
    return (
        versions.version_key(candidate.version or "0"),
        candidate.published or _NEVER,
        candidate.rank,
        candidate.tag or "",
    )


def _admitted(spec: Spec, version: str, *, prerelease: bool) -> bool:
    taken = spec.prereleases or (
        spec.version is not None and versions.names_prerelease(spec.version)
    )
    if (prerelease or versions.is_prerelease(version)) and not taken:
        return False
    return spec.version is None or versions.admits(spec.version, version)


def _fault(spec: Spec, candidate: Candidate) -> str | None:
    version = candidate.version or ""
    if _admitted(spec, version, prerelease=candidate.prerelease):
        return None
    if spec.version is not None and not versions.admits(spec.version, version):
        return f"is not {spec.version}"
    return "is a pre-release"


def _no_version(spec: Spec, versioned: Sequence[Candidate], *, unversioned: int) -> NoVersionError:
    bounds = spec.version or "a release"
    if not versioned:
        message = (
            f"{spec.name}: no version of {spec.origin} fits: expected {bounds}, "
            f"received no tag that is a version ({unversioned} others)"
        )
        hint = "`tag-prefix` says what stands before the version in a tag"
        return NoVersionError(message, hint=hint, model=spec.name)
    best = sorted(versioned, key=_rank, reverse=True)[:_NEAREST]
    lines = [f"  {one.version} (tag {one.tag}) {_fault(spec, one)}" for one in best]
    more = len(versioned) - len(best)
    if more:
        lines.append(f"  and {more} more")
    title = f"{spec.name}: no version of {spec.origin} fits: expected {bounds}, received"
    return NoVersionError(
        "\n".join([title, *lines]),
        hint="`prereleases = true` takes pre-releases too"
        if any(_fault(spec, one) == "is a pre-release" for one in best)
        else f"change `version` below [models.{spec.name}]",
        model=spec.name,
    )
