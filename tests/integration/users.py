"""Other users of this machine, made up by their numbers: only root can become one."""

import codecs
import importlib
import os
import pkgutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import modellock
from modellock.cli import main
from tests.cli.command import Ended
from tests.integration.processes import ended, start

ALICE, BOB = 40001, 40002
TEAM = 40100
"""A group that both are in."""

GROUP_UMASK, USUAL_UMASK, PRIVATE_UMASK = 0o002, 0o022, 0o077


def as_user(user: int, work: Callable[[], object], *, umask: int = GROUP_UMASK) -> None:
    """Do work as that user, who has a group of their own as well, in another process."""
    assert ended(_started_as(user, work, umask)) == 0


def modellock_as(user: int, folder: Path, *words: str, store: Path) -> Ended:
    """Run a command line in a folder, as that user."""
    with tempfile.TemporaryFile("w+") as output, tempfile.TemporaryFile("w+") as told:

        def run() -> None:
            os.dup2(output.fileno(), 1)
            os.dup2(told.fileno(), 2)
            sys.stdout, sys.stderr = os.fdopen(1, "w"), os.fdopen(2, "w")
            os.chdir(folder)
            os.environ.update({"MODELLOCK_STORE": str(store), "HOME": str(folder)})
            code = main(words)
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)

        code = ended(_started_as(user, run, USUAL_UMASK))
        output.seek(0)
        told.seek(0)
        return Ended(code, output.read(), told.read())


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


def _started_as(user: int, work: Callable[[], object], umask: int) -> int:
    _load_all()
    return start(lambda: _become(user, umask, work))


def _load_all() -> None:
    """Load what a child may want: where it lies may be nothing that other users may look into."""
    codecs.lookup("ascii")
    for module in pkgutil.walk_packages(modellock.__path__, "modellock."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)


def _become(user: int, umask: int, work: Callable[[], object]) -> None:
    os.setgroups([TEAM])
    os.setgid(user)
    os.setuid(user)
    os.umask(umask)
    work()
