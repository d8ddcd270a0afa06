"""Which bytes of a file are here: spans in order, of which no two overlap or touch."""

from collections.abc import Iterable, Iterator

Span = tuple[int, int]
"""The position of the first byte, and the one after the last."""


class Spans:
    """A set of positions in a file; of a file on its way that is a dozen spans at most."""

    def __init__(self, spans: Iterable[Span] = ()) -> None:
        self._spans: list[Span] = []
        for start, end in spans:
            self.add(start, end)

    def __iter__(self) -> Iterator[Span]:
        return iter(self._spans)

    def __repr__(self) -> str:
        return f"Spans({self._spans!r})"

    @property
    def total(self) -> int:
        """Bytes in all spans."""
        return sum(end - start for start, end in self._spans)

    def add(self, start: int, end: int) -> None:
        """Take in the bytes from `start` up to `end`, whether some of them are in it or not."""
        if start >= end:
            return
        apart = [span for span in self._spans if span[1] < start or span[0] > end]
        met = [span for span in self._spans if span[1] >= start and span[0] <= end]
        merged = (min([start, *(span[0] for span in met)]), max([end, *(span[1] for span in met)]))
        self._spans = sorted([*apart, merged])

    def end_from(self, position: int) -> int:
        """Where the bytes end that begin at a position: there itself, where that one is missing."""
        return next((end for start, end in self._spans if start <= position < end), position)

    def gap_from(self, position: int, size: int) -> Span | None:
        """The first missing bytes at or after a position, in a file of `size` bytes."""
        start = self.end_from(position)
        if start >= size:
            return None
        return start, next((first for first, _ in self._spans if first > start), size)
