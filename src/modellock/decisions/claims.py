"""Which connection brings which bytes of a file: one piece after the other, each once."""

from dataclasses import dataclass

from modellock.values.spans import Span, Spans

SMALLEST_PIECE = 4 << 20
LARGEST_PIECE = 256 << 20
_PIECES = 32


@dataclass(slots=True, kw_only=True, eq=False)
class Claim:
    """The bytes that one connection is to bring; `start` moves as they arrive."""

    start: int
    end: int
    round: int
    """Nothing that was claimed in an earlier round counts."""


class Claims:
    """Who brings what of a file of `size` bytes. To be used by one thread at a time."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._piece = piece_of(size)
        self._made: list[Claim] = []
        self.round = 0

    def __len__(self) -> int:
        return len(self._made)

    def make(self, here: Spans) -> Claim | None:
        """Claim the first piece that nobody brings; None where there is none.

        In order, because the file is hashed in order.
        """
        gap = self._taken(here).gap_from(0, self._size)
        if gap is None:
            return None
        claim = Claim(start=gap[0], end=self._end_of(gap), round=self.round)
        self._made.append(claim)
        return claim

    def make_only(self, here: Spans) -> Claim | None:
        """Claim all from the first missing byte on; None where anybody brings anything."""
        gap = here.gap_from(0, self._size)
        if gap is None or self._made:
            return None
        claim = Claim(start=gap[0], end=gap[1], round=self.round)
        self._made.append(claim)
        return claim

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

    def unclaimed(self, here: Spans) -> int:
        """Bytes that nobody brings so far."""
        return self._size - self._taken(here).total

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
