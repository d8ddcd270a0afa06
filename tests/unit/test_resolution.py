from datetime import UTC, datetime

import pytest

from modellock.decisions.cutoff import Cutoff
from modellock.decisions.resolution import choose, pin_fits, unversioned_tags
from modellock.documents.offers import Candidate
from modellock.errors import NoVersionError
from tests.unit.specs import COMMIT, locked_of, release, spec_of


def test_the_highest_version_within_bounds_is_chosen() -> None:
    spec = spec_of('hub = "acme/detector"\nversion = ">=1.2,<2"')
    tags = [release(tag) for tag in ("v1.9.0", "v1.10.0", "v2.0", "v1.2", "nightly")]

    chosen = choose(spec, tags)

    assert (chosen.tag, chosen.version) == ("v1.10.0", "1.10.0")


def test_tags_that_are_no_versions_are_skipped() -> None:
    spec = spec_of('github = "acme/whisper"')

    assert choose(spec, [release("latest", 9), release("1.0", 1)]).tag == "1.0"


def test_the_prefix_is_stripped_before_a_tag_is_read() -> None:
    spec = spec_of('github = "acme/mono"\ntag-prefix = "whisper-"')
    tags = [release("tts-v9.0"), release("whisper-v1.0"), release("whisper-1.1")]

    assert choose(spec, tags).tag == "whisper-1.1"


def test_a_prerelease_is_passed_over() -> None:
    spec = spec_of('github = "acme/whisper"')
    tags = [release("2.0rc1"), release("3.0", prerelease=True), release("1.4")]

    assert choose(spec, tags).tag == "1.4"


def test_a_prerelease_is_taken_where_it_is_asked_for() -> None:
    tags = [release("2.0rc1"), release("1.4")]

    assert choose(spec_of('github = "a/b"\nprereleases = true'), tags).tag == "2.0rc1"
    assert choose(spec_of('github = "a/b"\nversion = "==2.0rc1"'), tags).tag == "2.0rc1"


def test_without_a_version_among_the_tags_the_newest_release_is_taken() -> None:
    spec = spec_of('github = "acme/whisper"')
    tags = [release("old", 1), release("newest", 9), release("beta", 20, prerelease=True)]

    assert choose(spec, tags).tag == "newest"


def test_equal_versions_are_told_apart_by_date_and_then_by_rank() -> None:
    spec = spec_of('github = "acme/whisper"')

    assert choose(spec, [release("v1.0", 1), release("1.0", 2)]).tag == "1.0"
    assert choose(spec, [release("v1.0", 1, rank=7), release("1.0", 1, rank=3)]).tag == "v1.0"


def test_the_nearest_versions_are_named_where_none_fits() -> None:
    spec = spec_of('hub = "acme/detector"\nversion = ">=3"')
    tags = [release(f"v{number}.0") for number in (1, 2)] + [release("v3.1rc1"), release("x")]

    with pytest.raises(NoVersionError) as caught:
        choose(spec, tags)

    assert str(caught.value) == (
        "m: no version of acme/detector fits: expected >=3, received\n"
        "  3.1rc1 (tag v3.1rc1) is a pre-release\n"
        "  2.0 (tag v2.0) is not >=3\n"
        "  1.0 (tag v1.0) is not >=3"
    )
    assert caught.value.hint == "`prereleases = true` takes pre-releases too"


def test_tags_of_which_none_is_a_version_are_counted() -> None:
    spec = spec_of('hub = "acme/detector"\nversion = ">=3"')

    with pytest.raises(NoVersionError) as caught:
        choose(spec, [release("main-1"), release("x")])

    assert str(caught.value) == (
        "m: no version of acme/detector fits: expected >=3, "
        "received no tag that is a version (2 others)"
    )


def test_a_version_that_is_the_pinned_commit_is_preferred() -> None:
    pinned = locked_of('hub = "acme/detector"')
    spec = spec_of('hub = "acme/detector"\nversion = ">=1"')
    tags = [release("v1.0", commit=COMMIT), release("v2.0", commit="a" * 40)]

    assert choose(spec, tags, pinned=pinned).tag == "v1.0"


@pytest.mark.parametrize(
    ("before", "now", "fits"),
    [
        ('hub = "a/b"', 'hub = "a/b"', True),
        ('hub = "a/b"', 'hub = "a/b"\nrevision = "main"', True),
        ('hub = "a/b"', f'hub = "a/b"\nrevision = "{COMMIT}"', True),
        ('hub = "a/b"', 'hub = "a/b"\nrevision = "v2"', False),
        ('hub = "a/b"\nrevision = "v2"', 'hub = "a/b"', False),
        ('hub = "a/b"', 'hub = "a/c"', False),
        ('hub = "a/b"', 'hub = "a/b"\ntype = "dataset"', False),
        ('hub = "a/b"', 'hub = "a/b"\ninclude = ["*.json"]', True),
        ('url = "http://x/f"', f'url = "http://x/f"\nsha256 = "{10:064x}"', True),
        ('url = "http://x/f"', f'url = "http://x/f"\nsha256 = "{11:064x}"', False),
        ('local = "x"', 'local = "x"', True),
        ('local = "x"', 'local = "y"', False),
    ],
)
def test_whether_a_pin_fits(before: str, now: str, *, fits: bool) -> None:
    assert pin_fits(spec_of(now), locked_of(before)) is fits


