"""The regular files below directories of others, each inode once; nothing there is changed."""

import os
import stat
from collections import Counter
from collections.abc import Callable, Container, Iterator

from modellock.decisions.adoption import Find, is_bookkeeping


class Walk:
    """What is found below directories, one after the other.

    Nothing below `apart` is, since that is the store's own. Where files of certain `sizes` in bytes
    are looked for, the file that a link leads to is looked at, too, as links lead from a snapshot
    to its blobs; where it is all, links are passed by, what caches keep for themselves, and empty
    files. No directory is entered through a link. `pulse` is called before each directory.
    """

    def __init__(
        self, *, apart: str, sizes: Container[int] | None, pulse: Callable[[], None]
    ) -> None:
        self._apart = os.path.realpath(apart)
        self._sizes = sizes
        self._pulse = pulse
        self._known: set[tuple[int, int]] = set()
        self.seen: Counter[str] = Counter()
        """Regular files of any size, by the directory they were found below."""

        self.unread: list[str] = []
        """Full paths of directories that may not be read."""

    def below(self, directory: str) -> Iterator[Find]:
        """The files that were not found below an earlier directory."""
        waiting = [os.path.realpath(directory)]
        while waiting:
            self._pulse()
            current = waiting.pop()
            for entry in () if self._is_apart(current) else self._entries(current):
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(entry.path)
                else:
                    yield from self._find(entry, directory)

    def _is_apart(self, path: str) -> bool:
        return path == self._apart or path.startswith(os.path.join(self._apart, ""))

    def _entries(self, directory: str) -> list[os.DirEntry[str]]:
        try:
            with os.scandir(directory) as entries:
                listed = sorted(entries, key=lambda entry: entry.name)
        except OSError:
            self.unread.append(directory)
            return []
        return [entry for entry in listed if not self._passes_by(directory, entry)]

    def _passes_by(self, directory: str, entry: os.DirEntry[str]) -> bool:
        if self._sizes is not None:
            return False
        is_directory = entry.is_dir(follow_symlinks=False)
        return entry.is_symlink() or is_bookkeeping(
            directory, entry.name, is_directory=is_directory
        )

    def _find(self, entry: os.DirEntry[str], below: str) -> Iterator[Find]:
        try:
            # Not `entry.stat()`, which knows of no inodes on Windows.
            status = os.stat(entry.path)
            path = os.path.realpath(entry.path) if entry.is_symlink() else entry.path
        except OSError:
            # A link that leads nowhere, or a file that went meanwhile.
            return
        inode = (status.st_dev, status.st_ino)
        if not stat.S_ISREG(status.st_mode) or inode in self._known or self._is_apart(path):
            return
        self._known.add(inode)
        self.seen[below] += 1
        if status.st_size in self._sizes if self._sizes is not None else status.st_size:
            yield find_of(path, below, status)


def find_of(path: str, below: str, status: os.stat_result) -> Find:
    """A regular file by its stat."""
    return Find(
        path=path,
        below=below,
        size=status.st_size,
        device=status.st_dev,
        inode=status.st_ino,
        mtime_ns=status.st_mtime_ns,
        owner=status.st_uid,
        mode=stat.S_IMODE(status.st_mode),
    )
