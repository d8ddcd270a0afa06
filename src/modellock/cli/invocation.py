"""What one run was asked to do: a command, its arguments, and flags with where each came from."""

import os

from modellock.shell.whereabouts import absolute

Value = bool | str | int | tuple[str, ...]


class Given:
    """The value of a flag, and who said it: the flag, or a variable."""

    __slots__ = ("by_variable", "cause", "value")

    def __init__(self, value: Value, cause: str, *, by_variable: bool = False) -> None:
        self.value = value
        self.cause = cause
        """`--frozen` or `MODELLOCK_FROZEN`, for messages."""
        self.by_variable = by_variable


class Invocation:
    """A parsed command line together with the environment's part in it."""

    __slots__ = ("arguments", "command", "given")

    def __init__(self, command: str, arguments: tuple[str, ...], given: dict[str, Given]) -> None:
        self.command = command
        self.arguments = arguments
        self.given = given

    def on(self, name: str) -> bool:
        """Whether a switch is on."""
        return name in self.given and self.given[name].value is True

    def text(self, name: str) -> str | None:
        """The value of a flag that takes a text, as given."""
        value = self.given[name].value if name in self.given else None
        return value if isinstance(value, str) else None

    def number(self, name: str) -> int | None:
        """The value of a flag that takes a number."""
        value = self.given[name].value if name in self.given else None
        return value if isinstance(value, int) else None

    def many(self, name: str) -> tuple[str, ...]:
        """The values of a flag that can be repeated."""
        value = self.given[name].value if name in self.given else ()
        return value if isinstance(value, tuple) else ()

    def path(self, name: str) -> str | None:
        """The value of a flag that takes a path, absolute; relative ones start at `--directory`."""
        value = self.text(name)
        if value is None:
            return None
        return os.path.abspath(
            os.path.join(self.text("directory") or "", os.path.expanduser(value))
        )

    @property
    def start(self) -> str:
        """The directory from which models.toml is looked for."""
        return absolute(self.text("directory") or os.curdir)

    def cause(self, name: str) -> str:
        """The flag or variable that gave a value, for messages that refuse because of it."""
        return self.given[name].cause
