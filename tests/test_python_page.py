"""docs/reference/python-api.md leaves out nothing that can be imported, called or published."""

import dataclasses
import re

import pytest

import modellock
from modellock import testing
from modellock.testing.github.server import ReleaseOptions
from modellock.testing.hub.server import PublishOptions
from tests.markdown import code_spans

PAGE = "docs/reference/python-api.md"


def words() -> set[str]:
    """Every identifier within backticks, headings among them."""
    return {word for span in code_spans(PAGE) for word in re.findall(r"\w+", span)}


def public(kind: type) -> set[str]:
    return {name for name in vars(kind) if not name.startswith("_")}


@pytest.mark.parametrize(
    ("named", "reached"),
    [
        (modellock.__all__, "Digest Found Kind LeftOut LockedFile LockedModel Merged Shows"),
        (testing.__all__, "Request"),
        (PublishOptions.__annotations__, ""),
        (ReleaseOptions.__annotations__, ""),
        (public(testing.Lie), "concerns tell is_last"),
        ([field.name for field in dataclasses.fields(modellock.Progress)], ""),
        ([field.name for field in dataclasses.fields(modellock.FileProgress)], ""),
        ([field.name for field in dataclasses.fields(modellock.SyncResult)], ""),
        ([field.name for field in dataclasses.fields(modellock.VerifyResult)], "blobs"),
        (modellock.Phase, ""),
    ],
    ids=[
        *("names", "names for tests", "the Hub's options", "GitHub's options", "lies"),
        *("progress", "a file's progress", "a sync's result", "a verify's result", "phases"),
    ],
)
def test_the_page_names_all_but_what_is_only_reached_from_there(
    named: list[str], reached: str
) -> None:
    plain = {str(name) for name in named if not str(name).startswith("__")}

    assert plain - words() == set(reached.split())
