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


def play(step: Step, *, folder: str, variables: Mapping[str, str]) -> str:
    """Run the command; returns its output, with `[exit N]` at the end unless N is 0."""
    ended = subprocess.run(
        ["bash", "-c", step.command],
        cwd=folder,
        env=dict(variables),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    output = ended.stdout.strip("\n")
    return output if ended.returncode == 0 else f"{output}\n[exit {ended.returncode}]".lstrip("\n")


def agrees(output: str, shown: str) -> bool:
    """Whether the output is what is shown."""
    lines = [".*" if line == "…" else _pattern_of(line) for line in shown.split("\n")]
    # A line of its own may stand for nothing at all, so its newline goes with it.
    pattern = "\n".join(lines).replace(".*\n", "(?:.*\n)*").replace("\n.*", "(?:\n.*)*")
    return re.fullmatch(pattern, output) is not None


def _pattern_of(line: str) -> str:
    return "[^\n]*".join(re.escape(piece) for piece in line.split("…"))
