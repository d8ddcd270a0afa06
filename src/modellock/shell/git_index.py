"""What git knows of a file whose merge is unfinished."""

import os
import subprocess

_PATIENCE = 10
"""Seconds; a repository on a dead network disk must not hold up a lock."""


def common_ancestor(path: str) -> str | None:
    """The text of a file in the common ancestor of an unfinished merge; None where git has none.

    Stage 1 of the index (gitrevisions, `:<n>:<path>`): there after a merge, a rebase, a cherry-pick
    and a stash that conflict. Asks `cat-file`, which runs no filter that a repository may name.
    """
    directory, name = os.path.split(os.path.abspath(path))
    try:
        ended = subprocess.run(  # noqa: S603 - no shell, and `./` keeps the name from being a flag
            ["git", "cat-file", "blob", f":1:./{name}"],  # noqa: S607 - whatever git is theirs
            cwd=directory,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_PATIENCE,
            check=False,
        )
        return ended.stdout.decode("utf-8") if ended.returncode == 0 else None
    except (OSError, subprocess.TimeoutExpired, UnicodeDecodeError):
        return None
