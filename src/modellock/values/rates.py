"""Rates as people write them: `500 kB`, `10MB/s`, `1.5M`, `2 MiB/s`; thousands unless it says i."""

import re

from modellock.values.sizes import SIZE_UNITS

LEAST_RATE = 1_000
"""Bytes a second; servers hang up on anybody slower."""

_RATE = re.compile(r"([0-9]{1,12}(?:\.[0-9]{1,6})?) *([A-Za-z]*)(?:/s)?", re.ASCII)


def parse_rate(text: str) -> int:
    """Bytes a second; ValueError where the text is no rate, or one that nobody can mean."""
    found = _RATE.fullmatch(text.strip())
    unit = SIZE_UNITS.get(found[2]) if found else None
    if found is None or unit is None:
        raise ValueError(
            f"{text!r} is not a rate in bytes a second such as `500 kB`, `10MB/s` or `1.5M`"
        )
    rate = int(float(found[1]) * unit)
    if rate < LEAST_RATE:
        raise ValueError(f"{text!r} is too slow: expected at least 1 kB a second")
    return rate
