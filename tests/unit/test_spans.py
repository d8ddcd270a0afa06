from hypothesis import given
from hypothesis import strategies as st

from modellock.values.spans import Spans

positions = st.integers(0, 40)
several = st.lists(st.tuples(positions, positions), max_size=8)


def test_spans_that_touch_become_one() -> None:
    spans = Spans([(0, 10), (20, 30), (10, 20)])

    assert list(spans) == [(0, 30)]
    assert spans.total == 30


def test_spans_apart_stay_apart_and_in_order() -> None:
    spans = Spans([(20, 30), (0, 10)])

    assert list(spans) == [(0, 10), (20, 30)]
    assert spans.total == 20


def test_a_gap_is_between_spans_or_behind_them() -> None:
    spans = Spans([(0, 10), (20, 30)])

    assert spans.gap_from(0, 40) == (10, 20)
    assert spans.gap_from(12, 40) == (12, 20)
    assert spans.gap_from(20, 40) == (30, 40)
    assert spans.gap_from(20, 30) is None


@given(several)
def test_a_position_is_in_it_if_any_span_has_it(parts: list[tuple[int, int]]) -> None:
    spans = Spans(parts)

    inside = {at for start, end in parts for at in range(start, end)}
    assert {at for start, end in spans for at in range(start, end)} == inside
    assert spans.total == len(inside)
    assert all(before[1] < after[0] for before, after in zip(spans, list(spans)[1:], strict=False))


@given(several, positions)
def test_a_gap_is_all_that_is_missing_up_to_the_next_byte_that_is_not(
    parts: list[tuple[int, int]], position: int
) -> None:
    inside = {at for start, end in parts for at in range(start, end)}
    missing = [at for at in range(position, 50) if at not in inside]

    gap = Spans(parts).gap_from(position, 50)

    assert (gap is None) == (not missing)
    if gap is not None:
        assert gap[0] == missing[0]
        assert missing[: gap[1] - gap[0]] == list(range(*gap))
        assert gap[1] == 50 or gap[1] in inside
