"""How values read to a person: sizes, ages, counts, near misses; text from outside made inert."""

import re
import unicodedata
from collections.abc import Iterable

_UNITS = ("kB", "MB", "GB", "TB", "PB")
_DAY = 86_400
_COMMAND = re.compile(r"##(?=\w*\[)")
_AGES = (
    (730 * _DAY, 365 * _DAY, "year"),
    (61 * _DAY, 30 * _DAY, "month"),
    (7 * _DAY, 7 * _DAY, "week"),
    (_DAY, _DAY, "day"),
    (3_600, 3_600, "hour"),
    (60, 60, "minute"),
)
"""From how many seconds on a unit is used, its length in seconds, and its name."""


def visible(text: str) -> str:
    r"""Text from outside, inert on a terminal and in a CI log.

    Control, ANSI and bidirectional characters become escapes such as `\x1b`, and so does what a
    runner would take for a command: a leading `::` (GitHub Actions), and `##[` or `##vso[` anywhere
    in a line (GitHub Actions' older form, Azure Pipelines).
    """
    shown = "".join(
        character
        if character.isprintable() and unicodedata.category(character) != "Cf"
        else _escaped(character)
        for character in text
    )
    shown = _COMMAND.sub(r"\\x23#", shown)
    # The runner looks for the command after trimming the line.
    bare = shown.lstrip()
    if not bare.startswith("::"):
        return shown
    return shown[: len(shown) - len(bare)] + "\\x3a\\x3a" + bare[2:]


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")


def size_words(size: int) -> str:
    """Bytes as a person reads them: 999 bytes, 61.2 GB; thousands, as disks are sold."""
    if size < 1000:
        return count_words(size, "byte")
    value = float(size)
    unit = _UNITS[0]
    for unit in _UNITS:  # noqa: B007 - the last one reached is the answer
        value /= 1000
        if value < 999.95:
            break
    return f"{value:.1f} {unit}"


def count_words(count: int, noun: str) -> str:
    """`1 file`, `84 files`."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def age_words(seconds: float) -> str:
    """`3 days`, `1 hour`, `under a minute`."""
    for least, length, noun in _AGES:
        if seconds >= least:
            return count_words(int(seconds // length), noun)
    return "under a minute"


def took_words(seconds: float) -> str:
    """How long something took: `6 ms`, `1.2 s`, `3 minutes`."""
    if seconds < 1:
        return f"{max(1, round(seconds * 1000))} ms"
    return f"{seconds:.1f} s" if seconds < 60 else age_words(seconds)


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that was probably meant."""
    import difflib  # noqa: PLC0415 - 3 ms, and only an error needs it

    found = difflib.get_close_matches(word, list(known), n=1, cutoff=0.6)
    return found[0] if found else None


def did_you_mean(word: str, known: Iterable[str]) -> str | None:
    """A hint that names the nearest known word."""
    close = nearest(word, known)
    return None if close is None else f"did you mean `{close}`?"
