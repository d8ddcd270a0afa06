"""Which connection brings which bytes of a file: one piece after the other, each once."""

import math
from dataclasses import dataclass

from modellock.values.spans import Span, Spans

SMALLEST_PIECE = 4 << 20
LARGEST_PIECE = 256 << 20
_PIECES = 32

_LEAST_SHARE = 4 << 20
"""Bytes that nobody brings for which one more connection pays."""

_WORTH_IT = 4.0
"""Seconds for which a connection is left alone, and for which it would still take."""

_SILENT = 5.0
"""Seconds after which nobody waits for a connection that brings nothing, while another is free."""

_LEAST_HALVED = 512 << 10


@dataclass(slots=True, kw_only=True, eq=False)
class Claim:
    """The bytes that one connection is to bring; `start` moves as they arrive.

    Times are in seconds of one monotonic clock.
    """

    start: int
    end: int
    round: int
    """Nothing that was claimed in an earlier round counts."""

    since: float
    """When it was made."""

    heard: float
    """When bytes arrived last."""

    brought: int = 0
    is_second_hand: bool = False
    """Whether another connection was too slow for it."""

    def advance(self, count: int, now: float) -> None:
        """So many bytes arrived."""
        self.start += count
        self.brought += count
        self.heard = now

    def seconds_left(self, now: float) -> float:
        """How long it takes if it goes on like that; 0 while it is too young to tell."""
        if now - self.since < _WORTH_IT or self.start == self.end:
            return 0.0
        if self.is_second_hand and (self.is_little or self.brought < _LEAST_HALVED):
            # Where nobody gets on, it would go from one to the other without an end: each has
            # tries of its own, and waits between them.
            return 0.0
        if self.is_silent(now):
            return math.inf
        return (self.end - self.start) * (now - self.since) / max(1, self.brought)

    @property
    def is_little(self) -> bool:
        """Whether half of it is not worth a request."""
        return self.end - self.start <= _LEAST_HALVED

    def is_silent(self, now: float) -> bool:
        """Whether nothing arrives any more."""
        return now - self.heard >= _SILENT


class Claims:
    """Who brings what of a file of `size` bytes. To be used by one thread at a time."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._piece = piece_of(size)
        self._made: list[Claim] = []
        self.round = 0

    def __len__(self) -> int:
        return len(self._made)

    def make(self, here: Spans, now: float) -> Claim | None:
        """Claim the first piece that nobody brings; None where there is none.

        In order, because the file is hashed in order.
        """
        gap = self._taken(here).gap_from(0, self._size)
        return None if gap is None else self._claim(gap[0], self._end_of(gap), now)

    def make_only(self, here: Spans, now: float) -> Claim | None:
        """Claim all from the first missing byte on; None where anybody brings anything."""
        gap = here.gap_from(0, self._size)
        return None if gap is None or self._made else self._claim(*gap, now)

    def take_over(self, now: float) -> Claim | None:
        """Claim half of what the slowest connection has left, or all where it is silent.

        None where none is slow: one bad connection of eight does not hold up a file.
        """
        slowest = self._slowest(now)
        if slowest is None:
            return None
        start, end = slowest.start, slowest.end
        if not slowest.is_little and not slowest.is_silent(now):
            start = (start + end) // 2
        slowest.end = start
        taken = self._claim(start, end, now)
        taken.is_second_hand = True
        return taken

    def extend(self, claim: Claim, here: Spans) -> bool:
        """Claim the next piece as well, where nobody brings that: the connection can go on."""
        gap = self._taken(here).gap_from(claim.end, self._size)
        if claim not in self._made or gap is None or gap[0] != claim.end:
            return False
        claim.end = self._end_of(gap)
        return True

    def reach(self, claim: Claim, here: Spans) -> int:
        """How far a claim could be extended as it stands."""
        gap = self._taken(here).gap_from(claim.end, self._size)
        return gap[1] if gap is not None and gap[0] == claim.end else claim.end

    def release(self, claim: Claim) -> None:
        """Give back what has not arrived; a claim of an earlier round is given back already."""
        if claim in self._made:
            self._made.remove(claim)

    def begin_round(self, kept: Claim | None = None) -> None:
        """Take all claims back but one, which begins at the first byte again."""
        self._made.clear()
        self.round += 1
        if kept is not None:
            kept.start, kept.round = 0, self.round
            self._made.append(kept)

    def on_offer(self, here: Spans, now: float) -> int:
        """Bytes that one more connection could bring, where it pays; else 0."""
        unclaimed = self._size - self._taken(here).total
        if unclaimed:
            return unclaimed if unclaimed >= _LEAST_SHARE else 0
        slowest = self._slowest(now)
        return 0 if slowest is None else slowest.end - slowest.start

    def _claim(self, start: int, end: int, now: float) -> Claim:
        claim = Claim(start=start, end=end, round=self.round, since=now, heard=now)
        self._made.append(claim)
        return claim

    def _slowest(self, now: float) -> Claim | None:
        """The claim that takes longest, where it pays to help with it."""
        slowest = max(self._made, key=lambda claim: claim.seconds_left(now), default=None)
        is_slow = slowest is not None and slowest.seconds_left(now) >= _WORTH_IT
        return slowest if is_slow else None

    def _taken(self, here: Spans) -> Spans:
        """What is here or on its way."""
        return Spans([*here, *((claim.start, claim.end) for claim in self._made)])

    def _end_of(self, gap: Span) -> int:
        start, end = gap
        return min(end, (start // self._piece + 1) * self._piece)


def piece_of(size: int) -> int:
    """Bytes of one piece of a file of so many bytes; the last may be shorter.

    Enough pieces that eight connections end at about the same time and the hash, which is taken in
    order, lags little behind them; and few enough that a new request for each costs little, in time
    and in the requests that the Hub lets a stranger make: 3,000 in five minutes.
    """
    return min(LARGEST_PIECE, max(SMALLEST_PIECE, -(-size // _PIECES)))
