"""Where nothing fits: the nearest candidates, why each fell, and what would let one in."""

from bisect import bisect_left
from collections.abc import Sequence

from modellock.decisions.admission import PRERELEASE, fault_of, youth_of
from modellock.decisions.cutoff import Cutoff
from modellock.documents.manifest import Spec
from modellock.documents.offers import Candidate
from modellock.errors import NoVersionError
from modellock.values import versions
from modellock.values.wording import visible

_MOST_NAMED = 3
_TAKE_PRERELEASES = "`prereleases = true` takes pre-releases too"
_TAKE_YOUNG = "`modellock lock --exclude-newer 0` takes it all the same"


def no_version(
    spec: Spec, versioned: Sequence[Candidate], cutoff: Cutoff | None, *, unversioned: int
) -> NoVersionError:
    """The error for bounds that nothing fits; `versioned` are sorted, the best first."""
    title = f"{spec.name}: no version of {spec.origin} fits: expected {_wanted(spec, cutoff)},"
    if not versioned:
        return NoVersionError(
            f"{title} received no tag that is a version ({unversioned} others)",
            hint="`tag-prefix` says what stands before the version in a tag",
            model=spec.name,
        )
    named = _nearest(spec, versioned)
    lines = [f"  {_words(one)} {_fall(spec, one, cutoff)}" for one in named]
    more = len(versioned) - len(named)
    if more:
        lines.append(f"  and {more} more")
    return NoVersionError(
        "\n".join([f"{title} received", *lines]),
        hint=_way_in(spec, named, cutoff),
        model=spec.name,
    )


def no_release(spec: Spec, releases: Sequence[Candidate], cutoff: Cutoff | None) -> NoVersionError:
    """The error for releases without versions, of which none is to be had; the newest first."""
    if not releases:
        return NoVersionError(f"{spec.name}: {spec.origin} has no release", model=spec.name)
    lines = [
        f"  {visible(one.tag or '')} {youth_of(one, cutoff) or PRERELEASE}"
        for one in releases[:_MOST_NAMED]
    ]
    more = len(releases) - len(lines)
    if more:
        lines.append(f"  and {more} more")
    young = any(youth_of(one, cutoff) for one in releases)
    return NoVersionError(
        "\n".join([f"{spec.name}: no release of {spec.origin} fits, received", *lines]),
        hint=_TAKE_YOUNG if young else _TAKE_PRERELEASES,
        model=spec.name,
    )


def too_young(spec: Spec, candidate: Candidate, cutoff: Cutoff) -> NoVersionError:
    """The error for the one candidate that a spec names, or for a branch without an older one."""
    named = visible(candidate.tag or candidate.revision or candidate.commit or "")
    return NoVersionError(
        f"{spec.name}: {named} of {spec.origin} {youth_of(candidate, cutoff)}: "
        f"expected nothing after {cutoff.moment:%Y-%m-%d %H:%M:%S} UTC ({cutoff.cause}), "
        f"received {candidate.published:%Y-%m-%d %H:%M:%S} UTC",
        hint=_TAKE_YOUNG,
        model=spec.name,
    )


def _wanted(spec: Spec, cutoff: Cutoff | None) -> str:
    bounds = spec.version or "a release"
    if cutoff is None:
        return bounds
    return f"{bounds} of {cutoff.moment:%Y-%m-%d %H:%M:%S} UTC or before ({cutoff.cause})"


def _words(candidate: Candidate) -> str:
    return f"{candidate.version} (tag {visible(candidate.tag or '')})"


def _fall(spec: Spec, candidate: Candidate, cutoff: Cutoff | None) -> str:
    return fault_of(spec, candidate) or youth_of(candidate, cutoff) or "does not fit"


def _nearest(spec: Spec, versioned: Sequence[Candidate]) -> list[Candidate]:
    """First those within bounds, then those next to the versions that the bounds name."""
    ascending = sorted(versions.version_key(one.version or "0") for one in versioned)
    places = [bisect_left(ascending, edge) for edge in versions.edges(spec.version or ">=0")]

    def distance(candidate: Candidate) -> tuple[bool, int]:
        at = bisect_left(ascending, versions.version_key(candidate.version or "0"))
        outside = spec.version is not None and not versions.admits(
            spec.version, candidate.version or ""
        )
        return outside, min(min(abs(at - place), abs(at + 1 - place)) for place in places)

    nearest = sorted(versioned, key=distance)[:_MOST_NAMED]
    return [one for one in versioned if one in nearest]


def _way_in(spec: Spec, named: Sequence[Candidate], cutoff: Cutoff | None) -> str:
    falls = [_fall(spec, one, cutoff) for one in named]
    if PRERELEASE in falls:
        return _TAKE_PRERELEASES
    if any(fall == youth_of(one, cutoff) for fall, one in zip(falls, named, strict=True)):
        return _TAKE_YOUNG
    return f"change `version` below [models.{spec.name}]"
