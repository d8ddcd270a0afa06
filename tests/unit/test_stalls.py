from collections.abc import Iterator

import pytest

from modellock.shell.stalls import Patience, StallError, watched

PATIENCE = Patience(rate=1_000.0, window=30.0)


class Line:
    """Blocks of some size, one in so many seconds."""

    def __init__(self, size: int, seconds: float, count: int) -> None:
        self.now = 0.0
        self._size = size
        self._seconds = seconds
        self._count = count

    def clock(self) -> float:
        return self.now

    def blocks(self) -> Iterator[bytes]:
        for _ in range(self._count):
            self.now += self._seconds
            yield bytes(self._size)


def test_a_slow_line_is_waited_for() -> None:
    line = Line(size=2_000, seconds=1.0, count=1_000)

    assert len(list(watched(line.blocks(), PATIENCE, line.clock))) == 1_000


def test_a_trickle_is_given_up_after_the_window() -> None:
    line = Line(size=10, seconds=1.0, count=1_000)

    with pytest.raises(StallError):
        list(watched(line.blocks(), PATIENCE, line.clock))

    assert line.now == 30.0


def test_a_line_that_dries_up_is_given_up_whatever_it_brought_before() -> None:
    line = Line(size=1_000_000, seconds=0.01, count=3_000)
    dry = Line(size=1, seconds=1.0, count=1_000)

    def blocks() -> Iterator[bytes]:
        yield from line.blocks()
        yield from dry.blocks()

    with pytest.raises(StallError):
        list(watched(blocks(), PATIENCE, lambda: line.now + dry.now))

    assert dry.now <= 60.0


def test_time_that_is_spent_elsewhere_does_not_count() -> None:
    line = Line(size=1_000, seconds=0.5, count=200)
    received = 0

    for block in watched(line.blocks(), PATIENCE, line.clock):
        line.now += 100.0
        received += len(block)

    assert received == 200_000
