"""Names that may stand in a lock, and the one parser that all of them pass."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from itertools import takewhile

_MODEL_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_LOCKED_NAME = re.compile(r"[A-Za-z0-9_][\w.-]*(/[A-Za-z0-9_][\w.-]*)?(@[0-9a-f]{12})?", re.ASCII)
_SAFE_ASCII = re.compile(r"[A-Za-z0-9_\-+=@,~#()\[\]{} !$%&'^`.;/]+")
# What nothing below could refuse: most names of files, and all segments of a path in one look.
_HARMLESS = r"(?!con|prn|aux|nul|com|lpt|git)[a-z0-9_](?:[a-z0-9_.-]{0,200}[a-z0-9_-])?"
_HARMLESS_PATH = re.compile(rf"{_HARMLESS}(?:/{_HARMLESS})*", re.ASCII | re.IGNORECASE)
# Reserved by Windows with any extension ("CON.txt"), also with the superscript digits
# (learn.microsoft.com/windows/win32/fileio/naming-a-file).
_DEVICES = frozenset(
    ["con", "prn", "aux", "nul", "conin$", "conout$"]
    + [f"{port}{digit}" for port in ("com", "lpt") for digit in "123456789¹²³"],
)
_DIRECTIONAL = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
# HFS+ takes no notice of these in a name, so that `.g\u200cit` is `.git` there (CVE-2014-9390).
_IGNORED = re.compile("[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]")
_GIT = frozenset([".git", "git~1"])
"""Git's own directory, and its short name on Windows."""

MAX_SEGMENT_BYTES = 255
MAX_PATH_BYTES = 1024
"""What macOS takes (PATH_MAX of sys/syslimits.h); Linux takes four times as much."""

_MOST_SHOWN = 100
"""Characters of a name in a refusal."""


def parse_model_name(text: str) -> str:
    """Return the name of a `[models.NAME]`; ValueError when it may not be one."""
    if not _MODEL_NAME.fullmatch(text):
        raise ValueError(
            f"{text!r} is not a model name "
            "(letters, digits, `.`, `_`, `-`; a letter or digit first)"
        )
    parse_path(text)
    return text


def parse_locked_name(text: str) -> str:
    """Return a locked model's name, which may be a repository (`org/name`, `…@<12 hex>`)."""
    if not _LOCKED_NAME.fullmatch(text):
        raise ValueError(f"{text!r} is not the name of a model or a repository")
    parse_path(text)
    return text


def parse_path(text: str) -> str:
    """Return a relative path that is safe on every system; ValueError that says what it has.

    `/` separates; each segment is checked. Paths that live together also pass `check_together`.
    """
    if not text:
        raise ValueError("'' is not a path: it is empty")
    if len(text) > MAX_PATH_BYTES or len(_encoded(text)) > MAX_PATH_BYTES:
        raise ValueError(
            f"{text[:_MOST_SHOWN]!r}… is not a safe relative path: "
            f"it has more than {MAX_PATH_BYTES} bytes"
        )
    return parse_placed_path(text)


def parse_placed_path(text: str) -> str:
    """Return a path that is made of several, so that the system alone bounds its length.

    ValueError as for each of them.
    """
    if _HARMLESS_PATH.fullmatch(text):
        return text
    for segment in text.split("/"):
        fault = _segment_fault(segment)
        if fault:
            raise ValueError(f"{text!r} is not a safe relative path: it has {fault}")
    return text


def _segment_fault(segment: str) -> str | None:
    if segment in ("", ".", ".."):
        return f"the segment {segment!r}" if segment else "an empty segment"
    if len(_encoded(segment)) > MAX_SEGMENT_BYTES:
        return f"a segment of more than {MAX_SEGMENT_BYTES} bytes"
    if _IGNORED.sub("", segment).casefold() in _GIT:
        # A `.git/config` makes git run programs in whatever directory it finds it.
        return f"git's own directory {segment!r}"
    if segment.partition(".")[0].rstrip(" ").casefold() in _DEVICES:
        return f"the Windows device name {segment!r}"
    if segment[-1] in " .":
        # Windows drops them, so that `.. ` would be `..` there.
        return "a segment that ends in a space or a dot"
    return None if _SAFE_ASCII.fullmatch(segment) else _character_fault(segment)


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _character_fault(segment: str) -> str | None:
    if not unicodedata.is_normalized("NFC", segment):
        return "a name that is not in Unicode's NFC form"
    for character in segment:
        if character in "\\:":
            return f"the character {character!r}"
        # Cc control, Cs surrogate, Zl and Zp line separators. Not Cf: emoji are joined by it.
        if unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp"):
            return f"the control character {character!r}"
        if character in _DIRECTIONAL:
            return f"the bidirectional control character {character!r}"
    return None


def check_together(paths: Iterable[str]) -> None:
    """Refuse paths that cannot live in one directory tree everywhere.

    ValueError where two are equal when case-folded, or one is a directory of the other.
    """
    seen: dict[str, str] = {}
    for path in paths:
        folded = fold(path)
        if folded in seen:
            raise ValueError(_clash(path, seen[folded]))
        seen[folded] = path
    for folded, path in seen.items():
        for parent in parents(folded):
            if parent in seen:
                raise ValueError(f"{seen[parent]!r} is a file and a directory of {path!r}")


def _clash(path: str, other: str) -> str:
    if path == other:
        return f"{path!r} stands twice"
    return f"{path!r} and {other!r} are the same path where case does not count"


def fold(path: str) -> str:
    """How a file system that ignores case sees a path."""
    # Unicode's canonical caseless match (chapter 3.13, D145) decomposes before and after folding.
    return path.lower() if path.isascii() else _decomposed(_decomposed(path).casefold())


def _decomposed(text: str) -> str:
    return unicodedata.normalize("NFD", text)


def parents(path: str) -> Iterator[str]:
    """The directories of a relative path, nearest first, without the empty one."""
    while "/" in path:
        path = path.rpartition("/")[0]
        yield path


def shared_directory(paths: Iterable[str]) -> str:
    """The nearest directory that all of these relative files lie in, empty where there is none."""
    shared: list[str] | None = None
    for path in paths:
        above = path.split("/")[:-1]
        if shared is None:
            shared = above
        pairs = zip(shared, above, strict=False)
        shared = [one for one, _ in takewhile(lambda pair: pair[0] == pair[1], pairs)]
    return "/".join(shared or ())
