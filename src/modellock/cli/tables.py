"""Rows of text in columns that line up."""

import unicodedata
from collections.abc import Iterator, Sequence

_GAP = "  "


def aligned(rows: Sequence[Sequence[str]], *, indent: int = 0) -> Iterator[str]:
    """A line for each row, each cell as wide as the widest of its column; no trailing spaces."""
    columns = max((len(row) for row in rows), default=0)
    widths = [
        max((columns_of(row[at]) for row in rows if at < len(row)), default=0)
        for at in range(columns)
    ]
    for row in rows:
        cells = (
            cell + " " * (width - columns_of(cell))
            for cell, width in zip(row, widths, strict=False)
        )
        yield (" " * indent + _GAP.join(cells)).rstrip()


def columns_of(text: str) -> int:
    """How wide a text is on a terminal, where East Asian characters take two columns."""
    wide = sum(unicodedata.east_asian_width(character) in "WF" for character in text)
    combining = sum(unicodedata.combining(character) > 0 for character in text)
    return len(text) + wide - combining
