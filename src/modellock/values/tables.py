"""Typed reading of nested tables, with errors that carry the dotted key."""

import re
from collections.abc import Callable, Collection, Mapping
from typing import Any, TypeVar

from modellock.values.wording import did_you_mean

T = TypeVar("T")
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_INDEX = re.compile(r"([a-z0-9-]+)(\[\d+\])")
_FEW = 8
"""So many keys a hint can name."""

_LARGEST = 2**63 - 1
"""The largest integer that every TOML reader takes (TOML 1.0, Integer)."""

# Quotes, and what a reviewer could not see or a terminal would obey. A list of our own: what Python
# calls printable changes with its Unicode tables, and models.lock must not.
_UNSEEN = re.compile(
    r'["\\\x00-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff'
    r"\ufff9-\ufffb\U000e0000-\U000e007f\ud800-\udfff]"
)
_SHORT_ESCAPES = {
    '"': '\\"',
    "\\": "\\\\",
    "\b": "\\b",
    "\t": "\\t",
    "\n": "\\n",
    "\f": "\\f",
    "\r": "\\r",
}


class TableError(ValueError):
    """A key that is unknown, missing, or of the wrong type.

    `keys` is the way to it from the document's root; str() says `models.minilm.revison is not …`.
    """

    def __init__(self, keys: tuple[str, ...], problem: str, *, hint: str | None = None) -> None:
        super().__init__(f"{dotted(keys)} {problem}" if keys else problem)
        self.keys = keys
        self.hint = hint


class Table:
    """One table of a parsed document, and the keys that lead to it."""

    def __init__(self, content: Mapping[str, Any], keys: tuple[str, ...] = ()) -> None:
        self.content = content
        self.keys = keys

    def __contains__(self, key: str) -> bool:
        return key in self.content

    def fail(self, problem: str, key: str | None = None, *, hint: str | None = None) -> TableError:
        """An error about this table, or about one key of it; the caller raises it."""
        return TableError(self.keys if key is None else (*self.keys, key), problem, hint=hint)

    def refuse_unknown(self, known: Collection[str]) -> None:
        """Refuse keys outside of `known`, with the nearest known one, or a few, as the hint."""
        for key in self.content:
            if key not in known:
                raise self.fail("is not a key modellock knows", key, hint=_known_hint(key, known))

    def string(self, key: str) -> str | None:
        """A string, or None where the key is absent; an empty one is refused."""
        value = self._typed(key, str, "a string")
        if value == "":
            raise self.fail("is empty", key)
        return value

    def required_string(self, key: str) -> str:
        """A string that must be there."""
        value = self.string(key)
        if value is None:
            raise self.fail("is missing", key)
        return value

    def boolean(self, key: str, default: bool) -> bool:  # noqa: FBT001 - a value, not a switch
        """A boolean, or the default where the key is absent."""
        value = self._typed(key, bool, "true or false")
        return default if value is None else value

    def integer(self, key: str) -> int | None:
        """A whole number that is not negative, or None where the key is absent."""
        value = self.content.get(key)
        if value is None:
            return None
        if type(value) is not int or not 0 <= value <= _LARGEST:
            hint = f"write `{bare_or_quoted(key)} = 1`"
            raise self.fail(f"is not a whole number: {_shown(value)}", key, hint=hint)
        return value

    def strings(self, key: str) -> tuple[str, ...] | None:
        """An array of strings, or None where the key is absent."""
        value = self._typed(key, list, "an array of strings")
        if value is None:
            return None
        for position, item in enumerate(value):
            if not isinstance(item, str):
                raise self.fail(
                    f"is not a string: {_shown(item)}",
                    f"{key}[{position}]",
                    hint="write each one as a string, in quotes",
                )
            if not item:
                raise self.fail("is empty", f"{key}[{position}]")
        return tuple(value)

    def table(self, key: str) -> "Table":
        """A table; an empty one where the key is absent."""
        return Table(self._typed(key, dict, "a table") or {}, (*self.keys, key))

    def tables(self, key: str) -> list["Table"]:
        """An array of tables; an empty one where the key is absent."""
        value = self._typed(key, list, "an array of tables") or []
        for position, item in enumerate(value):
            if not isinstance(item, dict):
                raise self.fail(f"is not a table: {_shown(item)}", f"{key}[{position}]")
        return [
            Table(item, (*self.keys, f"{key}[{position}]")) for position, item in enumerate(value)
        ]

    def parsed(self, key: str, parse: Callable[[str], T], *, hint: str | None = None) -> T | None:
        """A string that `parse` reads; its ValueError gets the dotted key in front."""
        text = self.string(key)
        return None if text is None else self.check(key, parse, text, hint=hint)

    def check(
        self, key: str, parse: Callable[[Any], T], value: Any, *, hint: str | None = None
    ) -> T:
        """Pass a value through `parse`; its ValueError gets the dotted key in front."""
        try:
            return parse(value)
        except ValueError as error:
            raise self.fail(f"is refused: {error}", key, hint=hint) from error

    def _typed(self, key: str, kind: type[T], words: str) -> T | None:
        value = self.content.get(key)
        if value is None:
            return None
        if not isinstance(value, kind):
            hint = _rewritten(bare_or_quoted(key), kind, value)
            raise self.fail(f"is not {words}: {_shown(value)}", key, hint=hint)
        return value


