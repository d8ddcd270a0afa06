"""models.toml edited: one entry comes or goes, and every other byte stays.

The text is cut where its tables begin, and put together again. tomlkit, which keeps comments too,
files those above a table under the one before, so that they would go with the wrong entry; it
edits what no cut can reach: entries of inline tables and dotted keys.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from modellock.documents.keys import Value
from modellock.documents.toml_text import load_toml
from modellock.errors import ManifestError
from modellock.values.tables import TableError, bare_or_quoted, dotted, quoted

_LINE = re.compile(r"[^\n]*\n|[^\n]+")
_MODELS = "models"


@dataclass(frozen=True, slots=True)
class _Section:
    """A table as it is written, or what stands before the first one."""

    keys: tuple[str, ...]
    lead: str
    """The comment directly above the header."""

    body: str
    """The header, the keys, and the comment directly below them."""

    rest: str
    """Blank lines, and comments that stand for themselves."""

    def __str__(self) -> str:
        return self.lead + self.body + self.rest


def add_model(text: str, name: str, keys: Mapping[str, Value]) -> str:
    """models.toml with `[models.NAME]` after the last model, or at the end where there is none.

    `text` must be TOML in which the model is not. Raises ManifestError where an entry cannot come
    alone.
    """
    before = load_toml(text)
    table = {key: list(value) if isinstance(value, tuple) else value for key, value in keys.items()}
    expected = {**before, _MODELS: {**before.get(_MODELS, {}), name: table}}
    edited = _with_section(text, name, keys)
    if not _is_toml(edited):
        # `models = { … }` takes no headers after it.
        edited = _with_inline_table(text, name, table)
    return _checked(edited, expected, name)


def remove_model(text: str, name: str) -> str:
    """models.toml without a model that it has, and without the comments attached to its entry.

    Raises ManifestError where it cannot go alone.
    """
    before = load_toml(text)
    models = {known: table for known, table in before[_MODELS].items() if known != name}
    expected = {**before, _MODELS: models}
    edited = _without_sections(text, name)
    if name in load_toml(edited).get(_MODELS, {}):
        edited = _without_key(edited, name)
    return _checked(edited, expected, name)


def _with_section(text: str, name: str, keys: Mapping[str, Value]) -> str:
    newline = _newline_of(text)
    at = _end_of_models(text)
    before, after = text[:at], text[at:]
    lines = [f"[{dotted((_MODELS, name))}]", *(f"{key} = {_value(keys[key])}" for key in keys)]
    block = newline.join(lines)
    if not before:
        return block + newline
    if not before.endswith("\n"):
        # A file without a final newline stays one.
        return before + 2 * newline + block
    return before + newline + block + newline + after


def _newline_of(text: str) -> str:
    return "\r\n" if "\r\n" in text else "\n"


def _value(value: Value) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case tuple():
            return f"[{', '.join(quoted(item) for item in value)}]"
        case _:
            return quoted(value)


def _end_of_models(text: str) -> int:
    """Where the entry of the last model ends; the end of what is written where there is none."""
    end, position = None, 0
    for section in _sections(text):
        if section.keys[:1] == (_MODELS,):
            end = position + len(section.lead + section.body)
        position += len(str(section))
    if end is not None:
        return end
    written = text.rstrip()
    line_end = text.find("\n", len(written)) + 1
    return line_end if written and line_end else len(text)


def _without_sections(text: str, name: str) -> str:
    kept = ""
    for section in _sections(text):
        if section.keys[:2] != (_MODELS, name):
            kept += str(section)
            continue
        ends_open = not section.rest and not section.body.endswith("\n")
        rest = section.rest if kept else _from_second_line(section.rest)
        kept = _without_blank_end(kept) + rest
        if ends_open:
            kept = kept.removesuffix("\n").removesuffix("\r")
    return kept


def _without_blank_end(text: str) -> str:
    """The text without its last line, if that is blank."""
    start = text.rfind("\n", 0, -1) + 1
    return text if text[start:].strip() else text[:start]


def _from_second_line(text: str) -> str:
    return text[text.find("\n") + 1 :]


def _sections(text: str) -> Iterator[_Section]:
    """The text, cut before every header and around the comments there; joined, it is the same."""
    lead = ""
    parts = list(_cut_at_headers(text))
    for position, (keys, lines) in enumerate(parts):
        is_last = position == len(parts) - 1
        body, rest, next_lead = _cut_tail(lines, is_last=is_last)
        yield _Section(keys, lead, body, rest)
        lead = next_lead


def _cut_at_headers(text: str) -> Iterator[tuple[tuple[str, ...], list[str]]]:
    keys: tuple[str, ...] = ()
    lines: list[str] = []
    for line in _LINE.findall(text):
        # Within a string or an array of several lines a line may begin like a header; what is
        # before it is then no TOML by itself.
        if line.lstrip().startswith("[") and _is_toml("".join(lines)):
            yield keys, lines
            keys, lines = tuple(_keys_of(load_toml(line))), []
        lines.append(line)
    yield keys, lines


def _keys_of(table: dict[str, Any]) -> Iterator[str]:
    for key, value in table.items():
        yield key
        if isinstance(value, dict):
            yield from _keys_of(value)


def _cut_tail(lines: list[str], *, is_last: bool) -> tuple[str, str, str]:
    """A table's own text, what stands for itself after it, and what belongs to the next one."""
    end = len(lines)
    while end and _is_trivia(lines[end - 1]):
        end -= 1
    while not _is_toml("".join(lines[:end])):
        # What looks like a comment can be the end of a string.
        end += 1
    stop = len(lines)
    while not is_last and stop > end and lines[stop - 1].strip():
        stop -= 1
    while end < stop and lines[end].strip():
        end += 1
    return "".join(lines[:end]), "".join(lines[end:stop]), "".join(lines[stop:])


def _is_trivia(line: str) -> bool:
    return line.lstrip()[:1] in ("", "#")


def _is_toml(text: str) -> bool:
    try:
        load_toml(text)
    except TableError:
        return False
    return True


def _with_inline_table(text: str, name: str, table: Mapping[str, Any]) -> str:
    import tomlkit

    document = tomlkit.parse(text)
    entry = tomlkit.inline_table()
    entry.update(table)
    document[_MODELS][name] = entry
    return document.as_string()


def _without_key(text: str, name: str) -> str:
    import tomlkit

    document = tomlkit.parse(text)
    del document[_MODELS][name]
    return document.as_string()


def _checked(text: str, expected: Mapping[str, Any], name: str) -> str:
    # No models are the same as an empty table of them.
    if {_MODELS: {}, **load_toml(text)} != expected:
        raise ManifestError(
            f"models.toml: [{_MODELS}.{bare_or_quoted(name)}] cannot be edited by itself",
            hint="edit models.toml by hand, then run `modellock lock`",
        )
    return text
