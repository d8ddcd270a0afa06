"""From argv and the environment to an `Invocation`.

Two small parsers, one after the other: the global flags, wherever they stand, then those of the one
command that was named. Building the flags of every command would cost each start milliseconds.
"""

import argparse
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

from modellock.cli.command import Command
from modellock.cli.commands import COMMANDS, GROUPS, LATER, commands_in, find_command, name_in
from modellock.cli.invocation import Given, Invocation
from modellock.cli.options import EXCLUSIVE, GLOBAL, MANY, SWITCH, Option
from modellock.cli.values import ON, given_by_flag, given_by_variable
from modellock.errors import ModellockError, UnsupportedError, UsageError
from modellock.values.wording import did_you_mean

_ACTIONS = {SWITCH: "store_true", MANY: "append"}
_VERSION = Option("--version", SWITCH, "show the version", short="-V")
_REQUESTS = (Option("--help", SWITCH, "show this page, or a command's", short="-h"), _VERSION)


def parse(argv: Sequence[str], environ: Mapping[str, str]) -> Invocation:
    """Read a command line; `--version` and `--help` become the commands `version` and `help`.

    Raises UsageError, and UnsupportedError for what a later version brings.
    """
    words, literal = _until_dashes(argv)
    flags, rest = _flags_in(words, GLOBAL + _requests_among(words))
    if "help" in flags or "version" in flags:
        return _request("help" if "help" in flags else "version", rest, flags)
    command = _command(rest)
    own, arguments = _flags_in(rest[command.words :], command.options)
    _refuse_before_dashes(command, arguments)
    _refuse_unknown_flags(command, arguments)
    given = _given(GLOBAL + command.options, flags | own, environ)
    return Invocation(command.name, _counted(command, [*arguments, *literal]), given)


def _requests_among(words: list[str]) -> tuple[Option, ...]:
    """The flags that ask for a page; `--version` is none behind a command that has its own."""
    if not any(word.partition("=")[0] == _VERSION.flag for word in words[1:]):
        return _REQUESTS
    _, rest = _flags_in(words, GLOBAL)
    command = find_command(name_in([word for word in rest if not word.startswith("-")]))
    has_own = command is not None and _VERSION.flag in [one.flag for one in command.options]
    return tuple(one for one in _REQUESTS if not (has_own and one is _VERSION))


def _request(name: str, rest: list[str], flags: Mapping[str, object]) -> Invocation:
    """A page about modellock or about one command, whatever else stands on the command line."""
    subject = (_subject(rest),) if name == "help" and rest else ()
    return Invocation(name, subject, _by_flags(GLOBAL, flags))


def _subject(rest: list[str]) -> str:
    """What a page of help is about: a command, or a group of them."""
    name = name_in(rest)
    return name if name in GROUPS else _command(rest).name


def asks_for_json(argv: Sequence[str], environ: Mapping[str, str]) -> bool:
    """Whether even a refusal of the command line itself is to be JSON; raises nothing."""
    words, _ = _until_dashes(argv)
    return "--json" in words or environ.get("MODELLOCK_JSON", "").strip().lower() in ON


def asks_for_events(argv: Sequence[str], environ: Mapping[str, str]) -> bool:
    """Whether even such a refusal is to be an event; raises nothing."""
    words, _ = _until_dashes(argv)
    by_flag = "--progress=json" in words or ("--progress", "json") in pairwise(words)
    return by_flag or environ.get("MODELLOCK_PROGRESS", "").strip() == "json"


def command_named(argv: Sequence[str]) -> str | None:
    """The command that even a line that makes no sense seems to be about; raises nothing."""
    words, _ = _until_dashes(argv)
    return next((command.name for command, _ in commands_in(words)), None)


def _until_dashes(argv: Sequence[str]) -> tuple[list[str], list[str]]:
    words = list(argv)
    if "--" not in words:
        return words, []
    at = words.index("--")
    return words[:at], words[at + 1 :]