def dotted(keys: tuple[str, ...]) -> str:
    """How TOML writes the way to a key, with positions: `models."qwen2.5".include[2]`."""
    parts = [_INDEX.fullmatch(key) for key in keys]
    return ".".join(
        bare_or_quoted(key) if part is None else bare_or_quoted(part[1]) + part[2]
        for key, part in zip(keys, parts, strict=True)
    )


def bare_or_quoted(key: str) -> str:
    """A key as TOML writes it."""
    return key if _BARE_KEY.fullmatch(key) else quoted(key)


def quoted(text: str) -> str:
    """A string as TOML writes it, the same on every machine, with nothing in it that hides.

    Half of a surrogate pair, which JSON can hold and TOML cannot, becomes U+FFFD.
    """
    return f'"{_UNSEEN.sub(_escape, text)}"'


def _escape(found: re.Match[str]) -> str:
    code = ord(found[0])
    if 0xD800 <= code <= 0xDFFF:
        return "\ufffd"
    long = f"\\u{code:04X}" if code < 0x10000 else f"\\U{code:08X}"
    return _SHORT_ESCAPES.get(found[0], long)


def line_of(text: str, keys: tuple[str, ...]) -> int | None:
    """The line, counted from 1, on which a key stands, where a look at the text can tell.

    A position's fault (`include[2]`) is told by the line of its array.
    """
    if not keys:
        return None
    headers = {f"[{dotted(keys[:-1])}]", f"[[{dotted(keys[:-1])}]]"} if len(keys) > 1 else set()
    inside, whole = not headers, dotted(keys)
    last = re.escape(re.sub(r"\[\d+\]$", "", dotted(keys[-1:])))
    for number, line in enumerate(text.split("\n"), start=1):
        stripped = line.split("#", 1)[0].strip()
        if stripped == f"[{whole}]" or stripped.startswith(f"[{whole}."):
            return number
        if stripped.startswith("["):
            inside = stripped in headers
        elif inside and re.match(rf"{last}\s*[=.]", stripped):
            return number
    return line_of(text, keys[:-1]) if len(keys) > 1 else None


def _known_hint(key: str, known: Collection[str]) -> str | None:
    hint = did_you_mean(key, known)
    if hint is None and len(known) <= _FEW:
        hint = "known here are " + ", ".join(f"`{one}`" for one in known)
    return hint


def _rewritten(key: str, kind: type, value: object) -> str:
    """A hint that shows how a value of this type is written, where possible with what was given."""
    if kind is bool:
        return f"write `{key} = true` or `{key} = false`"
    if kind is str:
        text = quoted(str(value)) if isinstance(value, int | float) else '"…"'
    elif kind is list:
        text = f"[{quoted(value)}]" if isinstance(value, str) else "[…]"
    else:
        text = "{ … }"
    return f"write `{key} = {text}`"


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
