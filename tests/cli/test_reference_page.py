"""docs/reference/cli.md says what the parser, the terminal and the reporters do."""

import json

import pytest

from modellock.cli.command import Command
from modellock.cli.commands import COMMANDS
from modellock.cli.events import EventReporter
from modellock.cli.options import GLOBAL, Option
from modellock.cli.terminal import Terminal
from modellock.errors import StaleLockError
from tests.cli.test_tally import Clock
from tests.markdown import blocks, text_of

PAGE = "docs/reference/cli.md"

each_command = pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)


def section(command: Command) -> str:
    return text_of(PAGE).partition(f"### `{command.name}`\n")[2].partition("\n##")[0]


def row(option: Option) -> str:
    short = f"`{option.short}`, " if option.short else ""
    metavar = f" {option.metavar}" if option.metavar else ""
    flag = f"{short}`{option.flag}{metavar}`".replace("|", "\\|")
    return f"| {flag} | {option.summary} |"


def flag_rows(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.startswith("| `-")]


def test_the_page_lists_the_global_flags_as_they_are() -> None:
    before_commands = text_of(PAGE).partition("## Commands")[0]

    assert flag_rows(before_commands) == [row(option) for option in GLOBAL]


def test_the_page_lists_the_commands_as_they_are() -> None:
    listing = text_of(PAGE).partition("## Commands\n")[2].partition("\n###")[0]

    listed = [line for line in listing.splitlines() if line.startswith("| `")]
    assert listed == [f"| `{command.name}` | {command.summary} |" for command in COMMANDS]


@each_command
def test_the_page_lists_the_flags_of_a_command_as_they_are(command: Command) -> None:
    working = [option for option in command.options if not option.later]

    assert flag_rows(section(command)) == [row(option) for option in working]


@each_command
def test_the_page_shows_arguments_and_examples_as_help_does(command: Command) -> None:
    text = section(command)

    usage = " ".join(argument.usage for argument in command.arguments)
    assert f"`modellock {command.name} [OPTION ...]{' ' + usage if usage else ''}`" in text
    assert [a for a in command.arguments if f"| `{a.metavar}` | {a.summary} |" not in text] == []
    assert [e for e in command.examples if f"modellock {e[0]}  # {e[1]}\n" not in text] == []


def test_the_document_on_the_page_is_what_a_failure_prints(
    capsys: pytest.CaptureFixture[str],
) -> None:
    error = StaleLockError(
        "models.lock does not match models.toml\n  phi-4: not in models.lock",
        hint="run `modellock lock` and commit models.lock",
    )
    Terminal(command="sync", json=True).fail(error)

    (shown,) = [block.text for block in blocks(PAGE) if block.language == "json"]
    assert json.loads(shown) == json.loads(capsys.readouterr().out)


def test_the_page_names_every_event_and_its_fields(capsys: pytest.CaptureFixture[str]) -> None:
    clock = Clock()
    reporter = EventReporter(verbose=True, clock=clock)
    reporter.resolving("m")
    reporter.resolved("m")
    reporter.placing("m")
    reporter.placed("m")
    reporter.unpacking("m/f", 1, model="m")
    reporter.hashing(1, 1)
    clock.now += 1
    reporter.pulse()
    reporter.fetches_planned(1, 1)
    reporter.fetch_started("m/f", 1, model="m")
    reporter.fetch_resumed("m/f", 1)
    reporter.fetch_waiting("m/f", "r", 1)
    reporter.fetch_awaited("m/f")
    reporter.fetch_taken_up("m/f")
    clock.now += 1
    reporter.pulse()
    reporter.fetch_finished("m/f")
    reporter.fetch_failed("m/f", "r")
    reporter.note("n")
    reporter.detail("d")
    reporter.warning("w")
    Terminal(events=True).fail(StaleLockError("e"))

    page = [line for line in text_of(PAGE).splitlines() if line.startswith("| `")]
    for line in capsys.readouterr().err.splitlines():
        event = json.loads(line)
        name = event.pop("event")
        fields = ", ".join(f"`{field}`" for field in event)
        assert [one for one in page if f"`{name}`" in one and one.endswith(f"| {fields} |")]
