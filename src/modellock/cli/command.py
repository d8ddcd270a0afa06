"""What there is to know of one command: its name, what it takes, and how its use looks."""

from modellock.cli.options import Option

MODEL = "model"
LOCKED = "locked"
FILE = "file"
SHELL = "shell"
"""What an argument names; completion offers those that there are."""


class Argument:
    """One argument that is no flag."""

    __slots__ = ("behind_dashes", "least", "many", "metavar", "names", "summary")

    def __init__(
        self,
        metavar: str,
        names: str,
        summary: str,
        *,
        least: int = 1,
        many: bool = False,
        behind_dashes: bool = False,
    ) -> None:
        self.metavar = metavar
        self.names = names
        self.summary = summary
        self.least = least
        """How many there must be at least: 0 or 1."""
        self.many = many
        self.behind_dashes = behind_dashes
        """Whether it stands behind `--`, as another program's flags do."""

    @property
    def usage(self) -> str:
        """`NAME`, `[NAME]`, `[NAME ...]`, `[-- NAME ...]`."""
        shown = f"{self.metavar} ..." if self.many else self.metavar
        shown = f"-- {shown}" if self.behind_dashes else shown
        return shown if self.least else f"[{shown}]"


class Command:
    """One command; the module of `modellock.cli.runs` with its name runs it.

    A space in the name is a `_` in that of the module.
    """

    __slots__ = ("arguments", "examples", "name", "options", "summary")

    def __init__(
        self,
        name: str,
        summary: str,
        *,
        arguments: tuple[Argument, ...] = (),
        options: tuple[Option, ...] = (),
        examples: tuple[tuple[str, str], ...],
    ) -> None:
        self.name = name
        self.summary = summary
        self.arguments = arguments
        self.options = options
        self.examples = examples
        """Command lines without the word `modellock`, each with what it is good for."""

    @property
    def words(self) -> int:
        """How many words its name has: 2 for one of a group, such as `store gc`."""
        return self.name.count(" ") + 1
