"""The choice is the best that fits, whatever the order and whatever worse is on offer."""

from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import assume, given
from hypothesis import strategies as st

from modellock.decisions.cutoff import Cutoff
from modellock.decisions.resolution import choose, pin_fits
from modellock.documents.offers import Candidate
from modellock.errors import NoVersionError
from modellock.values.versions import admits, version_key, version_of
from tests.unit.specs import locked_of, release, spec_of

tags = st.builds(
    "{}{}.{}{}".format,
    st.sampled_from(["", "v", "release-", "x"]),
    st.integers(0, 4),
    st.integers(0, 12),
    st.sampled_from(["", "rc1", ".dev2", ".post1"]),
)
candidates = st.lists(
    st.builds(release, tags, st.integers(1, 28), rank=st.integers(0, 3)), min_size=1, max_size=12
)
bounds = st.sampled_from([">=1", "<3", ">=1.2,<2", "~=1.4", "==2.*", "!=1.0", ">0"])


def chosen(text: str, offer: list[Candidate]) -> Candidate | None:
    try:
        return choose(spec_of(text), offer)
    except NoVersionError:
        return None


@given(candidates, bounds, st.randoms(use_true_random=False))
def test_the_order_of_candidates_does_not_matter(offer, bound, random) -> None:  # type: ignore[no-untyped-def]
    text = f'hub = "a/b"\nversion = "{bound}"'
    shuffled = list(offer)
    random.shuffle(shuffled)

    assert chosen(text, offer) == chosen(text, shuffled)


@given(candidates, st.none() | bounds, st.integers(1, 28), st.randoms(use_true_random=False))
def test_nor_does_it_as_of_a_date(offer, bound, day, random) -> None:  # type: ignore[no-untyped-def]
    spec = spec_of(f'github = "a/b"\nversion = "{bound}"' if bound else 'github = "a/b"')
    cutoff = Cutoff(moment=datetime(2026, 1, day, tzinfo=UTC), cause="--exclude-newer")
    shuffled = list(offer)
    random.shuffle(shuffled)

    def chosen_from(candidates: list[Candidate]) -> Candidate | str:
        try:
            return choose(spec, candidates, cutoff=cutoff)
        except NoVersionError as error:
            return str(error)

    assert chosen_from(offer) == chosen_from(shuffled)


@given(candidates, bounds)
def test_the_choice_fits_and_nothing_better_does(offer: list[Candidate], bound: str) -> None:
    best = chosen(f'hub = "a/b"\nversion = "{bound}"\nprereleases = true', offer)

    fitting = [
        version
        for one in offer
        if (version := version_of(one.tag or "")) is not None and admits(bound, version)
    ]
    if best is None:
        assert fitting == []
    else:
        assert best.version in fitting
        assert not any(version_key(best.version or "") < version_key(one) for one in fitting)


@given(candidates, bounds)
def test_worse_candidates_change_nothing(offer: list[Candidate], bound: str) -> None:
    text = f'hub = "a/b"\nversion = "{bound}"'
    best = chosen(text, offer)
    assume(best is not None and version_key(best.version or "") > version_key("0.0.2"))
    assert best is not None

    worse = [release("v0.0.1"), release("nonsense"), replace(best, tag="v0.0.2", version=None)]

    assert chosen(text, [*worse, *offer]) == best


@given(candidates, bounds)
def test_what_was_chosen_fits_as_a_pin(offer: list[Candidate], bound: str) -> None:
    text = f'hub = "a/b"\nversion = "{bound}"'
    best = chosen(text, offer)
    if best is None:
        return

    assert pin_fits(spec_of(text), locked_of(text, tag=best.tag, version=best.version))
