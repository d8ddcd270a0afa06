from collections.abc import Iterable

import pytest

from modellock.decisions.collection import (
    Blob,
    Bounds,
    Collection,
    Inventory,
    Kind,
    Leftover,
    Root,
    Standing,
    collect,
)
from modellock.values.digest import Digest, sha256_of_bytes

HOUR, DAY = 3_600, 86_400
A, B, C = (sha256_of_bytes(name) for name in (b"a", b"b", b"c"))


def blob(digest: Digest, *, size: int = 100, links: int = 1, age: float = 10 * DAY) -> Blob:
    return Blob(digest=digest, size=size, on_disk=size, links=links, age=age)


def root(*digests: Digest, standing: Standing = Standing.HERE) -> Root:
    return Root(
        name="root.json",
        lock="/srv/models.lock",
        host="here",
        digests=frozenset(digests),
        standing=standing,
        age=DAY,
    )


def leftover(kind: Kind, *about: Digest, age: float = 2 * DAY, held: bool = False) -> Leftover:
    return Leftover(
        kind=kind,
        path=f"v1/{kind}",
        size=10,
        links=1,
        age=age,
        digests=frozenset(about),
        held=held,
    )


def collected(
    blobs: Iterable[Blob] = (),
    roots: Iterable[Root] = (),
    leftovers: Iterable[Leftover] = (),
    *,
    older_than: int | None = None,
    max_size: int | None = None,
) -> Collection:
    inventory = Inventory(blobs=tuple(blobs), leftovers=tuple(leftovers), roots=tuple(roots))
    return collect(inventory, Bounds(older_than=older_than, max_size=max_size))


def taken(
    *blobs: Blob,
    roots: Iterable[Root] = (),
    older_than: int | None = None,
    max_size: int | None = None,
) -> list[Digest]:
    result = collected(blobs, roots, older_than=older_than, max_size=max_size)
    return [one.digest for one in result.blobs]


def test_what_no_project_uses_goes_and_what_one_uses_stays() -> None:
    assert taken(blob(A), blob(B), roots=[root(A)]) == [B]


@pytest.mark.parametrize("standing", [Standing.HERE, Standing.ELSEWHERE])
def test_a_project_that_may_be_there_keeps_its_blobs(standing: Standing) -> None:
    result = collected([blob(A)], [root(A, standing=standing)])

    assert (result.blobs, result.roots) == ((), ())


@pytest.mark.parametrize("standing", [Standing.GONE, Standing.EXPIRED])
def test_a_project_that_is_gone_keeps_nothing(standing: Standing) -> None:
    gone = root(A, standing=standing)

    result = collected([blob(A)], [gone])

    assert ([one.digest for one in result.blobs], result.roots) == ([A], (gone,))


def test_a_blob_that_another_project_uses_too_stays_when_one_is_gone() -> None:
    assert taken(blob(A), roots=[root(A, standing=Standing.GONE), root(A)]) == []


def test_where_a_root_cannot_be_read_everything_may_be_wanted() -> None:
    unreadable = root(standing=Standing.UNREADABLE)

    result = collected([blob(A)], [unreadable], [leftover(Kind.PARTIAL, B)])

    assert (result.blobs, result.leftovers, result.roots) == ((), (), ())


@pytest.mark.parametrize(("age", "goes"), [(HOUR - 1, False), (HOUR, True)])
def test_a_blob_younger_than_an_hour_is_spared(age: float, goes: bool) -> None:
    assert taken(blob(A, age=age)) == ([A] if goes else [])
    assert taken(blob(A, age=age), older_than=0) == ([A] if goes else [])


def test_a_blob_younger_than_what_is_asked_for_is_spared_and_named() -> None:
    result = collected([blob(A, age=2 * DAY), blob(B, age=4 * DAY)], older_than=3 * DAY)

    assert [one.digest for one in result.blobs] == [B]
    assert [one.digest for one in result.spared] == [A]


def test_the_oldest_goes_first() -> None:
    assert taken(blob(A, age=2 * DAY), blob(B, age=9 * DAY), blob(C, age=5 * DAY)) == [B, C, A]


def test_a_largest_size_takes_only_until_the_store_fits() -> None:
    blobs = [blob(A, age=2 * DAY), blob(B, age=9 * DAY), blob(C, age=5 * DAY)]

    result = collected(blobs, max_size=150)

    assert [one.digest for one in result.blobs] == [B, C]
    assert (result.left, result.excess) == (100, 0)


def test_a_store_that_fits_keeps_what_nobody_uses() -> None:
    assert taken(blob(A), blob(B), max_size=200) == []


def test_a_store_that_cannot_be_made_to_fit_says_by_how_much() -> None:
    result = collected([blob(A), blob(B)], [root(A)], max_size=30)

    assert [one.digest for one in result.blobs] == [B]
    assert (result.left, result.excess) == (100, 70)


def test_both_bounds_hold_together() -> None:
    blobs = [blob(A, age=2 * DAY), blob(B, age=9 * DAY)]

    result = collected(blobs, max_size=0, older_than=3 * DAY)

    assert [one.digest for one in result.blobs] == [B]
    assert result.excess == 100


def test_a_blob_that_is_still_shown_elsewhere_frees_nothing() -> None:
    result = collected([blob(A, links=3), blob(B)])

    assert len(result.blobs) == 2
    assert result.freed == 100


@pytest.mark.parametrize("kind", [Kind.PARTIAL, Kind.STAGED, Kind.DAMAGED])
def test_what_a_run_left_goes_after_a_day_or_the_age_that_is_asked_for(kind: Kind) -> None:
    def kinds(age: float, older_than: int | None = None) -> int:
        left = [leftover(kind, age=age)]
        return len(collected(leftovers=left, older_than=older_than).leftovers)

    assert kinds(DAY - 1) == 0
    assert kinds(DAY) == 1
    assert kinds(2 * HOUR, older_than=HOUR) == 1
    assert kinds(DAY, older_than=2 * DAY) == 0
    assert kinds(HOUR - 1, older_than=0) == 0


def test_a_partial_file_stays_as_long_as_a_project_waits_for_it() -> None:
    partial = leftover(Kind.PARTIAL, A, age=30 * DAY)

    assert collected(roots=[root(A)], leftovers=[partial]).leftovers == ()
    assert collected([blob(A)], [root(A)], [partial]).leftovers == (partial,)
    assert collected(leftovers=[partial]).leftovers == (partial,)


def test_a_partial_file_that_a_process_writes_to_stays() -> None:
    assert collected(leftovers=[leftover(Kind.PARTIAL, A, held=True)]).leftovers == ()


def test_a_record_goes_once_its_blob_is_gone() -> None:
    record = leftover(Kind.RECORD, A)

    assert collected([blob(A)], [root(A)], [record]).leftovers == ()
    assert collected(leftovers=[record]).leftovers == (record,)


def test_a_note_goes_once_one_of_its_files_is_gone() -> None:
    note = leftover(Kind.NOTE, A, B)

    assert collected([blob(A), blob(B)], [root(A, B)], [note]).leftovers == ()
    assert collected([blob(A)], [root(A)], [note]).leftovers == (note,)


def test_what_runs_left_counts_for_the_size() -> None:
    result = collected([blob(A)], leftovers=[leftover(Kind.STAGED)], max_size=100)

    assert (result.left, result.excess, result.blobs) == (100, 0, ())
