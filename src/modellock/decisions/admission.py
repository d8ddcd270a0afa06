"""Whether a spec admits a candidate, and in words why it does not."""

from modellock.decisions.cutoff import Cutoff
from modellock.documents.manifest import Spec
from modellock.documents.offers import Candidate
from modellock.values import versions
from modellock.values.wording import age_words

PRERELEASE = "is a pre-release"


def admits(spec: Spec, version: str, *, prerelease: bool) -> bool:
    """Whether a version lies within bounds; `prerelease` says that its publisher marked it so."""
    if (prerelease or versions.is_prerelease(version)) and not takes_prereleases(spec):
        return False
    return spec.version is None or versions.admits(spec.version, version)


def fault_of(spec: Spec, candidate: Candidate) -> str | None:
    """Why a candidate that is a version does not fit, its age apart; None where it fits."""
    version = candidate.version or ""
    if admits(spec, version, prerelease=candidate.prerelease):
        return None
    if spec.version is not None and not versions.admits(spec.version, version):
        return f"is not {spec.version}"
    return PRERELEASE


def youth_of(candidate: Candidate, cutoff: Cutoff | None) -> str | None:
    """`is too young by 2 days`; None where a candidate is old enough, or has no time."""
    excess = None if cutoff is None else cutoff.excess(candidate.published)
    return None if excess is None else f"is too young by {age_words(excess.total_seconds())}"


def takes_prereleases(spec: Spec) -> bool:
    """Whether a spec asks for pre-releases, aloud or by a bound that names one."""
    return spec.prereleases or (
        spec.version is not None and versions.names_prerelease(spec.version)
    )
