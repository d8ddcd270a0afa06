"""What README and docs say is run here: links lead somewhere, commands print what is shown."""

import os

import pytest

from tests.markdown import anchors, links, pages
from tests.source_tree import ROOT

each_page = pytest.mark.parametrize("page", pages())


@each_page
def test_links_within_the_repository_lead_somewhere(page: str) -> None:
    dead = [target for target in links(page) if not leads_somewhere(page, target)]

    assert dead == []


def leads_somewhere(page: str, target: str) -> bool:
    if target.startswith(("https://", "http://")):
        return True
    path, _, anchor = target.partition("#")
    found = os.path.normpath(os.path.join(os.path.dirname(page), path)) if path else page
    if not os.path.exists(os.path.join(ROOT, found)):
        return False
    return not anchor or anchor in anchors(found)
