"""A hundred thousand small files: what each of them costs where none is fetched.

Against programs in C that ask the system for the same: `find` for the stats of a sync that has
nothing to do, `cp -al` for the links of one that places everything.
"""

import os
import shutil
import statistics
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from tests.benchmarks.full_store import Crowd, fill_store, write_project
from tests.benchmarks.harness import MEGABYTE, Ended, Figure, run
from tests.benchmarks.startup import MODELLOCK

CROWD = Crowd(models=200, files=500, size=64)
OTHERS = 7
"""More projects that use the store, for what goes through all roots."""

PLACINGS = 3
LOOKS = 3
"""Rounds, of which the median counts."""

Run = Callable[[], Ended]


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A command of modellock, and how much longer than its peer it may take."""

    what: str
    words: Sequence[str]
    at_most: float | None = None


LOOKING = (
    Subject(what="sync, nothing to do", words=["sync"], at_most=3.0),
    Subject(what="status --quiet", words=["status", "--quiet"]),
    Subject(what="status", words=["status"]),
    Subject(what="verify", words=["verify"]),
    Subject(what="lock --check", words=["lock", "--check"]),
    Subject(what="store gc --dry-run", words=["store", "gc", "--dry-run"]),
)


def measure() -> list[Figure]:
    with tempfile.TemporaryDirectory() as folder:
        store, project = os.path.join(folder, "store"), os.path.join(folder, "project")
        lock = CROWD.lock()
        fill_store(store, lock)
        write_project(project, lock)
        variables = {"MODELLOCK_STORE": store}
        placed = _placing(project, variables)
        _more_roots(project, store)
        return [*placed, *_looking(project, variables)]


def _placing(project: str, variables: Mapping[str, str]) -> list[Figure]:
    """The same names made turn by turn; both end with all of them there."""
    ours, copy = os.path.join(project, "models"), os.path.join(project, "copy")

    def sync() -> Ended:
        for made in (ours, os.path.join(project, ".modellock")):
            shutil.rmtree(made, ignore_errors=True)
        return run([MODELLOCK, "sync", "--frozen"], folder=project, variables=variables)

    def link() -> Ended:
        shutil.rmtree(copy, ignore_errors=True)
        return run(["cp", "-al", "models", "copy"], folder=project)

    placing, linking = _in_turn([sync, link], PLACINGS)
    shutil.rmtree(copy)
    what = f"sync, {CROWD.count:,} blobs placed"
    return _against(Subject(what=what, words=[], at_most=2.0), placing, "cp -al", linking)


def _looking(project: str, variables: Mapping[str, str]) -> list[Figure]:
    def ours(subject: Subject) -> Run:
        return lambda: run([MODELLOCK, *subject.words], folder=project, variables=variables)

    def find() -> Ended:
        words = ["find", "models", "-printf", "%s %T@ %i %p\n"]
        return run(words, folder=project)

    # What the stopwatch of the first one would count besides.
    run([MODELLOCK, "sync"], folder=project, variables=variables)
    finding, *columns = _in_turn([find, *map(ours, LOOKING)], LOOKS)
    return [
        figure
        for subject, column in zip(LOOKING, columns, strict=True)
        for figure in _against(subject, column, "find", finding)
    ]


def _more_roots(project: str, store: str) -> None:
    """More projects with the same lock: the first one's root, under other names."""
    roots = os.path.join(store, "v1", "roots")
    (root,) = os.listdir(roots)
    with open(os.path.join(roots, root), encoding="utf-8") as file:
        text = file.read()
    for number in range(OTHERS):
        other = f"{project}-{number}"
        os.mkdir(other)
        os.link(os.path.join(project, "models.lock"), os.path.join(other, "models.lock"))
        with open(os.path.join(roots, f"{number:032}.json"), "x", encoding="utf-8") as file:
            file.write(text.replace(f'"{project}/', f'"{other}/'))


def _in_turn(works: Sequence[Run], times: int) -> list[tuple[Ended, ...]]:
    rounds = [[work() for work in works] for _ in range(times)]
    return list(zip(*rounds, strict=True))


def _against(
    subject: Subject, ours: Sequence[Ended], peer: str, theirs: Sequence[Ended]
) -> list[Figure]:
    """The ratio by the clock, and the one of the time that both had a processor.

    The latter hardly depends on what else the machine does.
    """
    note = f"{_words(ours)}; {peer} {_words(theirs)}"
    return [
        Figure(
            what=subject.what,
            value=_seconds(ours) / _seconds(theirs),
            unit=f" x {peer}",
            at_most=subject.at_most,
            note=note,
        ),
        Figure(
            what="  CPU",
            value=_cpu(ours) / _cpu(theirs),
            unit=f" x {peer}",
            at_most=subject.at_most,
        ),
    ]


def _seconds(runs: Sequence[Ended]) -> float:
    return statistics.median(ended.seconds for ended in runs)


def _cpu(runs: Sequence[Ended]) -> float:
    return statistics.median(ended.cpu for ended in runs)


def _words(runs: Sequence[Ended]) -> str:
    peak = max(ended.peak for ended in runs)
    return f"{_seconds(runs):.2f} s, CPU {_cpu(runs):.2f} s, {peak / MEGABYTE:.0f} MB"
