"""Every system call by which a command changes store or project, struck once by each fault."""

import errno
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.crash.commands import Call, Commands, Ended, changes, commands, last_call
from tests.crash.places import Places, faults_of_project, faults_of_store, places
from tests.crash.undertakings import UNDERTAKINGS, Undertaking
from tests.integration.filesystems import second_disk
from tests.real.programs import missing, program

pytestmark = pytest.mark.crash

KILLED = -9
LINKS = frozenset({"link", "linkat"})
GROWING = LINKS | {
    "copy_file_range",
    "fdatasync",
    "fsync",
    "ftruncate",
    "mkdir",
    "openat",
    "pwrite64",
    "rename",
    "renameat2",
    "symlink",
    "write",
}
"""What may need room."""

ACROSS = LINKS | {"rename", "renameat2", "copy_file_range"}
COUNTED = LINKS | {"rename", "renameat2", "mkdir"}
"""What adds a link to a file or a directory."""

CODES = {errno.EIO: 2, errno.EROFS: 2, errno.ENOSPC: 3, errno.EXDEV: 2, errno.EMLINK: 2}


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
        """What one more run and a later collection leave undone."""
        ended = self.plain.run(*self.undertaking.words)
        if ended.code != 0:
            return [f"the next run ends with {ended.code}: {ended.output}"]
        found = [f"next: {fault}" for fault in faults_of_project(self.there, self.after, self.after)]
        for words in (self.undertaking.check, ("collect",), self.undertaking.check):
            ended = self.plain.run(*words)
            if ended.code != 0:
                found.append(f"{words} ends with {ended.code} after the next: {ended.output}")
        return found + [f"{path} is left over" for path in self.there.on_their_way()]

    def expect_all_well(self) -> None:
        assert self.faults_of_next() == []


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
    def fault_of(call: Call, ended: Ended) -> str | None:
        del call
        return None if ended.code == KILLED else f"ended with {ended.code}"

    with matrix(undertaking, strace) as (crash, calls):
        variables, root = crash.there.variables(), crash.there.root
        with commands(root, variables, strace, "signal=SIGKILL") as struck:
            found = strike(crash, calls, struck, fault_of)

    assert found == []


def strike(crash, calls, struck, fault_of) -> list[str]:
    """Let each call go wrong once; everything that is not as it has to be after that."""
    found: list[str] = []
    hit: set[str] = set()
    for call in calls:
        crash.begin()
        ended = struck.run(*crash.undertaking.words, struck=call)
        hit.add(last_call(ended.trace, crash.there.root))
        own = fault_of(call, ended)
        faults = [*([own] if own else []), *crash.faults()]
        faults += crash.faults_of_next()
        found += [f"{call}: {fault}" for fault in faults]
    missed = {str(call) for call in calls} - hit
    return found + [f"{call}: was never hit" for call in sorted(missed)]
