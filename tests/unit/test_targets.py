import pytest

from modellock.decisions.resolution import choose
from modellock.decisions.targets import UpdateTarget, aimed_at, parse_target, strayed
from modellock.errors import ModellockError, NotFoundError, NoVersionError, UsageError
from tests.unit.specs import COMMIT, release, spec_of

TAGS = [release("v1.0", commit=COMMIT), release("v1.4.2"), release("v2.0"), release("nightly")]
BOUNDED = spec_of('hub = "acme/detector"\nversion = ">=1,<2"')


def refusal(text: str, revision: str) -> ModellockError:
    spec = spec_of(text)
    with pytest.raises(ModellockError) as caught:
        choose(spec, aimed_at(spec, TAGS, revision))
    return caught.value


def test_a_target_is_a_name_or_a_name_and_a_revision() -> None:
    assert parse_target("minilm") == UpdateTarget("minilm")
    assert parse_target("minilm@v1.0") == UpdateTarget("minilm", "v1.0")
    assert parse_target("m@refs/pr/1@x") == UpdateTarget("m", "refs/pr/1@x")


@pytest.mark.parametrize("text", ["", "@v1", "minilm@", "@"])
def test_half_a_target_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is neither `NAME` nor `NAME@REV`"):
        parse_target(text)


@pytest.mark.parametrize(
    ("revision", "tag"),
    [("v1.4.2", "v1.4.2"), ("1.4.2", "v1.4.2"), ("1.0.0", "v1.0"), (COMMIT, "v1.0")],
)
def test_a_revision_is_a_tag_a_version_or_a_commit(revision: str, tag: str) -> None:
    assert choose(BOUNDED, aimed_at(BOUNDED, TAGS, revision)).tag == tag


def test_what_lies_outside_of_the_bounds_is_refused_with_the_key_to_change() -> None:
    error = refusal('hub = "acme/detector"\nversion = ">=1,<2"', "2.0")

    assert isinstance(error, NoVersionError)
    assert str(error) == (
        "m: no version of acme/detector fits: expected >=1,<2, received\n"
        "  2.0 (tag v2.0) is not >=1,<2"
    )
    assert error.hint == "change `version` below [models.m]"


def test_a_tag_that_is_no_version_lies_in_no_bounds() -> None:
    error = refusal('hub = "acme/detector"\nversion = ">=1,<2"', "nightly")

    assert str(error).endswith("received no tag that is a version (1 others)")


def test_without_bounds_every_release_is_within() -> None:
    spec = spec_of('github = "acme/whisper"')

    assert choose(spec, aimed_at(spec, TAGS, "nightly")).tag == "nightly"


def test_a_revision_that_is_nowhere_is_told_with_the_nearest_tag() -> None:
    error = refusal('github = "acme/whisper"', "v1.4.3")

    assert isinstance(error, NotFoundError)
    assert str(error) == "m@v1.4.3: acme/whisper has no such release"
    assert error.hint == "did you mean `v1.4.2`?"


def test_a_spec_with_a_tag_admits_that_tag_alone() -> None:
    spec = spec_of('github = "acme/whisper"\ntag = "v1.0"')
    with pytest.raises(NoVersionError) as caught:
        aimed_at(spec, TAGS[:1], "v2.0")

    assert str(caught.value) == "m@v2.0: is not within models.toml: expected the release v1.0"
    assert caught.value.hint == "change `tag` below [models.m]"


@pytest.mark.parametrize("text", ['url = "https://x.example/f"', 'local = "../m"'])
def test_what_has_no_versions_takes_no_revision(text: str) -> None:
    with pytest.raises(UsageError, match="has no versions to choose among"):
        aimed_at(spec_of(text), [], "v1")


def test_a_revision_beside_the_branch_is_told_with_the_line_to_write() -> None:
    error = strayed(spec_of('hub = "acme/minilm"'), "dev")

    assert str(error) == (
        "m@dev: is not within models.toml: expected a commit that main of acme/minilm leads to"
    )
    assert error.hint == 'write `revision = "dev"` below [models.m]'
