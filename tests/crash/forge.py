"""A program under strace: it forks a process for each command, which is to fail at one system call.

strace counts the calls of each process from its birth, and strikes at call FAR of a name. So a
process first makes calls that lead nowhere, until the one that is meant is number FAR. All modules
are loaded before the first fork, and what threads would do is done in turn: so call n is the same
one each time, and a command takes 50 ms rather than 700.

Orders come on stdin and answers go to stdout, a JSON document a line.
"""

import ctypes
import fcntl
import importlib
import json
import os
import pkgutil
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

from modellock.cli import main as modellock
from modellock.cli.defects import told
from modellock.cli.exits import exit_code
from modellock.decisions.collection import Bounds
from modellock.errors import ModellockError
from modellock.ports.reporting import Reporter
from modellock.ports.settings import Settings
from modellock.verbs.collecting import collect_garbage

FAR = 1500
"""More calls of one name than any command makes here."""

DAYS = 2 * 86400.0
"""Seconds after which a later collection looks at what the others left."""


def calls_to_nowhere() -> dict[str, Callable[[], object]]:
    """By name, how to make a system call that is refused and changes nothing."""
    libc, closed = ctypes.CDLL(None), 1 << 20
    return {
        "chmod": lambda: os.chmod("", 0),
        "copy_file_range": lambda: os.copy_file_range(closed, closed, 0),
        "fchmod": lambda: os.fchmod(closed, 0),
        "fdatasync": lambda: os.fdatasync(closed),
        "fsync": lambda: os.fsync(closed),
        "ftruncate": lambda: os.ftruncate(closed, 0),
        "ioctl": lambda: fcntl.ioctl(closed, 0),
        "link": lambda: os.link("", ""),
        "linkat": lambda: os.link("", "", follow_symlinks=False),
        "mkdir": lambda: os.mkdir(""),
        "openat": lambda: os.open("", os.O_RDONLY),
        "pwrite64": lambda: os.pwrite(closed, b"", 0),
        "rename": lambda: os.rename("", ""),
        "renameat2": lambda: libc.renameat2(closed, b"", closed, b"", 2),
        "rmdir": lambda: os.rmdir(""),
        "symlink": lambda: os.symlink("", ""),
        "unlink": lambda: os.unlink(""),
        "unlinkat": lambda: os.unlink("", dir_fd=closed),
        "utimensat": lambda: os.utime(""),
        "write": lambda: os.write(closed, b""),
    }


def main() -> None:
    load_everything()
    threading.Thread.start = begin_and_end  # type: ignore[method-assign,assignment]
    nowhere = calls_to_nowhere()
    for line in sys.stdin:
        order = json.loads(line)
        child = os.fork()
        if child == 0:
            os._exit(obey(order, nowhere))
        _, status = os.waitpid(child, 0)
        answer = {"process": child, "code": os.waitstatus_to_exitcode(status)}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


def load_everything() -> None:
    package = importlib.import_module("modellock")
    for module in pkgutil.walk_packages(package.__path__, "modellock."):
        if module.name != "modellock.__main__":
            importlib.import_module(module.name)
    for late in ("httpx", "huggingface_hub.errors", "huggingface_hub.hf_api", "packaging.markers"):
        importlib.import_module(late)


def begin_and_end(thread: threading.Thread) -> None:
    """In place of `Thread.start`: all that the thread does is done when this returns."""
    # Whoever started it looks whether it has begun.
    thread.__dict__["_ident"] = threading.get_ident()
    thread.run()


def obey(order: dict[str, Any], nowhere: dict[str, Callable[[], object]]) -> int:
    os.chdir(order["directory"])
    # Renamed by nobody: the files of output are elsewhere than store and project.
    for descriptor, path in ((0, os.devnull), (1, order["output"]), (2, order["output"])):
        os.dup2(os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND), descriptor)
    if "call" in order:
        lead_to(nowhere[order["call"]], FAR - order["number"])
    code = collect_later() if order["words"] == ["collect"] else modellock(order["words"])
    sys.stdout.flush()
    sys.stderr.flush()
    return code


def lead_to(call: Callable[[], object], times: int) -> None:
    for _ in range(times):
        try:
            call()
        except OSError:
            continue


def collect_later() -> int:
    """`store gc`, as it would be in some days: it goes by the file system's clock."""
    settings, bounds = Settings(store=os.environ["MODELLOCK_STORE"]), Bounds()
    try:
        collect_garbage(settings, Reporter(), bounds, now=time.time() + DAYS)
    except Exception as error:  # noqa: BLE001 - as the command does
        known = error if isinstance(error, ModellockError) else told(error, verbose=True)
        sys.stderr.write(f"error: {known}\n")
        return exit_code(known)
    return 0


if __name__ == "__main__":
    main()
