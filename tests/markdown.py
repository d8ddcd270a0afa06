"""Pages of documentation as data: their fenced blocks, cues, headings and links."""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass

from tests.source_tree import ROOT

_FENCE = re.compile(
    r"^```(?P<language>\w*)(?: title=\"(?P<title>[^\"]+)\")?\n(?P<text>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
_CUE = re.compile(r"^<!-- cue: (?P<cue>.+) -->$", re.MULTILINE)
_CODE = re.compile(r"`([^`\n]+)`")
_LINK = re.compile(r"\[[^\]\n]*\]\((?P<target>[^)\s]+)\)")
_HEADING = re.compile(r"^#+ +(?P<text>.+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One fenced block."""

    language: str
    title: str | None
    """The file that the block shows, if it shows one."""

    text: str


@dataclass(frozen=True, slots=True)
class Cue:
    """`<!-- cue: ... -->`: what happens between two blocks, or how the next one is run."""

    text: str


def pages() -> list[str]:
    """Paths of all pages, relative to the repository."""
    found = [name for name in os.listdir(ROOT) if name.endswith(".md")]
    for folder, _, names in os.walk(os.path.join(ROOT, "docs")):
        below = os.path.relpath(folder, ROOT)
        found += [os.path.join(below, name) for name in names if name.endswith(".md")]
    return sorted(found)


def text_of(page: str) -> str:
    with open(os.path.join(ROOT, page), encoding="utf-8") as file:
        return file.read()


def story(page: str) -> list[Block | Cue]:
    """Blocks and cues in their order."""
    text = text_of(page)
    found = [*_FENCE.finditer(text), *_CUE.finditer(text)]
    return [_part(match) for match in sorted(found, key=re.Match.start)]


def _part(match: re.Match[str]) -> Block | Cue:
    if match.re is _CUE:
        return Cue(match["cue"])
    return Block(language=match["language"], title=match["title"], text=match["text"])


def blocks(page: str) -> list[Block]:
    return [part for part in story(page) if isinstance(part, Block)]


def sections(page: str) -> dict[str, list[Block]]:
    """Blocks by the last heading above them."""
    found: dict[str, list[Block]] = {}
    heading, text, end = "", text_of(page), 0
    for match in _FENCE.finditer(text):
        above = [one["text"] for one in _HEADING.finditer(text, end, match.start())]
        heading, end = (above or [heading])[-1], match.end()
        block = _part(match)
        if isinstance(block, Block):
            found.setdefault(heading, []).append(block)
    return found


def code_spans(page: str) -> list[str]:
    """Code within sentences."""
    return _CODE.findall(_FENCE.sub("", text_of(page)))


def links(page: str) -> Iterator[str]:
    """Targets of links, those within code left out."""
    prose = re.sub(r"`[^`\n]*`", "", _FENCE.sub("", text_of(page)))
    return (match["target"] for match in _LINK.finditer(prose))


def anchors(page: str) -> set[str]:
    """What `#...` may point at: headings as a forge turns them into anchors."""
    prose = _FENCE.sub("", text_of(page))
    return {anchor_of(match["text"]) for match in _HEADING.finditer(prose)}


def anchor_of(heading: str) -> str:
    kept = re.sub(r"[^\w\- ]", "", heading.strip().lower())
    return kept.replace(" ", "-")
