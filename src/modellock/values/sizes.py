"""Sizes as people write them: `500 MB`, `1.5 GiB`, `20G`; thousands unless it says i."""

import re

SIZE_UNITS = {
    **dict.fromkeys(("", "B"), 1),
    **dict.fromkeys(("k", "K", "kB", "KB"), 10**3),
    **dict.fromkeys(("m", "M", "MB"), 10**6),
    **dict.fromkeys(("g", "G", "GB"), 10**9),
    **dict.fromkeys(("t", "T", "TB"), 10**12),
    **dict.fromkeys(("Ki", "KiB"), 1 << 10),
    **dict.fromkeys(("Mi", "MiB"), 1 << 20),
    **dict.fromkeys(("Gi", "GiB"), 1 << 30),
    **dict.fromkeys(("Ti", "TiB"), 1 << 40),
}
"""Bytes. A small b is left out: it stands for bits as often as for bytes."""

_SIZE = re.compile(r"([0-9]{1,15}(?:\.[0-9]{1,6})?) *([A-Za-z]*)", re.ASCII)


def parse_size(text: str) -> int:
    """Bytes; ValueError where the text is no size."""
    found = _SIZE.fullmatch(text.strip())
    unit = SIZE_UNITS.get(found[2]) if found else None
    if found is None or unit is None:
        raise ValueError(f"{text!r} is not a size such as `500 MB`, `20GB` or `1.5 TB`")
    return int(float(found[1]) * unit)
