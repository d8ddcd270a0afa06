"""Every system call by which a command changes store or project, struck once by each fault."""

import errno
import os
import re
import signal
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

import pytest

from tests.crash.commands import Call, Commands, Ended, changes, commands, last_call
from tests.crash.places import Places, faults_of_project, faults_of_store, places
from tests.crash.undertakings import UNDERTAKINGS, Undertaking
from tests.integration.filesystems import second_disk
from tests.real.programs import missing, program

pytestmark = pytest.mark.crash

KILLED = -signal.SIGKILL

LINKS = frozenset({"link", "linkat"})
SHIFTS = (0, 1, -1, 2, -2, 3, -3)
"""Where a call may be, whose number is not the same in each run: some things depend on the time."""

REMOVALS = frozenset({"unlink", "unlinkat", "rmdir"})
MOVES = LINKS | {"rename", "renameat2", "copy_file_range"}
GROWING = MOVES | {
    "fdatasync",
    "fsync",
    "ftruncate",
    "mkdir",
    "openat",
    "pwrite64",
    "symlink",
    "write",
}
"""What may need room."""

FLUSHES = frozenset({"fsync", "fdatasync"})
"""What a disk that became read-only still does."""

ERRORS: dict[int, tuple[int, Callable[[str], bool]]] = {
    errno.EIO: (2, lambda _: True),
    errno.ENOSPC: (3, lambda name: name in GROWING),
    errno.EROFS: (2, lambda name: name not in FLUSHES),
    errno.EXDEV: (2, lambda name: name in MOVES),
    errno.EMLINK: (2, lambda name: name in MOVES | {"mkdir"}),
}
"""The exit code that each error leads to, and which system calls may end with it."""


class Matrix:
    """One undertaking, which can be begun again and again."""

    def __init__(self, there: Places, plain: Commands, undertaking: Undertaking) -> None:
        self.there = there
        self.plain = plain
        self.undertaking = undertaking
        undertaking.prepare(there, plain)
        there.keep("prepared")
        self.begin()
        self.before = there.shown()
        self.left_before = frozenset(there.on_their_way())
        self._blobs_before = there.blobs()

    def look(self, traced: Commands) -> list[Call]:
        """Do it undisturbed; every change that it makes."""
        ended = traced.run(*self.undertaking.words)
        assert ended.code == 0, ended.output
        self.after = self.there.shown()
        blobs = self.there.blobs()
        self.needed = {name: blobs[name] for name in blobs.keys() & self._blobs_before.keys()}
        self.expect_all_well()
        return changes(ended.trace, self.there.root)

    def begin(self) -> None:
        self.there.bring_back("prepared")
        self.undertaking.begin(self.there, self.plain)

    def faults(self) -> list[str]:
        """What may never be, whatever went wrong."""
        return [
            *faults_of_store(self.there, self.needed),
            *faults_of_project(self.there, self.before, self.after),
        ]

    def faults_of_next(self) -> list[str]:
        """What one more run leaves undone."""
        ended = self.plain.run(*self.undertaking.words)
        if ended.code != 0:
            return [f"the next run ends with {ended.code}: {ended.output}"]
        return [f"next: {fault}" for fault in faults_of_project(self.there, self.after, self.after)]

    def faults_in_the_end(self) -> list[str]:
        """What is left undone once there was an occasion to do all."""
        self.there.let_an_hour_pass()
        (self.there.project / self.undertaking.forget).unlink()
        found = self.faults_of_next()
        for words in (("collect",), self.undertaking.check):
            ended = self.plain.run(*words)
            if ended.code != 0:
                found.append(f"{words} ends with {ended.code}: {ended.output}")
        return found + [f"{path} is left over" for path in self.there.on_their_way()]

    def expect_all_well(self) -> None:
        assert [*self.faults_of_next(), *self.faults_in_the_end()] == []


