from dataclasses import replace

import pytest

from modellock.decisions.packing import (
    Package,
    Packing,
    earlier_files,
    locked_packing,
    packages_of,
    packing_of,
    to_fetch,
    to_unpack,
)
from modellock.documents.lockfile import LockedFile, LockedModel
from modellock.values.digest import Digest
from tests.unit.specs import digest_of, locked_of, spec_of

ARCHIVE = LockedFile("small.tar", 100, digest_of(1), 7)
WEIGHTS = LockedFile("weights.bin", 90, digest_of(2))
LICENSE = LockedFile("LICENSE", 5, digest_of(3))
GITHUB = 'github = "acme/small"\ntag = "v1"'
SMALL = replace(
    locked_of(f"{GITHUB}\nunpack = true", files=(WEIGHTS, LICENSE)), archives=(ARCHIVE,)
)


def has_nothing(digest: Digest, size: int) -> bool:
    del digest, size
    return False


def missing(*files: LockedFile) -> dict[Digest, int]:
    return {file.digest: file.size for file in files}


@pytest.mark.parametrize(
    ("keys", "packing"),
    [
        ("", Packing()),
        ("unpack = true", Packing(unpack=True)),
        ("unpack = true\nstrip-components = 2", Packing(unpack=True, strip=2)),
        ("join = true", Packing(join=True)),
        ("unpack = true\njoin = true", Packing(unpack=True, join=True)),
        ("unpack = false\njoin = false", Packing()),
    ],
)
def test_a_spec_and_a_locked_model_ask_for_the_same(keys: str, packing: Packing) -> None:
    assert packing_of(spec_of(f"{GITHUB}\n{keys}")) == packing
    assert locked_packing(locked_of(f"{GITHUB}\n{keys}")) == packing
    assert packing.is_none == (keys in ("", "unpack = false\njoin = false"))


def test_parts_are_one_package_where_they_are_joined() -> None:
    one, two = LockedFile("m.001", 10, digest_of(4)), LockedFile("m.002", 5, digest_of(5))

    (package,) = packages_of((two, one), Packing(join=True))

    assert package == Package("m", (one, two))
    assert (package.size, package.is_cut) == (15, True)
    assert [one.is_cut for one in packages_of((one, two), Packing(unpack=True))] == [False, False]


def test_the_same_archives_unpacked_alike_give_the_same_files() -> None:
    assert earlier_files(Packing(unpack=True), (ARCHIVE,), SMALL) == (WEIGHTS, LICENSE)


@pytest.mark.parametrize(
    ("packing", "archives", "pinned"),
    [
        (Packing(unpack=True, strip=1), (ARCHIVE,), SMALL),
        (Packing(unpack=True), (replace(ARCHIVE, digest=digest_of(9)),), SMALL),
        (Packing(unpack=True), (replace(ARCHIVE, path="other.tar"),), SMALL),
        (Packing(unpack=True), (ARCHIVE, LICENSE), SMALL),
        (Packing(unpack=True), (ARCHIVE,), None),
        (Packing(unpack=True), (ARCHIVE,), replace(SMALL, archives=())),
    ],
)
def test_others_may_give_others(
    packing: Packing, archives: tuple[LockedFile, ...], pinned: LockedModel | None
) -> None:
    assert earlier_files(packing, archives, pinned) is None


def test_for_a_missing_file_its_archive_is_fetched() -> None:
    assert to_unpack([SMALL], missing(WEIGHTS)) == (SMALL,)
    assert to_fetch([SMALL], missing(WEIGHTS), has_nothing) == {ARCHIVE.digest: 100}


def test_an_archive_that_is_in_the_store_is_not_fetched() -> None:
    assert to_fetch([SMALL], missing(WEIGHTS), lambda digest, _: digest == ARCHIVE.digest) == {}


def test_a_missing_file_that_somebody_serves_as_it_is_needs_no_archive() -> None:
    plain = replace(locked_of(GITHUB, files=(WEIGHTS,)), name="plain")

    assert to_unpack([SMALL, plain], missing(WEIGHTS)) == ()
    assert to_fetch([SMALL, plain], missing(WEIGHTS), has_nothing) == {WEIGHTS.digest: 90}


def test_a_file_beside_the_parts_is_fetched_alone() -> None:
    part = LockedFile("m.001", 10, digest_of(4))
    joined = replace(
        locked_of(f"{GITHUB}\njoin = true", files=(LICENSE, WEIGHTS)), archives=(LICENSE, part)
    )

    assert to_fetch([joined], missing(LICENSE), has_nothing) == {LICENSE.digest: 5}


def test_where_nothing_is_missing_nothing_is_unpacked() -> None:
    assert to_unpack([SMALL], {}) == ()
    assert to_fetch([SMALL], {}, has_nothing) == {}
