"""Trees that `sync --to` fills, compared as an image layer or an archive would see them."""

import hashlib
import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.integration.processes import ended, start

NOBODY = 65534


def tar_digest(directory: Path) -> str:
    """The sha256 of a directory as tar packs it: names, modes, times, links and bytes."""
    ended = subprocess.run(
        ["tar", "--sort=name", "--owner=0", "--group=0", "--numeric-owner", "-cf", "-", "."],
        cwd=directory,
        check=True,
        capture_output=True,
    )
    return hashlib.sha256(ended.stdout).hexdigest()


def looks(directory: Path) -> dict[str, tuple[str, int]]:
    """Mode and modification time in seconds of a directory and all below it, by relative path."""
    paths = [directory, *sorted(directory.rglob("*"))]
    return {
        str(path.relative_to(directory)): (oct(path.lstat().st_mode), int(path.lstat().st_mtime))
        for path in paths
    }


@contextmanager
def umask(mask: int) -> Iterator[None]:
    before = os.umask(mask)
    try:
        yield
    finally:
        os.umask(before)


def as_nobody(work: Callable[[], object]) -> None:
    """Do work as a user without any rights, in a process of its own."""

    def unprivileged() -> None:
        become_nobody()
        work()

    assert ended(start(unprivileged)) == 0


def become_nobody() -> None:
    """Give up all rights of this process, for good."""
    os.setgroups([])
    os.setgid(NOBODY)
    os.setuid(NOBODY)


def let_pass(directory: Path) -> None:
    """Open the directories above one, which are closed to others during tests."""
    for folder in directory.parents:
        if folder.stat().st_uid == os.geteuid() and not folder.stat().st_mode & 0o001:
            folder.chmod(0o711)


def take_over(directory: str) -> None:
    """Own all directories, so that root can remove them without the right to override modes."""
    os.chown(directory, os.geteuid(), os.getegid())
    for entry in list(os.scandir(directory)):
        if entry.is_dir(follow_symlinks=False):
            take_over(entry.path)
