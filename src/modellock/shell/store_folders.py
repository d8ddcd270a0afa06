"""The directories of a store, none of which may be a link: it would lead to files of others.

Who can write to a store can put one there, and whoever collects garbage, looks for damage or
publishes would then do it to what lies behind.
"""

import os
from collections.abc import Iterator
from contextlib import suppress

from modellock.shell.disk import disk_errors, refuse_link
from modellock.values.digest import Digest


class Folders:
    """The directories of blobs, each looked at once."""

    def __init__(self, blobs: str) -> None:
        self._blobs = blobs
        self._checked: set[str] = set()

    def check(self, digest: Digest) -> None:
        """Raise UnsafeNameError where the way to a blob leads through a link."""
        folder = digest.value[:2]
        if folder not in self._checked:
            refuse_link(self._blobs)
            refuse_link(os.path.join(self._blobs, folder))
            self._checked.add(folder)


def digests_in(blobs: str) -> Iterator[Digest]:
    """The name of every blob, in no order. Raises FileAccessError and UnsafeNameError."""
    for folder in _names(blobs):
        directory = os.path.join(blobs, folder)
        if len(folder) == 2 and (os.path.isdir(directory) or os.path.islink(directory)):
            for name in _names(directory):
                # Whatever else lies there is nobody's business.
                with suppress(ValueError):
                    digest = Digest("sha256", name)
                    if name.startswith(folder):
                        yield digest


def _names(directory: str) -> list[str]:
    refuse_link(directory)
    with disk_errors(directory):
        try:
            return os.listdir(directory)
        except FileNotFoundError:
            return []
