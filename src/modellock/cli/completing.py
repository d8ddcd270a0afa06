"""What can stand at the cursor of a half-written command line; completion scripts ask this."""

from collections.abc import Iterable, Iterator

from modellock.cli.command import FILE, LOCKED, MODEL, SHELL, Argument
from modellock.cli.commands import COMMANDS, GROUPS, SHELLS, commands_in
from modellock.cli.options import GLOBAL, SWITCH, Option

Candidate = tuple[str, str]
"""A word, and what it means; the latter may be empty."""


class Names:
    """The names that a project knows: asked only when one of them may stand at the cursor."""

    def models(self) -> Iterable[str]:
        """Names of models."""
        return ()

    def locked(self) -> Iterable[str]:
        """Names of locked models, those that others require among them."""
        return ()

    def groups(self) -> Iterable[str]:
        """Names of groups."""
        return ()

    def files(self, model: str) -> Iterable[str]:
        """Paths of a locked model's files."""
        del model
        return ()


def candidates(words: list[str], names: Names) -> list[Candidate]:
    """What the last word can become, given those before it."""
    *before, current = words or [""]
    if "--" in before:
        # What follows belongs to another program, about which the shell knows more.
        return []
    return [one for one in _possible(before, current, names) if one[0].startswith(current)]


def _possible(before: list[str], current: str, names: Names) -> Iterator[Candidate]:
    command, start = next(commands_in(before), (None, 0))
    options = GLOBAL + (command.options if command else ())
    valued = _awaiting_value(before, options)
    if valued is not None:
        yield from _values(valued, names)
    elif current.startswith("-"):
        yield from ((one.flag, one.summary) for one in options if not one.later)
        yield ("--help", "show the help page")
    elif command is None:
        yield from _commands(next((word for word in before if word in GROUPS), None))
    else:
        given = _arguments(before[start:], options)
        yield from _argument(command.arguments, given, names)


def _commands(group: str | None) -> Iterator[Candidate]:
    """The next word of a command's name."""
    if group is not None:
        own = (one for one in COMMANDS if one.name.startswith(f"{group} "))
        yield from ((one.name.removeprefix(f"{group} "), one.summary) for one in own)
        return
    yield from ((one.name, one.summary) for one in COMMANDS if one.words == 1)
    yield from GROUPS.items()


def _awaiting_value(before: list[str], options: Iterable[Option]) -> Option | None:
    last = before[-1] if before else ""
    return next((one for one in options if one.flag == last and one.kind != SWITCH), None)


def _values(option: Option, names: Names) -> Iterator[Candidate]:
    if option.name == "model":
        yield from ((name, "") for name in names.models())
    elif option.name.endswith("group"):
        yield from ((name, "") for name in names.groups())
    else:
        yield from ((choice, "") for choice in option.choices)


def _arguments(words: list[str], options: Iterable[Option]) -> list[str]:
    """The words that are neither flags nor their values."""
    valued = {option.flag for option in options if option.kind != SWITCH}
    return [
        word
        for position, word in enumerate(words)
        if not word.startswith("-") and not (position and words[position - 1] in valued)
    ]


def _argument(
    arguments: tuple[Argument, ...], given: list[str], names: Names
) -> Iterator[Candidate]:
    if not arguments or (len(given) >= len(arguments) and not arguments[-1].many):
        return
    wanted = arguments[min(len(given), len(arguments) - 1)].names
    if wanted == MODEL:
        yield from ((name, "") for name in names.models() if name not in given)
    elif wanted == LOCKED:
        yield from ((name, "") for name in names.locked() if name not in given)
    elif wanted == FILE:
        yield from ((path, "") for path in names.files(given[0]))
    elif wanted == SHELL:
        yield from ((shell, "") for shell in SHELLS)
