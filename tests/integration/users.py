"""Other users of this machine, made up by their numbers: only root can become one."""

import os
from collections.abc import Callable
from pathlib import Path

from tests.integration.processes import ended, start

ALICE, BOB = 40001, 40002
TEAM = 40100
"""A group that both are in."""

GROUP_UMASK, USUAL_UMASK, PRIVATE_UMASK = 0o002, 0o022, 0o077


def as_user(user: int, work: Callable[[], object], *, umask: int = GROUP_UMASK) -> None:
    """Do work as that user, who has a group of their own as well, in another process."""
    assert ended(start(lambda: _become(user, umask, work))) == 0


def started_as(user: int, work: Callable[[], object], *, umask: int = GROUP_UMASK) -> int:
    """Begin work as that user in another process; returns its number."""
    return start(lambda: _become(user, umask, work))


def home_of(user: int, above: Path) -> Path:
    """A directory that this user alone can write to."""
    home = above / str(user)
    home.mkdir()
    os.chown(home, user, user)
    return home


def shared_directory(path: Path) -> Path:
    """What the group writes to, as `install -d -g team -m 2775` makes it."""
    path.mkdir()
    os.chown(path, 0, TEAM)
    path.chmod(0o2775)
    return path


def _become(user: int, umask: int, work: Callable[[], object]) -> None:
    os.setgroups([TEAM])
    os.setgid(user)
    os.setuid(user)
    os.umask(umask)
    work()
