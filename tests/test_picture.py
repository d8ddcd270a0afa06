"""The picture of the terminal shows what the commands print."""

import html
import re
from collections import defaultdict

import pytest

pytest.importorskip("pty", reason="the picture is drawn on a POSIX terminal")

from docs import terminal

pytestmark = pytest.mark.docs

_TEXT = re.compile(r'<text class="[\w-]+" x="[\d.]+" y="([\d.]+)" textLength[^>]*>([^<]*)</text>')


def text_of(picture: str) -> list[str]:
    """Its lines."""
    lines: dict[str, str] = defaultdict(str)
    for height, text in _TEXT.findall(picture):
        lines[height] += html.unescape(text).replace("\N{NO-BREAK SPACE}", " ")
    return [line.rstrip() for line in lines.values()]


def test_the_picture_shows_what_the_commands_print_today() -> None:
    drawn = terminal.draw(terminal.transcript())

    committed = terminal.PICTURE.read_text(encoding="utf-8")
    assert "$ modellock lock" in text_of(committed)
    assert text_of(committed) == text_of(drawn)


def test_a_picture_names_no_place_of_the_machine_that_drew_it() -> None:
    committed = terminal.PICTURE.read_text(encoding="utf-8")

    assert not re.search(r"127\.0\.0\.|/tmp/|/home/|\d m?s\b", committed)
    assert "http://www.w3.org" in committed
    assert set(re.findall(r"https?://[\w.]+", "\n".join(text_of(committed)))) == {terminal.MIRROR}
