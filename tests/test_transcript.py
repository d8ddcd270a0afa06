import os

import pytest

from tests.transcript import Step, agrees, play, steps


def test_a_transcript_is_commands_and_what_each_prints() -> None:
    found = list(steps("$ one --flag      # why\n$ two\nfirst\n\nsecond\n"))

    assert found == [
        Step(command="one --flag", shown=""),
        Step(command="two", shown="first\n\nsecond"),
    ]


def test_a_command_that_fails_shows_its_exit_code(tmp_path: os.PathLike[str]) -> None:
    output = play(
        Step(command="echo no >&2; exit 3", shown=""), folder=str(tmp_path), variables=os.environ
    )

    assert output == "no\n[exit 3]"


@pytest.mark.parametrize(
    ("shown", "output"),
    [
        ("", ""),
        ("Locked 1 model (… MB)", "Locked 1 model (90.9 MB)"),
        ("a.b", "a.b"),
        ("first\n…\nlast", "first\nbetween\nagain\nlast"),
        ("first\n…\nlast", "first\nlast"),
        ("…\nlast", "last"),
        ("first\n…", "first\nand\nmore"),
    ],
)
def test_an_ellipsis_stands_for_any_text(shown: str, output: str) -> None:
    assert agrees(output, shown)


@pytest.mark.parametrize(
    ("shown", "output"),
    [
        ("", "something"),
        ("a.b", "axb"),
        ("Locked … model", "Locked 1\nmodel"),
        ("first\n…\nlast", "first\nlast\nmore"),
    ],
)
def test_other_output_does_not_agree(shown: str, output: str) -> None:
    assert not agrees(output, shown)