@pytest.mark.parametrize(
    ("now", "fits"),
    [
        ('version = ">=1"', True),
        ('version = ">=1.0"', True),
        ('version = ">=2"', False),
        ('tag = "v1.5"', True),
        ('tag = "v1.6"', False),
        ('version = ">=1"\ntag-prefix = "w-"', False),
        ("", True),
    ],
)
def test_whether_a_pinned_release_fits(now: str, *, fits: bool) -> None:
    pinned = locked_of('github = "a/b"\nversion = ">=1"', tag="v1.5", version="1.5")

    assert pin_fits(spec_of(f'github = "a/b"\n{now}'), pinned) is fits


def test_a_pinned_prerelease_no_longer_fits_where_none_is_wanted() -> None:
    pinned = locked_of('github = "a/b"\nprereleases = true', tag="v2.0rc1", version="2.0rc1")

    assert pin_fits(spec_of('github = "a/b"\nprereleases = true'), pinned)
    assert not pin_fits(spec_of('github = "a/b"'), pinned)


def test_a_release_whose_tag_is_no_version_stands_until_it_is_updated() -> None:
    pinned = locked_of('github = "a/b"', tag="nightly-7")

    assert pin_fits(spec_of('github = "a/b"'), pinned)
    assert not pin_fits(spec_of('github = "a/b"\nversion = ">=1"'), pinned)


def refusal(text: str, tags: list[Candidate], cutoff: Cutoff | None = None) -> NoVersionError:
    with pytest.raises(NoVersionError) as caught:
        choose(spec_of(text), tags, cutoff=cutoff)
    return caught.value


CUTOFF = Cutoff(moment=datetime(2026, 1, 10, tzinfo=UTC), cause="settings.min-age")


def test_the_versions_next_to_the_bounds_are_the_nearest() -> None:
    tags = [release(f"{number}.0") for number in range(1, 10)]

    error = refusal('hub = "acme/detector"\nversion = ">=4.1,<4.9"', tags)

    assert str(error) == (
        "m: no version of acme/detector fits: expected >=4.1,<4.9, received\n"
        "  6.0 (tag 6.0) is not >=4.1,<4.9\n"
        "  5.0 (tag 5.0) is not >=4.1,<4.9\n"
        "  4.0 (tag 4.0) is not >=4.1,<4.9\n"
        "  and 6 more"
    )
    assert error.hint == "change `version` below [models.m]"


def test_the_newest_release_that_is_old_enough_is_taken() -> None:
    tags = [release("old", 1), release("newer", 9), release("newest", 11)]

    assert choose(spec_of('github = "a/b"'), tags, cutoff=CUTOFF).tag == "newer"


def test_releases_that_all_fall_are_told_with_why() -> None:
    tags = [release("a", 12), release("b", 1, prerelease=True), release("c", 30), release("d", 29)]

    error = refusal('github = "a/b"', tags, CUTOFF)

    assert str(error) == (
        "m: no release of a/b fits, received\n"
        "  c is too young by 2 weeks\n"
        "  d is too young by 2 weeks\n"
        "  a is too young by 2 days\n"
        "  and 1 more"
    )
    assert error.hint == "`modellock lock --exclude-newer 0` takes it all the same"


def test_a_repository_without_a_release_is_told_as_that() -> None:
    error = refusal('github = "a/b"', [])

    assert (str(error), error.hint) == ("m: a/b has no release", None)


def test_prereleases_are_told_where_there_is_nothing_else() -> None:
    error = refusal('github = "a/b"', [release("beta", 1, prerelease=True)])

    assert str(error) == "m: no release of a/b fits, received\n  beta is a pre-release"
    assert error.hint == "`prereleases = true` takes pre-releases too"


def test_the_time_of_a_candidate_is_asked_for_only_with_a_cutoff() -> None:
    asked: list[str | None] = []

    def dated(candidate: Candidate) -> Candidate:
        asked.append(candidate.tag)
        return candidate

    spec = spec_of('hub = "a/b"\nversion = ">=1"')
    tags = [release("1.0", 1), release("1.1", 11), release("1.2", 12), release("0.9", 1)]

    assert choose(spec, tags, dated=dated).tag == "1.2"
    assert asked == []
    assert choose(spec, tags, cutoff=CUTOFF, dated=dated).tag == "1.0"
    assert asked == ["1.2", "1.1", "1.0"]


def test_tags_that_are_no_versions_are_passed_over_where_versions_count() -> None:
    tags = [release("nightly"), release("1.0"), release("latest")]

    assert unversioned_tags(spec_of('github = "a/b"'), tags) == ("latest", "nightly")
    assert unversioned_tags(spec_of('github = "a/b"'), tags[:1]) == ()
