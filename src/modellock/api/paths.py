"""Paths as programs give them, and as verbs take them."""

import os

from modellock.errors import UsageError

StrPath = str | os.PathLike[str]


def path_text(argument: str, path: StrPath | None) -> str | None:
    """The path as text. UsageError for an empty one, which would be taken for another place."""
    if path is None:
        return None
    text = os.fspath(path)
    if not text:
        raise UsageError(f"{argument}: is empty")
    return text
