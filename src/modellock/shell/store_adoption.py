"""Files of others taken into a store: read first, then linked, cloned or copied, and read again.

What was read is believed no longer than it takes to have the bytes under a name of the store's
own: a file that is written to in between does not get in.
"""

import os
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass

from modellock.decisions.adoption import Find, Shelf
from modellock.documents.project_settings import LinkMode
from modellock.shell.crew import StoppedError
from modellock.shell.dating import date
from modellock.shell.disk import add_name, disk_errors, nearest_directory, set_mode
from modellock.shell.links import REFUSALS, clone
from modellock.shell.regular_files import NO_LINK, open_regular
from modellock.shell.store import SHARED_MODE, Store
from modellock.shell.store_published import looks_published, own_uid
from modellock.values.dates import mtime_ns_of
from modellock.values.digest import ContentHasher, Digest, chunks_of

_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Content:
    """A file, and what it held when it was read from beginning to end."""

    find: Find
    hasher: ContentHasher

    @property
    def digest(self) -> Digest:
        """Of its bytes."""
        return self.hasher.sha256


def read(
    find: Find, stop: threading.Event, heed: Callable[[int], None] = lambda _: None
) -> Content | None:
    """Hash a file; None where it cannot be read, or is not what it was when it was found.

    `heed` hears of each block how many bytes it has. Raises StoppedError.
    """
    hasher = ContentHasher()
    try:
        with open_regular(find.path, NO_LINK) as file:
            # One that grows as fast as it is read would never end.
            while hasher.size <= find.size and (chunk := file.read(_CHUNK)):
                if stop.is_set():
                    raise StoppedError
                hasher.update(chunk)
                heed(len(chunk))
            now = os.fstat(file.fileno())
    except OSError:
        return None
    return Content(find, hasher) if _is_as_found(now, find, hasher.sha256) else None


def _is_as_found(now: os.stat_result, find: Find, digest: Digest) -> bool:
    """Whether nobody wrote to a file, as far as a stat says; before it comes in, it is read again.

    A mode, a change time and a digest's time may come of another process that is just making it a
    blob, by a hard link.
    """
    same_file = (now.st_dev, now.st_ino, now.st_size) == (find.device, find.inode, find.size)
    return same_file and now.st_mtime_ns in (find.mtime_ns, mtime_ns_of(digest))


def shelf_of(store: Store) -> Shelf:
    """What of a store decides how files come in. Raises FileAccessError."""
    with disk_errors(store.root):
        device = os.stat(nearest_directory(store.root)).st_dev
    # Windows deletes no read-only file, so that what shares one could not be cleared.
    shares = store.mode == SHARED_MODE and os.name == "posix"
    return Shelf(device=device, owner=own_uid(), shares=shares)


def take_over(store: Store, content: Content, ways: Sequence[LinkMode]) -> LinkMode | None:
    """Publish a file that was read, in the first way that works; says which one did.

    None where it is not any more what it was. Raises NoSpaceError, FileAccessError.
    """
    with disk_errors(store.root):
        for way in ways:
            try:
                return _came(store, content, way) if _taken(store, content, way) else None
            except OSError as error:
                if error.errno not in REFUSALS[way]:
                    raise
    return None


def _came(store: Store, content: Content, way: LinkMode) -> LinkMode:
    """How a file came in: of one that was a link to a blob, no copy is made."""
    status = os.lstat(store.path_of(content.digest))
    is_same = (status.st_dev, status.st_ino) == (content.find.device, content.find.inode)
    return LinkMode.HARDLINK if is_same else way


def can_clone(store: Store, find: Find) -> bool:
    """Whether a file can be cloned into a store, found by trying; nothing of the try is left."""
    try:
        with store.stage(None) as staging:
            clone(find.path, staging.file.fileno())
    except OSError:
        return False
    return True


def _taken(store: Store, content: Content, way: LinkMode) -> bool:
    match way:
        case LinkMode.HARDLINK:
            return _link(store, content)
        case LinkMode.REFLINK:
            return _clone(store, content)
        case _:
            return store.take_in(content.find.path, content.digest, content.hasher.size)


def _clone(store: Store, content: Content) -> bool:
    with store.stage(content.digest) as staging:
        clone(content.find.path, staging.file.fileno())
        is_right = _is_right(staging.path, content)
        if is_right:
            staging.publish(content.hasher)
        return is_right


def _link(store: Store, content: Content) -> bool:
    find, digest = content.find, content.digest
    with store.stage(digest) as staging:
        os.unlink(staging.path)
        add_name(find.path, staging.path)
        status = os.lstat(staging.path)
        if (status.st_dev, status.st_ino) != (find.device, find.inode):
            return False
        with ExitStack() as unless_shown:
            unless_shown.callback(_give_back, staging.path, find, digest)
            # Before its bytes are read for the last time: who writes from now on changes the time.
            date(staging.path, mtime_ns_of(digest))
            set_mode(staging.path, store.mode)
            is_right = _is_right(staging.path, content) and looks_published(
                os.lstat(staging.path), digest, store.mode
            )
            if is_right:
                store.show(staging.path, content.hasher)
                unless_shown.pop_all()
        return is_right


def _is_right(staged: str, content: Content) -> bool:
    with open_regular(staged) as file:
        # Others may not have waited until their bytes were on the disk.
        os.fsync(file.fileno())
        return chunks_of(file) == content.hasher.chunks


def _give_back(staged: str, find: Find, digest: Digest) -> None:
    """Give a file that did not get in its mode again, and a time that hides no write."""
    set_mode(staged, find.mode)
    if os.lstat(staged).st_mtime_ns == mtime_ns_of(digest):
        date(staged, time.time_ns())
