"""The texts of `--help`: one page for all commands, one page for each."""

import argparse
import os
from collections.abc import Iterable

from modellock.cli.command import Command
from modellock.cli.commands import COMMANDS, GROUPS
from modellock.cli.options import GLOBAL, Option, variable_of

_CLAIM = "A lockfile for model files: declare, lock, sync, verified and fetched once."
_INDENT = 22
_WIDEST = 100
_UNBROKEN = "\u00a0"
"""A space at which textwrap breaks no line."""


def overview() -> str:
    """What `modellock --help` prints."""
    parser = _parser("modellock [OPTION ...] COMMAND [ARGUMENT ...]")
    parser.description = _CLAIM
    _add_commands(parser, COMMANDS)
    _add_options(parser, "global options, before or after the command", GLOBAL)
    requests = parser.add_argument_group("other options")
    requests.add_argument(
        "-h", "--help", action="store_true", help="show this page, or a command's"
    )
    requests.add_argument("-V", "--version", action="store_true", help="show the version")
    parser.epilog = "`modellock COMMAND --help` tells more, with examples."
    return _page(parser)


def group_page(group: str) -> str:
    """What `modellock GROUP --help` prints."""
    parser = _parser(f"modellock {group} COMMAND [OPTION ...]")
    parser.description = GROUPS[group][0].upper() + GROUPS[group][1:] + "."
    _add_commands(parser, [one for one in COMMANDS if one.name.startswith(f"{group} ")])
    _add_options(parser, "global options", GLOBAL)
    parser.epilog = f"`modellock {group} COMMAND --help` tells more, with examples."
    return _page(parser)


def command_page(command: Command) -> str:
    """What `modellock COMMAND --help` prints."""
    arguments = [argument.usage for argument in command.arguments]
    parser = _parser(" ".join(["modellock", command.name, "[OPTION ...]", *arguments]))
    parser.description = command.summary[0].upper() + command.summary[1:] + "."
    if command.arguments:
        group = parser.add_argument_group("arguments")
        for argument in command.arguments:
            group.add_argument(argument.metavar, help=_escaped(argument.summary))
    _add_options(parser, "options", command.options)
    _add_options(parser, "global options", GLOBAL)
    parser.epilog = "examples:\n" + "\n".join(_example(*example) for example in command.examples)
    return _page(parser)


def _page(parser: argparse.ArgumentParser) -> str:
    return parser.format_help().replace(_UNBROKEN, " ")


def _parser(usage: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(usage=usage, add_help=False, formatter_class=_formatter)
    # From Python 3.14 on argparse colors its pages, whatever `--color` says.
    vars(parser)["color"] = False
    return parser


def _formatter(prog: str) -> argparse.HelpFormatter:
    return argparse.RawDescriptionHelpFormatter(
        prog, max_help_position=_INDENT, width=min(_columns(), _WIDEST)
    )


def _columns() -> int:
    try:
        return int(os.environ.get("COLUMNS", "")) or 80
    except ValueError:
        return _terminal_columns()


def _terminal_columns() -> int:
    try:
        return os.get_terminal_size().columns
    except OSError:
        return 80


def _add_commands(parser: argparse.ArgumentParser, commands: Iterable[Command]) -> None:
    group = parser.add_argument_group("commands")
    for command in commands:
        group.add_argument(command.name, help=_escaped(command.summary))


def _add_options(parser: argparse.ArgumentParser, title: str, options: Iterable[Option]) -> None:
    shown = [option for option in options if not option.later]
    if not shown:
        return
    group = parser.add_argument_group(title)
    for option in shown:
        flags = [option.short, option.flag] if option.short else [option.flag]
        if option.metavar:
            group.add_argument(*flags, metavar=option.metavar, help=_help(option))
        else:
            group.add_argument(*flags, action="store_true", help=_help(option))


def _help(option: Option) -> str:
    variable = variable_of(option)
    return _escaped(option.summary + (f" [env:{_UNBROKEN}{variable}]" if variable else ""))


def _escaped(text: str) -> str:
    """`%` means something to argparse."""
    return text.replace("%", "%%")


def _example(words: str, purpose: str) -> str:
    return f"  modellock {words}\n      {purpose}"
