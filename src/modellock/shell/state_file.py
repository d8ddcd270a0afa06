"""`.modellock/`: the state between two syncs, and the file that makes a second one wait."""

import os
import re
import secrets
import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress

from modellock.documents.state import State, format_state, parse_state
from modellock.errors import UnsafeNameError
from modellock.ports.reporting import Reporter
from modellock.shell.disk import disk_errors, unlink_if_there
from modellock.shell.lock_holders import signed
from modellock.shell.project import Project
from modellock.shell.regular_files import read_regular
from modellock.shell.turns import end_turn, wait_for_turn
from modellock.shell.whole_files import remove_forgotten

_STATE = "state.json"
_LOCK = "lock"
_STAGED = re.compile(r"(?:state|settled)\.json\.[0-9a-f]{8}")


def target_name(directory: str | None) -> str:
    """What the state calls the directory that models are placed below; None for the project.

    Without any link: one that leads to another directory by now brings along nothing of the first,
    and two that lead to the same one share what was placed there.
    """
    return "" if directory is None else os.path.realpath(directory)


def read_state(project: Project) -> State:
    """What the last sync noted; an empty state where that is missing or unusable."""
    path = os.path.join(project.state_directory, _STATE)
    try:
        return parse_state(read_regular(path))
    except (OSError, ValueError):
        return State()


def write_state(project: Project, state: State) -> bool:
    """Note the state; False where the project is read-only: its files are then looked at each time.

    Raises NoSpaceError or FileAccessError for what else a disk may refuse.
    """
    return write_note(project, _STATE, lambda inode: format_state(state, inode=inode))


def write_note(project: Project, name: str, text_for: Callable[[int], str]) -> bool:
    """Write a file of `.modellock/`, as a whole; False where the project is read-only.

    The text may hold the file's inode, so that what came with a checkout is told from it.
    Raises NoSpaceError or FileAccessError for what else a disk may refuse.
    """
    path = os.path.join(project.state_directory, name)
    if not _has_directory(project):
        return False
    remove_forgotten(project.state_directory, _STAGED)
    staged = f"{path}.{secrets.token_hex(4)}"
    try:
        # Not made durable: whatever a crash leaves of it is checked against the files themselves.
        with disk_errors(path):
            with open(staged, "x", encoding="utf-8") as file:
                file.write(text_for(os.fstat(file.fileno()).st_ino))
            os.replace(staged, path)
    except BaseException:
        unlink_if_there(staged)
        raise
    return True


@contextmanager
def one_at_a_time(project: Project, reporter: Reporter, who: str) -> Iterator[None]:
    """Let other syncs of the project wait, where the file system has file locks.

    `who` names this command to them. Where there are no locks, where they lie, and where the first
    one was stopped, two of them do the same work: every change is made by a rename that stands by
    itself.
    """
    if sys.platform == "win32" or not _has_directory(project):
        yield
        return
    path = os.path.join(project.state_directory, _LOCK)
    with disk_errors(path):
        # Read-write, because NFS turns flock into a lock that asks for that (flock(2), NOTES).
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o666)
    try:
        is_alone = wait_for_turn(descriptor, reporter, "waiting for another sync of this project")
        with signed(descriptor, who) if is_alone else nullcontext():
            remove_forgotten(project.state_directory, _STAGED)
            yield
    finally:
        end_turn(descriptor)


def _has_directory(project: Project) -> bool:
    """Make `.modellock` where that can be; refuse a link, which would lead writes elsewhere."""
    with suppress(OSError):
        os.mkdir(project.state_directory)
    try:
        status = os.lstat(project.state_directory)
    except OSError:
        return False
    if not stat.S_ISDIR(status.st_mode):
        raise UnsafeNameError(
            f"{project.state_directory}: is not a directory of modellock's own",
            hint=f"remove {os.path.basename(project.state_directory)} and run the command again",
        )
    return os.access(project.state_directory, os.W_OK)
