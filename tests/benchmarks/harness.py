"""Time two things turn by turn, compare their medians, and print what came out."""

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

MILLISECOND = 1e-3
MEGABYTE = 1_000_000
GIGABYTE = 1_000_000_000

_LAUNCHER = os.path.join(os.path.dirname(__file__), "launcher.py")


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One line of the table."""

    what: str
    value: float
    unit: str = ""
    at_most: float | None = None
    at_least: float | None = None
    is_exact: bool = False
    """Whether it is the same however busy the machine is: then a missed limit fails the run."""

    note: str = ""

    def holds(self) -> bool:
        return (self.at_most is None or self.value <= self.at_most) and (
            self.at_least is None or self.value >= self.at_least
        )

    def limit(self) -> str:
        if self.at_most is not None:
            return f"<= {self.at_most:g}{self.unit}"
        return "" if self.at_least is None else f">= {self.at_least:g}{self.unit}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """A process that ended well."""

    seconds: float
    cpu: float
    """Seconds that it and the processes it waited for had a core, in user and system mode."""

    peak: int
    """Bytes: the largest resident set it, or one of those, had."""


def run(
    command: Sequence[str], *, folder: str, variables: Mapping[str, str] | None = None
) -> Ended:
    """Run a command to its end, its output discarded; RuntimeError when it fails."""
    ended = subprocess.run(
        [sys.executable, "-I", "-S", _LAUNCHER, *command],
        cwd=folder,
        env={**os.environ, **(variables or {})},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if ended.returncode != 0:
        raise RuntimeError(f"{command!r} ended with {ended.returncode}:\n{ended.stderr}")
    return Ended(**json.loads(ended.stdout))


def seconds_of(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def medians(works: Sequence[Callable[[], float]], times: int) -> list[float]:
    """The median of what each work returns; turn by turn, so that all see the same noise."""
    rounds = [[work() for work in works] for _ in range(times)]
    return [statistics.median(column) for column in zip(*rounds, strict=True)]


def table(figures: Sequence[Figure]) -> str:
    rows = [
        (
            figure.what,
            f"{figure.value:.3g}{figure.unit}",
            figure.limit(),
            "" if figure.holds() else "MISSED",
            figure.note,
        )
        for figure in figures
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(5)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )
