"""What garbage collection takes out of a store, so that nobody who begins to use it loses it.

A file first loses its name, for one in `v1/staged` that nobody looks at. Then the roots are looked
at again: whoever wants it by now gets it back, and only what nobody wants is removed. A project
notes its root before it looks for blobs; so either it finds that a blob is missing and fetches it,
or its root is seen here.
"""

import os
import secrets
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace

from modellock.decisions.collection import LASTING, Blob, Kind, Leftover, Root, Standing
from modellock.shell.disk import disk_errors, make_directories, unlink_if_there
from modellock.shell.file_locks import Hold, holding
from modellock.shell.partial_records import partial_path
from modellock.shell.store_inventory import renewed_at
from modellock.shell.store_roots import RootFile, mark_of, read_roots, root_marks
from modellock.values.digest import Digest

_BATCH = 32
"""How many blobs are away from their names while the roots are looked at: so many that a directory
of ext4 takes their names in its first block, since a full disk is when this is called for."""


@dataclass(slots=True, kw_only=True)
class Removed:
    """What was taken away, and what was not after all."""

    roots: list[Root] = field(default_factory=list)
    leftovers: list[Leftover] = field(default_factory=list)
    blobs: list[Blob] = field(default_factory=list)
    """With as many links as they had when they went."""

    kept: list[Digest] = field(default_factory=list)
    """Blobs that somebody began to use meanwhile."""

    @property
    def freed(self) -> int:
        """Bytes that the disk has more now."""
        freed = sum(one.freed for one in self.leftovers)
        return freed + sum(blob.freed for blob in self.blobs)


class Removal:
    """One collection; `now` by the clock of the store's file system."""

    def __init__(self, store: str, now: float, pulse: Callable[[], None]) -> None:
        self._store = store
        self._now = now
        self._pulse = pulse
        self._marks = frozenset[tuple[str, int, int]]()
        self._wanted = frozenset[Digest]()
        self._is_unsure = False
        self.done = Removed()

    def remove_roots(self, roots: Iterable[Root]) -> None:
        """Take away the roots of projects that are gone, as far as they still are those."""
        names = {root.name for root in roots}
        with disk_errors(self._store):
            for file in read_roots(self._store, self._now):
                # Judged again: the project may have been synced meanwhile.
                if file.root.name in names and file.root.standing not in LASTING:
                    self._remove_root(file)

    def remove_leftovers(self, leftovers: Iterable[Leftover]) -> None:
        """Take away what interrupted runs left, unless somebody goes on with it by now."""
        for one in leftovers:
            self._pulse()
            path = os.path.join(self._store, one.path)
            with disk_errors(path), suppress(FileNotFoundError):
                age = self._now - renewed_at(os.lstat(path))
                if age >= one.age and _unlinked(path, one.kind):
                    self.done.leftovers.append(one)

    def remove_blobs(self, blobs: Sequence[Blob]) -> None:
        """Take away blobs that no project uses, unless one began to."""
        for start in range(0, len(blobs), _BATCH):
            self._pulse()
            with disk_errors(self._store):
                self._remove_batch(blobs[start : start + _BATCH])

    def _remove_batch(self, blobs: Iterable[Blob]) -> None:
        buried: list[tuple[Blob, str]] = []
        try:
            for blob in blobs:
                self._bury(blob, buried)
            self._look_again()
            while buried:
                self._settle(*buried.pop(0))
        finally:
            # What was interrupted was not looked at again.
            for blob, grave in buried:
                _bring_back(grave, self._path_of(blob))

    def _remove_root(self, file: RootFile) -> None:
        grave = self._grave("unknown")
        os.rename(file.path, grave)
        if mark_of(os.lstat(grave)) != file.mark:
            _bring_back(grave, file.path)
            return
        os.unlink(grave)
        self.done.roots.append(file.root)

    def _bury(self, blob: Blob, buried: list[tuple[Blob, str]]) -> None:
        """Take away a blob's name, unless somebody used it since it was judged."""
        path, grave = self._path_of(blob), self._grave(blob.digest.value)
        with suppress(FileNotFoundError):
            if self._now - renewed_at(os.lstat(path)) < blob.age:
                self.done.kept.append(blob.digest)
                return
            # Before the rename, so that an interruption right after it finds the grave.
            buried.append((blob, grave))
            os.rename(path, grave)

    def _settle(self, blob: Blob, grave: str) -> None:
        """Give a blob its name again where somebody wants it, else remove it and its record."""
        if self._is_unsure or blob.digest in self._wanted:
            _bring_back(grave, self._path_of(blob))
            self.done.kept.append(blob.digest)
            return
        # Where another collection was faster, there is nothing to remove.
        with suppress(FileNotFoundError):
            links = os.lstat(grave).st_nlink
            os.unlink(grave)
            self.done.blobs.append(replace(blob, links=links))
        value = blob.digest.value
        if not os.path.lexists(self._path_of(blob)):
            unlink_if_there(os.path.join(self._store, "v1", "records", value[:2], f"{value}.json"))

    def _look_again(self) -> None:
        """Read the roots anew, until none came or was written since they were read."""
        marks = root_marks(self._store)
        while marks != self._marks:
            roots = [file.root for file in read_roots(self._store, self._now)]
            lasting = (root.digests for root in roots if root.standing in LASTING)
            self._wanted = frozenset[Digest]().union(*lasting)
            self._is_unsure = any(root.standing is Standing.UNREADABLE for root in roots)
            self._marks, marks = marks, root_marks(self._store)

    def _path_of(self, blob: Blob) -> str:
        return os.path.join(self._store, "v1", "blobs", blob.digest.value[:2], blob.digest.value)

    def _grave(self, name: str) -> str:
        """A free name among staged files, which a later collection takes away if this one dies."""
        directory = os.path.join(self._store, "v1", "staged")
        make_directories(directory)
        return os.path.join(directory, f"{name}-{secrets.token_hex(8)}")


def _bring_back(grave: str, path: str) -> None:
    """Give a file its name again, unless another one has it by now, which is newer."""
    with suppress(FileNotFoundError):
        if os.path.lexists(path):
            os.unlink(grave)
        else:
            os.rename(grave, path)


def _unlinked(path: str, kind: Kind) -> bool:
    """Remove a file; False where it is a partial one that a process writes to by now."""
    if kind is not Kind.PARTIAL:
        os.unlink(path)
        return True
    with holding(partial_path(path)) as whose:
        if whose is not Hold.THEIRS:
            os.unlink(path)
        return whose is not Hold.THEIRS
