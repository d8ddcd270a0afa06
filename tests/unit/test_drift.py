"""What differs between a locked model and what upstream says of it."""

from dataclasses import replace
from typing import Any

import pytest

from modellock.decisions.drift import drift_of, fetched_files
from modellock.documents.lockfile import LockedFile, LockedModel
from modellock.documents.offers import OfferedFile, Snapshot
from modellock.errors import (
    GoneError,
    IdentityError,
    MismatchError,
    ModellockError,
    RenamedError,
    ReplacedError,
)
from modellock.values.digest import Digest
from tests.unit.specs import COMMIT, digest_of, locked_of

FILE = LockedFile("m.bin", 10, digest_of(1))
SAME = OfferedFile(path="m.bin", size=10, sha256=digest_of(1))
HUB = locked_of('hub = "acme/m"', repo_id="5f", files=(FILE,))
GITHUB = locked_of(
    'github = "acme/m"', repo_id=7, tag="v1", commit=COMMIT,
    files=(LockedFile("m.bin", 10, digest_of(1), 70),),
)  # fmt: skip


def snapshot_of(model: LockedModel, *files: OfferedFile, **changes: Any) -> Snapshot:
    known = {"name": model.origin, "repo_id": model.repo_id, "commit": model.commit, **changes}
    return Snapshot(files=files, **known)


def test_what_is_the_same_is_no_finding() -> None:
    assert drift_of(HUB, snapshot_of(HUB, SAME, OfferedFile(path="new", size=1))) == ()


def test_of_another_repository_nothing_more_is_said() -> None:
    (finding,) = drift_of(HUB, snapshot_of(HUB, repo_id="60", name="acme/n", commit="0" * 40))

    assert isinstance(finding, IdentityError)
    assert finding.hint == "if you trust the new one, run `modellock update m`"


def test_a_model_locked_without_a_number_is_compared_all_the_same() -> None:
    unnumbered = replace(HUB, repo_id=None)

    assert drift_of(unnumbered, snapshot_of(unnumbered, SAME, repo_id="60")) == ()


def test_every_difference_is_a_finding() -> None:
    findings = drift_of(GITHUB, snapshot_of(GITHUB, name="acme/n", commit="0" * 40))

    assert [type(finding) for finding in findings] == [RenamedError, ReplacedError, GoneError]
    assert {finding.model for finding in findings} == {"m"}


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"size": 11}, "expected 10 bytes, received 11"),
        ({"sha256": digest_of(2)}, f"expected {digest_of(1)}, received {digest_of(2)}"),
        ({"asset_id": 71}, "expected asset 70, received asset 71"),
    ],
)
def test_a_release_can_replace_what_it_holds(change: dict[str, Any], fault: str) -> None:
    offered = replace(SAME, asset_id=70)

    (finding,) = drift_of(GITHUB, snapshot_of(GITHUB, replace(offered, **change)))

    assert isinstance(finding, ReplacedError)
    assert str(finding) == f"m/m.bin: was replaced upstream: {fault}"


@pytest.mark.parametrize(
    "files", [(), (replace(SAME, size=11),), (replace(SAME, sha256=digest_of(2)),)]
)
def test_a_commit_cannot_so_somebody_lies(files: tuple[OfferedFile, ...]) -> None:
    (finding,) = drift_of(HUB, snapshot_of(HUB, *files))

    assert isinstance(finding, MismatchError)
    assert "models.lock or the Hub says what is not true" in str(finding)


@pytest.mark.parametrize(
    ("git_ids", "errors"),
    [
        ({}, []),
        ({"m.bin": "1" * 40}, []),
        ({"m.bin": "2" * 40}, [MismatchError]),
        ({"other": "2" * 40}, []),
    ],
)
def test_a_git_object_id_counts_where_the_bytes_are_known(
    git_ids: dict[str, str], errors: list[type[ModellockError]]
) -> None:
    plain = OfferedFile(path="m.bin", size=10, git_sha1="1" * 40)

    assert [type(one) for one in drift_of(HUB, snapshot_of(HUB, plain), git_ids)] == errors


def test_what_is_not_known_is_not_compared() -> None:
    assert drift_of(HUB, snapshot_of(HUB, OfferedFile(path="m.bin", size=None))) == ()


def test_of_an_unpacked_model_upstream_has_the_archives() -> None:
    archive = LockedFile("m.tar", 5, Digest("sha256", "a" * 64))

    assert fetched_files(replace(GITHUB, archives=(archive,))) == (archive,)
    assert fetched_files(GITHUB) == GITHUB.files
