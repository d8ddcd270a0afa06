import os
import sys
from pathlib import Path

import pytest

from tests.transcript import Shell, Step, agrees, steps

posix_alone = pytest.mark.skipif(sys.platform == "win32", reason="a POSIX shell")


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(str(tmp_path), os.environ)


def test_a_transcript_is_commands_and_what_each_prints() -> None:
    found = list(steps("$ one --flag      # why\n$ two\nfirst\n\nsecond\n"))

    assert found == [
        Step(command="one --flag", shown=""),
        Step(command="two", shown="first\n\nsecond"),
    ]


@posix_alone
def test_a_command_that_fails_shows_its_exit_code(shell: Shell) -> None:
    assert shell.play("echo no >&2; exit 3") == "no\n[exit 3]"


@posix_alone
def test_a_shell_remembers_its_directory_and_what_was_exported(shell: Shell) -> None:
    shell.play("mkdir below; cd below; export GREETING='two words'; export -n HOME")

    assert shell.play('basename "$PWD"; echo "$GREETING"') == "below\ntwo words"
    assert "HOME" not in shell.variables


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
