"""A lock that fits stays: locked twice is locked once, and looser bounds move nothing."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from modellock.decisions.relocking import rewritten, steps
from modellock.decisions.resolution import choose
from modellock.documents.lockfile import LockedModel
from modellock.documents.manifest import Spec
from modellock.documents.offers import Candidate
from modellock.errors import NoVersionError
from tests.property.test_resolution import candidates
from tests.unit.specs import lock_of, locked_of, manifest_of, spec_of

numbers = st.integers(0, 4)
pairs = st.builds("{}.{}".format, numbers, st.integers(0, 12))
lower = st.none() | st.builds(">={}{}".format, pairs, st.sampled_from(["", "rc1"]))
upper = st.none() | pairs.map("<{}".format)
extras = st.sampled_from(["", "prereleases = true"])
origins = st.sampled_from(['hub = "a/b"', 'github = "a/b"'])


def bounds_of(*parts: str | None) -> str:
    return ",".join(part for part in parts if part) or ">=0"


def manifest_text(origin: str, bounds: str | None, extra: str) -> str:
    version = f'version = "{bounds}"' if bounds else ""
    return f"{origin}\n{version}\n{extra}"


def locked_at(spec: Spec, candidate: Candidate, text: str) -> LockedModel:
    locked = locked_of(text, tag=candidate.tag, version=candidate.version)
    return replace(locked, repo_id=7, commit="a" * 40, requested=spec.requested)


def stays(text: str, locked: LockedModel) -> bool:
    (step,) = steps(manifest_of(f"[models.m]\n{text}\n"), lock_of(locked))
    return step.locked == locked


@given(origins, candidates, lower, upper, extras)
def test_what_was_chosen_stays(
    origin: str, offer: list[Candidate], low: str | None, high: str | None, extra: str
) -> None:
    text = manifest_text(origin, bounds_of(low, high), extra)
    spec = spec_of(text)
    try:
        locked = locked_at(spec, choose(spec, offer), text)
    except NoVersionError:
        return

    assert stays(text, locked)
    assert rewritten(spec, locked) == locked


@given(origins, candidates, lower, upper, extras, st.sampled_from(["lower", "upper"]))
def test_a_bound_that_is_loosened_moves_no_pin(
    origin: str,
    offer: list[Candidate],
    low: str | None,
    high: str | None,
    extra: str,
    dropped: str,
) -> None:
    text = manifest_text(origin, bounds_of(low, high), extra)
    spec = spec_of(text)
    try:
        locked = locked_at(spec, choose(spec, offer), text)
    except NoVersionError:
        return

    looser = bounds_of(None, high) if dropped == "lower" else bounds_of(low, None)

    assert stays(manifest_text(origin, looser, extra), locked)
    assert stays(manifest_text(origin, looser, "prereleases = true"), locked)
    if origin.startswith("github"):
        assert stays(manifest_text(origin, None, extra), locked)