@pytest.fixture(scope="module")
def strace() -> str:
    command = program("strace")
    probe = [command, "-qq", "-e", "trace=none", "true"]
    ended = subprocess.run(probe, capture_output=True, text=True, check=False)
    if ended.returncode != 0:
        missing(f"strace may not trace here: {ended.stderr.strip()}")
    return command


@contextmanager
def matrix(name: str, strace: str) -> Iterator[tuple[Matrix, list[Call]]]:
    with second_disk() as root, places(root) as (there, plain):
        found = Matrix(there, plain, UNDERTAKINGS[name])
        with commands(root, there.variables(), strace) as traced:
            calls = found.look(traced)
        yield found, calls


each_undertaking = pytest.mark.parametrize("undertaking", list(UNDERTAKINGS))


@each_undertaking
def test_a_kill_at_any_change_leaves_all_right_and_the_next_run_completes_it(
    undertaking: str, strace: str
) -> None:
    with matrix(undertaking, strace) as (crash, calls):

        def faults_after(_call: Call, ended: Ended) -> list[str]:
            how = [] if ended.code == KILLED else [f"ended with {ended.code}"]
            return [*how, *crash.faults(), *crash.faults_of_next(), *crash.faults_in_the_end()]

        found = struck(crash, calls, strace, "signal=SIGKILL", faults_after)

    assert not found, "\n".join(found)


@each_undertaking
def test_an_error_at_any_change_is_told_or_made_up_for_and_the_next_run_completes_it(
    undertaking: str, strace: str
) -> None:
    with matrix(undertaking, strace) as (crash, calls):
        found = [
            f"{errno.errorcode[number]} at {fault}"
            for number in ERRORS
            for fault in refused(crash, calls, strace, number)
        ]

    assert not found, "\n".join(found)


def refused(crash: Matrix, calls: Sequence[Call], strace: str, number: int) -> list[str]:
    """Let each call that may end with an error do so once; what is not as it has to be then."""
    _, may_end_so = ERRORS[number]

    def faults_after(call: Call, ended: Ended) -> list[str]:
        how = faults_of_end(crash, call, ended, number)
        return [*how, *crash.faults(), *crash.faults_of_next()]

    concerned = [call for call in calls if may_end_so(call.name)]
    return struck(crash, concerned, strace, f"error={errno.errorcode[number]}", faults_after)


def struck(
    crash: Matrix,
    calls: Sequence[Call],
    strace: str,
    fault: str,
    faults_after: Callable[[Call, Ended], list[str]],
) -> list[str]:
    """Let each call go wrong once; everything that is not as it has to be after that."""
    found: list[str] = []
    root = crash.there.root
    with commands(root, crash.there.variables(), strace, fault) as doomed:
        for call in calls:
            for shift in SHIFTS:
                crash.begin()
                near = replace(call, number=call.number + shift)
                ended = doomed.run(*crash.undertaking.words, struck=near)
                if last_call(ended.trace, root) == str(call):
                    found += [f"{call}: {fault}" for fault in faults_after(call, ended)]
                    break
            else:
                found.append(f"{call}: was never hit")
    return found


def faults_of_end(crash: Matrix, call: Call, ended: Ended, number: int) -> Iterator[str]:
    """What is wrong with how a command took an error that it could tell of."""
    code, _ = ERRORS[number]
    if ended.code == 0:
        missing = faults_of_project(crash.there, crash.after, crash.after)
        yield from (f"ended with 0, but {fault}" for fault in missing)
    elif ended.code != code or (call.name in LINKS and number in (errno.EXDEV, errno.EMLINK)):
        yield f"ended with {ended.code}: {ended.output}"
    elif not re.search(rf"error: .+: {os.strerror(number)}", ended.output):
        yield f"does not say what happened, and to what: {ended.output}"
    if "Traceback" in ended.output:
        yield f"ended in a traceback: {ended.output}"
    if call.name not in REMOVALS:
        left = [path for path in crash.there.on_their_way() if ".part" not in path]
        yield from (f"{path} is left over" for path in left if path not in crash.left_before)
