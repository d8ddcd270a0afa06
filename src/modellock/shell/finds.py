"""The regular files below directories of others, each inode once; nothing there is changed."""

import os
import stat
from collections.abc import Iterator

from modellock.decisions.adoption import Find, is_bookkeeping


class Walk:
    """What is found below directories, one after the other.

    Nothing below `apart` is, since that is the store's own. One that is `picky` passes by what
    caches keep for themselves, and symbolic links; any other looks at the file that a link leads
    to, as links lead from a snapshot to its blobs. No directory is entered through a link.
    """

    def __init__(self, *, apart: str, picky: bool) -> None:
        self._apart = os.path.realpath(apart)
        self._picky = picky
        self._seen: set[tuple[int, int]] = set()
        self.unread: list[str] = []
        """Full paths of directories that may not be read."""

    def below(self, directory: str) -> Iterator[Find]:
        """The files that were not found below an earlier directory."""
        waiting = [os.path.realpath(directory)]
        while waiting:
            current = waiting.pop()
            if current != self._apart:
                for entry in self._entries(current):
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(entry.path)
                    else:
                        yield from self._find(entry, directory)

    def _entries(self, directory: str) -> list[os.DirEntry[str]]:
        try:
            with os.scandir(directory) as entries:
                listed = sorted(entries, key=lambda entry: entry.name)
        except OSError:
            self.unread.append(directory)
            return []
        return [entry for entry in listed if not self._passes_by(directory, entry)]

    def _passes_by(self, directory: str, entry: os.DirEntry[str]) -> bool:
        if not self._picky:
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
        if stat.S_ISREG(status.st_mode) and inode not in self._seen:
            self._seen.add(inode)
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
        ctime_ns=status.st_ctime_ns,
        owner=status.st_uid,
        mode=stat.S_IMODE(status.st_mode),
    )
