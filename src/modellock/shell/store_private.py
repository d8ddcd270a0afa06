"""The store of one `--no-store` run: beside what it fills, and gone once that is filled."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from modellock.errors import UnsafeNameError
from modellock.ports.reporting import Reporter
from modellock.shell.links import PRIVATE_MODE
from modellock.shell.placement_site import STAGE_PREFIX, files_below
from modellock.shell.store import Store
from modellock.shell.turns import end_turn, is_still, wait_for_turn

PRIVATE_STORE = f"{STAGE_PREFIX}staged"
"""Its name below the directory that is filled."""


def private_store(base: str) -> Store:
    """The store below a directory, with whatever an earlier run could not use up.

    A checkout may have brought it: so no record in it vouches for a blob, and a link in it, which
    would lead writes elsewhere, is refused with UnsafeNameError.
    """
    root = os.path.join(base, PRIVATE_STORE)
    if os.path.islink(root) or any(os.path.islink(path) for path in _paths_below(root)):
        raise UnsafeNameError(
            f"{root}: is or holds a symbolic link, which modellock never puts there",
            hint=f"remove {PRIVATE_STORE} and run the command again",
        )
    return Store(root, mode=PRIVATE_MODE, keeps_records=False)


def is_private(store: Store, base: str) -> bool:
    """Whether a store is the one below that directory."""
    return store.root == os.path.join(base, PRIVATE_STORE)


@contextmanager
def turn_in(root: str, reporter: Reporter) -> Iterator[None]:
    """Have a private store to oneself, made if it is not there, where there are file locks.

    Other syncs that fill the same directory wait: who ends first removes it. Raises OSError.
    """
    while sys.platform != "win32":
        descriptor = _opened(root)
        try:
            above = os.path.dirname(root)
            wait_for_turn(descriptor, reporter, f"waiting for another sync into {above}")
            # What was waited for may be gone by now.
            if is_still(root, descriptor):
                yield
                return
        finally:
            end_turn(descriptor)
    yield


def _opened(root: str) -> int:
    while True:
        with suppress(FileExistsError):
            os.mkdir(root)
        with suppress(FileNotFoundError):
            return os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)


def _paths_below(root: str) -> list[str]:
    try:
        return [os.path.join(root, name) for name in files_below(root)]
    except (FileNotFoundError, NotADirectoryError):
        return []
