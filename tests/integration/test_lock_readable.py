"""Whatever upstream says of itself, what `lock` writes can be read again."""

import pytest

from modellock.documents.lock_reader import parse_lock
from modellock.documents.lock_writer import format_lock
from modellock.errors import UnsafeNameError
from tests.integration.workspace import Workspace

HUB = '[models.m]\nhub = "acme/m"\n'
GITHUB = '[models.m]\ngithub = "acme/m"\n'


@pytest.mark.parametrize(
    "text",
    ["\x1b[31mred\x1b[0m", "::error::x", "a\nsize = 0\n", '"]\n[models.x]', "\u202eabc", " ", "\0"],
)
def test_a_licence_stands_in_the_lock_as_inert_text(workspace: Workspace, text: str) -> None:
    workspace.hub.publish("acme/m", {"config.json": b"{}"}, license=text)
    workspace.write(HUB)

    workspace.lock()

    assert workspace.read_lock().models["m"].license == text
    assert "\x1b" not in workspace.lock_text
    assert "\u202e" not in workspace.lock_text
    assert format_lock(parse_lock(workspace.lock_text)) == workspace.lock_text


@pytest.mark.parametrize("tag", ["release/1.0", "@acme/m@1.0.0", "v1+cu", "日本語"])
def test_a_tag_may_have_all_that_git_allows(workspace: Workspace, tag: str) -> None:
    workspace.github.publish("acme/m", tag, {"m.bin": b"m"})
    workspace.write(GITHUB)

    workspace.lock()

    assert workspace.read_lock().models["m"].tag == tag


@pytest.mark.parametrize("tag", ["v1.0\u202e", "v1\x1b[31m"])
def test_a_lock_that_could_not_be_read_again_is_not_written(workspace: Workspace, tag: str) -> None:
    workspace.github.publish("acme/m", tag, {"m.bin": b"m"})
    workspace.write(GITHUB)

    with pytest.raises(UnsafeNameError) as caught:
        workspace.lock()

    assert str(caught.value).startswith(
        "models.lock would not be readable: models.m.tag is refused: 'v1"
    )
    assert str(caught.value).isprintable()
    assert not workspace.project.has_lock()
