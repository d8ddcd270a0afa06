import json
import os
import subprocess
import sys

import pytest

from modellock.cli.command import Command
from modellock.cli.commands import COMMANDS
from modellock.cli.options import GLOBAL, SYNC
from modellock.cli.usage import command_page, group_page, overview
from tests.cli.command import Command as Modellock
from tests.waiting import LONG

each_command = pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)


@pytest.fixture(autouse=True)
def narrow_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")


def test_the_overview_names_every_command_and_every_global_flag() -> None:
    page = overview()

    assert [c.name for c in COMMANDS if f"\n  {c.name} " not in page] == []
    assert [o.flag for o in GLOBAL if f" {o.flag}" not in page] == []


@each_command
def test_a_page_names_every_flag_that_works_and_none_that_does_not(command: Command) -> None:
    page = command_page(command)

    working = [option for option in GLOBAL + command.options if not option.later]
    assert [option.flag for option in working if f" {option.flag}" not in page] == []
    assert [option.flag for option in command.options if option.later and option.flag in page] == []


@each_command
def test_a_page_names_the_variables_of_flags(command: Command) -> None:
    page = command_page(command)

    for option in GLOBAL + command.options:
        variable = f"[env: MODELLOCK_{option.name.upper()}]"
        has_one = not option.later and (option in GLOBAL or option in SYNC)
        assert (variable in page) is has_one


@each_command
def test_a_page_ends_with_examples(command: Command) -> None:
    page = command_page(command)

    assert command.examples
    for words, purpose in command.examples:
        assert f"  modellock {words}\n      {purpose}\n" in page


@each_command
def test_a_page_fits_a_narrow_terminal(command: Command) -> None:
    flags, _, _ = command_page(command).partition("examples:")

    assert [line for line in flags.splitlines() if len(line) > 80] == []


def test_the_page_of_a_group_names_its_commands() -> None:
    page = group_page("store")

    assert page.startswith("usage: modellock store COMMAND [OPTION ...]\n")
    own = [command.name for command in COMMANDS if command.name.startswith("store ")]
    assert [name for name in own if f"\n  {name} " not in page] == []
    assert "\n  sync " not in page


def test_help_is_asked_of_a_real_process(modellock: Modellock) -> None:
    ended = modellock.run("sync", "--help")

    assert (ended.code, ended.stderr) == (0, "")
    assert ended.stdout.startswith("usage: modellock sync [OPTION ...]\n\nMake the project show ")


def test_help_and_version_touch_nothing(modellock: Modellock) -> None:
    (modellock.folder / "models.toml").write_text("not TOML")

    assert modellock.run("--help").code == 0
    assert modellock.run("--version").stdout == "modellock 0.1.0\n"
    assert [path.name for path in modellock.folder.iterdir()] == ["models.toml"]
    assert list(modellock.home.iterdir()) == []


def test_the_version_is_a_document_with_json(modellock: Modellock) -> None:
    assert modellock.run("--version", "--json").document == {
        "schema": 1,
        "command": "version",
        "ok": True,
        "version": "0.1.0",
    }


def test_a_refused_line_is_a_document_too(modellock: Modellock) -> None:
    ended = modellock.run("sync", "--json", "--jobs", "none")

    assert ended.code == 2
    assert ended.stderr == "error: --jobs: 'none' is not a whole number of at least 1\n"
    assert ended.document["error"]["code"] == "usage"


@pytest.mark.parametrize(
    ("line", "command"),
    [
        ("sync --bogus", "sync"),
        ("store dir --bogus", "store dir"),
        ("--offline path", "path"),
        ("snyc", None),
        ("", None),
    ],
)
def test_the_document_of_a_refused_line_names_the_command_as_far_as_there_is_one(
    modellock: Modellock, line: str, command: str | None
) -> None:
    assert modellock.run("--json", *line.split()).document["command"] == command


@pytest.mark.parametrize("words", [["--progress", "json"], ["--progress=json"]])
def test_a_refused_line_is_an_event_where_events_are_asked_for(
    modellock: Modellock, words: list[str]
) -> None:
    ended = modellock.run("sync", "--bogus", *words)

    assert ended.stdout == ""
    assert json.loads(ended.stderr)["event"] == "error"
    assert modellock.run("snyc", MODELLOCK_PROGRESS="json").stderr.startswith('{"event": "error"')


def test_json_by_a_variable_covers_refused_lines(modellock: Modellock) -> None:
    ended = modellock.run("snyc", MODELLOCK_JSON="1")

    assert ended.document["error"]["hint"] == "did you mean `sync`?"


def test_a_reader_that_stops_early_ends_nothing_badly(modellock: Modellock) -> None:
    process = modellock.start("--help")
    assert process.stdout is not None
    process.stdout.close()
    _, stderr = process.communicate(timeout=LONG)

    assert (process.returncode, stderr) == (0, "")


def test_names_that_an_encoding_lacks_are_escaped(modellock: Modellock) -> None:
    ended = modellock.run("status", "--directory", "/nowhere/é", PYTHONIOENCODING="ascii")

    assert ended.code == 2
    assert "/nowhere/\\xe9" in ended.stderr


def test_python_m_and_the_installed_command_are_the_same(modellock: Modellock) -> None:
    installed = os.path.join(os.path.dirname(sys.executable), "modellock")

    ended = subprocess.run([installed, "--version"], capture_output=True, text=True, check=True)

    assert ended.stdout == modellock.run("--version").stdout
