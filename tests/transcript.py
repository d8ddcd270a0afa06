"""What a page shows of a terminal: run again, and compared with what is shown.

    $ modellock lock
    Locked 1 model, 2 files (90.9 MB)
    $ modellock sync
    error: ...
    [exit 4]

`…` stands for any text within a line, a line that is `…` alone for any number of lines.
"""

import re
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One command and what it prints, stdout and stderr together."""

    command: str
    shown: str


def steps(text: str) -> Iterator[Step]:
    """Take a transcript apart."""
    for part in re.split(r"(?m)^\$ ", text)[1:]:
        command, _, shown = part.partition("\n")
        yield Step(command=command.partition("  #")[0].rstrip(), shown=shown.strip("\n"))


class Shell:
    """A terminal: what a command does to its directory and its variables holds for the next."""

    def __init__(self, folder: str, variables: Mapping[str, str]) -> None:
        self.folder = folder
        self.variables = dict(variables)

    def play(self, command: str) -> str:
        """Run it; returns its output, with `[exit N]` at the end unless N is 0."""
        with tempfile.TemporaryFile() as left:
            on_exit = f"trap '{{ pwd; env -0; }} >&{left.fileno()}' EXIT"
            ended = subprocess.run(
                ["bash", "-c", f"{on_exit}\n{command}"],
                cwd=self.folder,
                env=self.variables,
                pass_fds=[left.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                check=False,
            )
            left.seek(0)
            self._go_on_from(left.read().decode(errors="surrogateescape"))
        output = ended.stdout.strip("\n")
        code = ended.returncode
        return output if code == 0 else f"{output}\n[exit {code}]".lstrip("\n")

    def _go_on_from(self, left: str) -> None:
        self.folder, _, variables = left.partition("\n")
        pairs = (pair.partition("=") for pair in variables.split("\0") if pair)
        self.variables = {name: value for name, _, value in pairs if name not in {"_", "SHLVL"}}


def agrees(output: str, shown: str) -> bool:
    """Whether the output is what is shown."""
    lines = [".*" if line == "…" else _pattern_of(line) for line in shown.split("\n")]
    # A line of its own may stand for nothing at all, so its newline goes with it.
    pattern = "\n".join(lines).replace(".*\n", "(?:.*\n)*").replace("\n.*", "(?:\n.*)*")
    return re.fullmatch(pattern, output) is not None


def _pattern_of(line: str) -> str:
    return "[^\n]*".join(re.escape(piece) for piece in line.split("…"))
