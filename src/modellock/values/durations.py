"""Durations as people write them: `0`, `90 s`, `12 hours`, `3 days`, `2 weeks`."""

import re

_DURATION = re.compile(r"([0-9]{1,6}) *([a-z]+)")
_SECONDS = {
    **dict.fromkeys(("s", "second", "seconds"), 1),
    **dict.fromkeys(("min", "minute", "minutes"), 60),
    **dict.fromkeys(("h", "hour", "hours"), 3_600),
    **dict.fromkeys(("d", "day", "days"), 86_400),
    **dict.fromkeys(("w", "week", "weeks"), 604_800),
}


def parse_duration(text: str) -> int:
    """Seconds; ValueError when the text is not a duration."""
    if text == "0":
        return 0
    found = _DURATION.fullmatch(text)
    unit = _SECONDS.get(found[2]) if found else None
    if found is None or unit is None:
        raise ValueError(
            f"{text!r} is not a duration such as `90 s`, `12 hours`, `3 days` or `2 weeks`"
        )
    return int(found[1]) * unit
