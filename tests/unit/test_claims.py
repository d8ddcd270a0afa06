import pytest
from hypothesis import given
from hypothesis import strategies as st

from modellock.decisions.claims import LARGEST_PIECE, SMALLEST_PIECE, Claim, Claims, piece_of
from modellock.values.spans import Spans

MIB = 1 << 20
SIZE = 12 * MIB
"""Three pieces."""


def made(claims: Claims, here: Spans) -> Claim:
    claim = claims.make(here)
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
    assert claims.make(here) is None
    assert claims.unclaimed(here) == 0


def test_what_is_here_is_not_brought_again() -> None:
    claims, here = Claims(SIZE), Spans([(0, 5 * MIB), (6 * MIB, 12 * MIB)])

    claim = made(claims, here)

    assert (claim.start, claim.end) == (5 * MIB, 6 * MIB)
    assert claims.make(here) is None


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

    claim = claims.make_only(here)

    assert claim is not None
    assert (claim.start, claim.end) == (MIB, SIZE)
    assert claims.make_only(here) is None


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
        taken = [claim for _ in range(connections) if (claim := claims.make(here)) is not None]
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
