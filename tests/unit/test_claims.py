import pytest
from hypothesis import given
from hypothesis import strategies as st

from modellock.decisions.claims import LARGEST_PIECE, SMALLEST_PIECE, Claim, Claims, piece_of
from modellock.values.spans import Spans

MIB = 1 << 20
SIZE = 12 * MIB
"""Three pieces."""


def made(claims: Claims, here: Spans) -> Claim:
    claim = claims.make(here, 0.0)
    assert claim is not None
    return claim


def test_connections_get_one_piece_after_the_other() -> None:
    claims, here = Claims(SIZE), Spans()

    taken = [made(claims, here) for _ in range(3)]

    assert [(one.start, one.end) for one in taken] == [
        (0, 4 * MIB),
        (4 * MIB, 8 * MIB),
        (8 * MIB, 12 * MIB),
    ]
    assert claims.make(here, 0.0) is None
    assert claims.on_offer(here, 0.0) == 0


def test_what_is_here_is_not_brought_again() -> None:
    claims, here = Claims(SIZE), Spans([(0, 5 * MIB), (6 * MIB, 12 * MIB)])

    claim = made(claims, here)

    assert (claim.start, claim.end) == (5 * MIB, 6 * MIB)
    assert claims.make(here, 0.0) is None


def test_a_connection_goes_on_while_nobody_has_the_next_piece() -> None:
    claims, here = Claims(SIZE), Spans()
    claim = made(claims, here)
    assert claims.reach(claim, here) == SIZE
    here.add(0, 4 * MIB)

    assert claims.extend(claim, here)
    assert claim.end == 8 * MIB
    other = made(claims, here)
    here.add(4 * MIB, 8 * MIB)
    assert other.start == 8 * MIB
    assert not claims.extend(claim, here)
    assert claims.reach(claim, here) == 8 * MIB


def test_what_a_connection_gives_back_another_gets() -> None:
    claims, here = Claims(SIZE), Spans()
    first = made(claims, here)
    here.add(0, MIB)
    first.start = MIB
    claims.release(first)

    again = made(claims, here)

    assert (again.start, again.end) == (MIB, 4 * MIB)


def test_a_connection_that_is_to_be_alone_gets_all_that_is_missing() -> None:
    claims, here = Claims(SIZE), Spans([(0, MIB)])

    claim = claims.make_only(here, 0.0)

    assert claim is not None
    assert (claim.start, claim.end) == (MIB, SIZE)
    assert claims.make_only(here, 0.0) is None


def test_a_new_round_takes_all_claims_back_but_one() -> None:
    claims, here = Claims(SIZE), Spans()
    kept, lost = made(claims, here), made(claims, here)

    claims.begin_round(kept)

    assert (kept.start, kept.round) == (0, 1)
    assert lost.round == 0
    assert len(claims) == 1
    assert not claims.extend(lost, here)
    claims.release(lost)
    assert len(claims) == 1


def test_a_free_connection_takes_half_of_what_the_slowest_has_left() -> None:
    claims, here = Claims(SIZE), Spans()
    slow, quick, quickest = made(claims, here), made(claims, here), made(claims, here)
    slow.advance(MIB, 9.0)
    quick.advance(3 * MIB, 9.0)
    quickest.advance(4 * MIB, 9.0)

    taken = claims.take_over(10.0)

    assert taken is not None
    assert (taken.start, taken.end) == (5 * MIB // 2, 4 * MIB)
    assert (slow.start, slow.end) == (MIB, 5 * MIB // 2)
    assert (quick.start, quick.end) == (7 * MIB, 8 * MIB)
    assert not claims.extend(slow, here)


@pytest.mark.parametrize(
    ("size", "heard"), [(4 * MIB, 1.0), (500_000, 6.0)], ids=["silent", "a-trickle-at-the-end"]
)
def test_of_a_connection_that_is_hardly_there_all_is_taken(size: int, heard: float) -> None:
    claims, here = Claims(size), Spans()
    slow = made(claims, here)
    slow.advance(1000, heard)
    here.add(0, 1000)

    assert claims.on_offer(here, 6.0) == size - 1000
    taken = claims.take_over(6.0)

    assert taken is not None
    assert (taken.start, taken.end) == (1000, size)
    assert (slow.start, slow.end) == (1000, 1000)


@pytest.mark.parametrize(
    ("brought", "now"),
    [(0, 3.9), (3 * MIB, 5.0)],
    ids=["too-young", "soon-done"],
)
def test_a_connection_that_gets_on_is_left_alone(brought: int, now: float) -> None:
    claims, here = Claims(4 * MIB), Spans()
    claim = made(claims, here)
    claim.advance(brought, now)
    here.add(0, brought)

    assert claims.on_offer(here, now) == 0
    assert claims.take_over(now) is None
    assert claim.end == 4 * MIB


def test_what_is_little_changes_hands_once() -> None:
    claims, here = Claims(500_000), Spans()
    made(claims, here)
    second = claims.take_over(10.0)
    assert second is not None
    second.advance(1000, 18.0)
    here.add(0, 1000)

    assert claims.take_over(20.0) is None
    assert claims.take_over(23.0) is None


@pytest.mark.parametrize(("brought", "is_passed_on"), [(500_000, False), (MIB, True)])
def test_what_a_second_connection_does_not_get_either_changes_hands_once(
    brought: int, is_passed_on: bool
) -> None:
    claims, here = Claims(4 * MIB), Spans()
    made(claims, here)
    second = claims.take_over(10.0)
    assert second is not None
    second.advance(brought, 11.0)
    here.add(0, brought)

    assert (claims.take_over(20.0) is not None) == is_passed_on


def test_nobody_helps_where_something_is_left_that_nobody_brings() -> None:
    claims, here = Claims(SIZE), Spans([(0, 7 * MIB)])
    made(claims, here)

    assert claims.on_offer(here, 100.0) == 4 * MIB
    here.add(8 * MIB, 9 * MIB)
    assert claims.on_offer(here, 100.0) == 0


@pytest.mark.parametrize(
    ("size", "piece"),
    [
        (1, SMALLEST_PIECE),
        (91 * MIB, SMALLEST_PIECE),
        (1024 * MIB, 32 * MIB),
        (140_000 * MIB, LARGEST_PIECE),
    ],
)
def test_pieces_are_neither_many_nor_long(size: int, piece: int) -> None:
    assert piece_of(size) == piece


@given(st.integers(1, 200 * MIB), st.integers(1, 8))
def test_all_bytes_are_brought_once(size: int, connections: int) -> None:
    claims, here = Claims(size), Spans()
    while True:
        taken = [claim for _ in range(connections) if (claim := claims.make(here, 0.0)) is not None]
        if not taken:
            break
        for claim in reversed(taken):
            assert list(Spans([*here, (claim.start, claim.end)])) != list(here)
            assert Spans([*here, (claim.start, claim.end)]).total == here.total + (
                claim.end - claim.start
            )
            here.add(claim.start, claim.end)
            claims.release(claim)

    assert list(here) == [(0, size)]
