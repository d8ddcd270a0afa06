"""The store of one `--no-store` run: beside what it fills, and gone once that is filled."""

import os

from modellock.errors import UnsafeNameError
from modellock.shell.links import PRIVATE_MODE
from modellock.shell.placement_site import STAGE_PREFIX, files_below
from modellock.shell.store import Store

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


def _paths_below(root: str) -> list[str]:
    try:
        return [os.path.join(root, name) for name in files_below(root)]
    except (FileNotFoundError, NotADirectoryError):
        return []