def _flags_in(words: list[str], options: Iterable[Option]) -> tuple[dict[str, object], list[str]]:
    """What flags say, by name, and the words that are none of them."""
    parser = argparse.ArgumentParser(
        prog="modellock", usage="", add_help=False, allow_abbrev=False, exit_on_error=False
    )
    # Added to the parser itself, each flag would make argparse format it and load shutil.
    group = parser.add_argument_group()
    for option in options:
        flags = [option.short, option.flag] if option.short else [option.flag]
        action = _ACTIONS.get(option.kind, "store")
        group.add_argument(*flags, dest=option.name, action=action, default=argparse.SUPPRESS)
    try:
        namespace, rest = parser.parse_known_args(words)
    except argparse.ArgumentError as error:
        raise UsageError(f"{error.argument_name}: {error.message}") from None
    return vars(namespace), rest


def _command(rest: list[str]) -> Command:
    if not rest:
        raise UsageError("no command was given", hint="run `modellock --help` for the commands")
    if rest[0].startswith("-"):
        raise UsageError(f"`{rest[0]}` is not a global flag; a command's flags stand after it")
    name = name_in(rest)
    command = find_command(name)
    if command is None:
        raise _no_such_command(name)
    return command


def _no_such_command(name: str) -> ModellockError:
    if name in LATER:
        return UnsupportedError(f"`modellock {name}` is not supported yet")
    if name in GROUPS:
        return UsageError(
            f"modellock {name}: no command was given",
            hint=f"run `modellock {name} --help` for the commands",
        )
    hint = did_you_mean(name, [command.name for command in COMMANDS])
    hint = hint or "run `modellock --help` for the commands"
    return UsageError(f"{name!r} is not a command", hint=hint)


def _refuse_before_dashes(command: Command, words: list[str]) -> None:
    """Flags of a program that stands before `--` would have been taken for ours."""
    is_one = words and not words[0].startswith("-")
    if is_one and any(argument.behind_dashes for argument in command.arguments):
        subject = f"modellock {command.name}"
        raise UsageError(
            f"{subject}: {words[0]!r} stands before `--`, and a program stands behind it",
            hint=f"run `{subject} -- {words[0]} ...`",
        )


def _refuse_unknown_flags(command: Command, words: list[str]) -> None:
    for word in words:
        if word.startswith("-") and word != "-":
            flag = word.partition("=")[0]
            raise UsageError(
                f"`{flag}` is not a flag of `modellock {command.name}`",
                hint=_near(command, flag) or f"run `modellock {command.name} --help`",
            )


def _near(command: Command, flag: str) -> str | None:
    """A flag like this one; none for what is right elsewhere, as it is no slip of the hand."""
    if any(flag == option.flag for other in COMMANDS for option in other.options):
        return None
    return did_you_mean(flag, [one.flag for one in GLOBAL + command.options if not one.later])


def _counted(command: Command, words: list[str]) -> tuple[str, ...]:
    """The arguments, when there are as many as the command takes."""
    subject, hint = f"modellock {command.name}", f"run `modellock {command.name} --help`"
    missing = [argument for argument in command.arguments[len(words) :] if argument.least]
    if missing:
        raise UsageError(f"{subject}: {missing[0].metavar} is missing", hint=hint)
    most = len(command.arguments)
    if len(words) > most and not any(argument.many for argument in command.arguments):
        raise UsageError(f"{subject}: {words[most]!r} is one argument too many", hint=hint)
    return tuple(words)


def _given(
    options: Iterable[Option], flags: Mapping[str, object], environ: Mapping[str, str]
) -> dict[str, Given]:
    given = _by_flags(options, flags)
    for option in options:
        # Behind a flag, a variable is not even read: it may hold what nobody can use.
        value = None if option.name in given else given_by_variable(option, environ)
        if value is not None:
            given[option.name] = value
    for option in options:
        if option.later and option.name in given:
            raise UnsupportedError(f"`{given[option.name].cause}` is not supported yet")
    return _without_contradictions(given)


def _by_flags(options: Iterable[Option], flags: Mapping[str, object]) -> dict[str, Given]:
    return {
        option.name: given_by_flag(option, flags[option.name])
        for option in options
        if option.name in flags
    }


def _without_contradictions(given: dict[str, Given]) -> dict[str, Given]:
    """A flag beats the variable of the flag that it excludes; two of a kind are refused."""
    kept = dict(given)
    for one, other in EXCLUSIVE:
        if one not in kept or other not in kept:
            continue
        first, second = kept[one], kept[other]
        if first.by_variable == second.by_variable:
            raise UsageError(f"`{first.cause}` excludes `{second.cause}`")
        del kept[one if first.by_variable else other]
    return kept
