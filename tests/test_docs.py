"""What README and docs say is run here: links lead somewhere, commands print what is shown."""

import os

import pytest

from modellock.lock_reader import parse_lock
from modellock.lock_writer import format_lock
from modellock.manifest import parse_manifest
from tests.markdown import anchors, blocks, links, pages
from tests.source_tree import ROOT

each_page = pytest.mark.parametrize("page", pages())


def shown(file: str) -> list[str]:
    """What the pages show as this file."""
    return [block.text for page in pages() for block in blocks(page) if block.title == file]


@each_page
def test_links_within_the_repository_lead_somewhere(page: str) -> None:
    dead = [target for target in links(page) if not leads_somewhere(page, target)]

    assert dead == []


@pytest.mark.parametrize("text", shown("models.toml"))
def test_a_manifest_that_is_shown_can_be_read(text: str) -> None:
    assert parse_manifest(text).specs


@pytest.mark.parametrize("text", shown("models.lock"))
def test_a_lock_that_is_shown_is_as_it_would_be_written(text: str) -> None:
    assert format_lock(parse_lock(text)) == text


def leads_somewhere(page: str, target: str) -> bool:
    if target.startswith(("https://", "http://")):
        return True
    path, _, anchor = target.partition("#")
    found = os.path.normpath(os.path.join(os.path.dirname(page), path)) if path else page
    if not os.path.exists(os.path.join(ROOT, found)):
        return False
    return not anchor or anchor in anchors(found)
