"""A reader who does what a page says, in order, and compares what comes of it.

A block with a title is a file to write, a `console` block a terminal, an untitled `python` block a
program to run. Cues in comments, which no reader sees, say what else happens:

    <!-- cue: $ modellock lock -q -->     a command that prints nothing
    <!-- cue: not run: why -->            the next block is looked at by other tests alone
    <!-- cue: in a second terminal -->    the next block's command goes on while the page does
    <!-- cue: Enter there -->             the next block is what it prints then
    <!-- cue: another machine -->         or another event of `tests.world.World`
"""

import subprocess
from collections.abc import Iterable
from dataclasses import dataclass, field

from tests.markdown import Block, Cue
from tests.transcript import Shell, agrees, steps
from tests.world import World

SECOND = "in a second terminal"
ENTER = "Enter there"
NOT_RUN = "not run"


@dataclass(slots=True)
class Reader:
    """One reading of one page."""

    world: World
    surprises: list[str] = field(default_factory=list)
    """Commands that printed something else than the page shows, with what they printed."""

    _second: "SecondTerminal | None" = None

    def follow(self, parts: Iterable[Block | Cue]) -> None:
        """Do all of it, whatever comes of a part."""
        cue = ""
        for part in parts:
            if isinstance(part, Block):
                self._do(part, cue)
                cue = ""
            elif part.text.startswith("$ "):
                self._type(part.text)
            elif part.text in (SECOND, ENTER) or part.text.startswith(NOT_RUN):
                cue = part.text
            else:
                self.world.happen(part.text)

    def close(self) -> None:
        """End what still runs."""
        if self._second is not None:
            self._second.close()

    def _do(self, block: Block, cue: str) -> None:
        text = self.world.localized(block.text)
        if cue == SECOND:
            self._open_second(text)
        elif cue == ENTER:
            self._press_enter(text)
        elif cue:
            return
        elif block.title is not None:
            self.world.write(block.title, text)
        elif block.language == "console":
            self._type(text)
        elif block.language == "python":
            self.world.write(".block.py", text)
            self._compare(text, self.world.shell.play("python .block.py; rm .block.py"), "")

    def _type(self, transcript: str) -> None:
        for step in steps(transcript):
            self._compare(step.command, self.world.shell.play(step.command), step.shown)

    def _open_second(self, text: str) -> None:
        (step,) = steps(text)
        self._second = SecondTerminal(step.command, self.world.shell)
        self._compare(step.command, self._second.line(), step.shown)

    def _press_enter(self, text: str) -> None:
        assert self._second is not None
        self._second.enter()
        self._compare(ENTER, self._second.line(), text.strip("\n"))

    def _compare(self, command: str, output: str, shown: str) -> None:
        if not agrees(output, shown):
            self.surprises.append(f"$ {command}\n{output}\n--- shown:\n{shown}")


class SecondTerminal:
    """A program of a page that goes on while the page's other commands run."""

    def __init__(self, command: str, shell: Shell) -> None:
        self._process = subprocess.Popen(
            command.split(),
            cwd=shell.folder,
            env=shell.variables,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def line(self) -> str:
        """The next line that it prints, when it does."""
        assert self._process.stdout is not None
        return self._process.stdout.readline().rstrip("\n")

    def enter(self) -> None:
        """Press the key."""
        assert self._process.stdin is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()

    def close(self) -> None:
        """End it, finished or not."""
        self._process.kill()
        self._process.communicate()
