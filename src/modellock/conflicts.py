"""The markers that git leaves in a file whose merge is unfinished."""

_MARKERS = ("<<<<<<< ", ">>>>>>> ")


def conflict_marker(text: str) -> int | None:
    """The line of the first conflict marker, counted from 1; None where there is none."""
    if not any(marker in text for marker in _MARKERS):
        return None
    for number, line in enumerate(text.split("\n"), start=1):
        if line.startswith(_MARKERS):
            return number
    return None
