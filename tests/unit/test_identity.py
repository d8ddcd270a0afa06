from typing import Any

import pytest

from modellock.decisions.identity import check_identity
from modellock.decisions.relocking import Step
from modellock.documents.lockfile import LockedFile
from modellock.documents.offers import OfferedFile, Snapshot
from modellock.errors import IdentityError, RenamedError, ReplacedError
from tests.unit.specs import digest_of, locked_of, spec_of

TEXT = 'github = "acme/w"\ntag = "v1"'
SPEC = spec_of(TEXT)
PINNED = locked_of(
    TEXT,
    repo_id=7,
    tag="v1",
    commit="a" * 40,
    files=(LockedFile("w.bin", 10, digest_of(10), 100),),
)


def snapshot_of(**known: Any) -> Snapshot:
    file = OfferedFile(path="w.bin", size=10, sha256=digest_of(10), asset_id=100)
    fields: dict[str, Any] = {"files": (file,), "repo_id": 7, "tag": "v1", "commit": "a" * 40}
    return Snapshot(**{"name": "acme/w", **fields, **known})


def test_the_same_repository_tag_and_assets_are_accepted() -> None:
    step = Step(spec=SPEC, pinned=PINNED, keeps_pin=True)

    assert check_identity(step, snapshot_of()) is None  # type: ignore[func-returns-value]


def test_a_repository_that_answers_under_a_new_name_is_told_with_the_line_to_write() -> None:
    with pytest.raises(RenamedError) as caught:
        check_identity(Step(spec=SPEC), snapshot_of(name="acme/\x1bnew"))

    assert str(caught.value) == "m: acme/w answers as acme/\\x1bnew"
    assert caught.value.hint == 'write `github = "acme/\\x1bnew"` below [models.m]'


def test_another_repository_under_the_same_name_is_refused() -> None:
    with pytest.raises(IdentityError) as caught:
        check_identity(Step(spec=SPEC, pinned=PINNED), snapshot_of(repo_id=8))

    assert str(caught.value) == ("m: acme/w is another repository now: expected id 7, received 8")
    assert caught.value.hint == "if you trust the new one, run `modellock update m`"


def test_another_repository_is_accepted_by_name_alone() -> None:
    step = Step(spec=SPEC, pinned=PINNED, accepts_identity=True)

    assert check_identity(step, snapshot_of(repo_id=8)) is None  # type: ignore[func-returns-value]


def test_another_origin_has_an_identity_of_its_own() -> None:
    spec = spec_of('github = "acme/other"')

    step = Step(spec=spec, pinned=PINNED)

    assert check_identity(step, snapshot_of(name="acme/other", repo_id=8)) is None  # type: ignore[func-returns-value]


def test_a_moved_tag_is_refused() -> None:
    with pytest.raises(ReplacedError) as caught:
        check_identity(Step(spec=SPEC, pinned=PINNED, keeps_pin=True), snapshot_of(commit="b" * 40))

    assert str(caught.value) == (
        f"m: tag v1 of acme/w was moved: expected commit {'a' * 40}, received {'b' * 40}"
    )


@pytest.mark.parametrize(
    ("digest", "asset_id", "fault"),
    [
        (digest_of(11), 100, f"expected {digest_of(10)}, received {digest_of(11)}"),
        (None, 101, "expected asset 100, received asset 101"),
    ],
)
def test_a_replaced_asset_is_refused(digest: Any, asset_id: int, fault: str) -> None:
    file = OfferedFile(path="w.bin", size=10, sha256=digest, asset_id=asset_id)

    with pytest.raises(ReplacedError) as caught:
        check_identity(Step(spec=SPEC, pinned=PINNED, keeps_pin=True), snapshot_of(files=(file,)))

    assert str(caught.value) == f"m/w.bin: was replaced upstream: {fault}"
