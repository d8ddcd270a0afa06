"""Files on their way into the store that outlive the process which fetches them.

    v1/staged/<sha256>.part         the bytes, each at its place
    v1/staged/<sha256>.part.json    which of them are here

A digest names what is missing from any later process. Whoever has the file's lock writes to it.
Where a lock may lie, each process has a file of its own, into which it copies what it finds: a
published blob is one that no other process ever wrote to.
"""

import os
import secrets
import stat
import sys
import threading
import time
from contextlib import suppress

from modellock.shell.disk import disk_errors, unlink_if_there
from modellock.shell.file_locks import Hold, hold
from modellock.shell.partial_records import (
    PartialRecord,
    arrived_at,
    format_partial,
    nothing_of,
    read_record,
    record_of,
    record_path,
    this_boot,
)
from modellock.shell.regular_files import NO_LINK, open_regular
from modellock.shell.store import Store
from modellock.shell.store_published import own_uid
from modellock.shell.store_staging import WRITE_BACK, begin_write_back, make_ready
from modellock.values.digest import ContentHasher, Digest
from modellock.values.spans import Spans

FLUSH_SECONDS = 10.0
"""What a crash of the whole system costs at most, as time on the line."""

_SUFFIX = ".part"
PARTIAL_SUFFIXES = (_SUFFIX, record_path(_SUFFIX))
"""Of the names of files that a later process goes on with."""

_FLAGS = os.O_RDWR | NO_LINK | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
_FAREWELL = 0.2
_CHUNK = 1 << 20


class Partial:
    """One file on its way; this process alone writes to it. Safe to use from several threads."""

    def __init__(self, store: Store, path: str, descriptor: int, record: PartialRecord) -> None:
        self.path = path
        self.size = record.size
        self.here = record.believed(this_boot())
        """Which bytes are here."""
        self.place, self.etag = record.place, record.etag
        """Where the last bytes came from, and the strong ETag that the file has there."""
        self._store = store
        self._descriptor = descriptor
        self._boot = this_boot()
        self._durable = record.durable
        self._note = os.open(record_path(path), _FLAGS | os.O_CREAT, 0o666)
        self._flush_at = time.monotonic() + FLUSH_SECONDS
        self._copied_from: str | None = None
        self._written_back = 0
        self._is_open = True
        self._is_let_go = False
        # Whoever takes both takes `_busy` first: it is held while the disk is waited for.
        self._busy = threading.RLock()
        self._changing = threading.Lock()

    def write(self, start: int, block: bytes | memoryview) -> None:
        """Put bytes at their place, and note it. Raises NoSpaceError, FileAccessError."""
        with disk_errors(self.path), self._changing:
            if not self._is_open:
                return
            _write_at(self._descriptor, start, block)
            self.here.add(start, start + len(block))
            self._write_record()

    def read_into(self, start: int, buffer: memoryview) -> int:
        """Read bytes that are here; returns how many. Raises FileAccessError."""
        with disk_errors(self.path):
            with self._changing:
                end = self.here.end_from(start) if self._is_open else start
            return _read_at(self._descriptor, start, buffer[: end - start]) if end > start else 0

    def write_back(self, end: int) -> None:
        """Let the system begin to write to the disk what lies before a position.

        Only what is hashed: of pages that are on the disk already, it forgets the rest.
        """
        if end - self._written_back >= WRITE_BACK:
            begin_write_back(self._descriptor, self._written_back, end)
            self._written_back = end

    def flush_if_due(self) -> None:
        """Now and then, let the disk have what is here; takes as long as the disk does."""
        if time.monotonic() < self._flush_at or not self._busy.acquire(blocking=False):
            return
        try:
            self._flush_at = time.monotonic() + FLUSH_SECONDS
            if self._is_open:
                self._flush()
            if not self._is_open:
                self._let_go()
        finally:
            self._busy.release()

    def forget(self) -> None:
        """Begin anew: what is here is not the file."""
        with disk_errors(self.path), self._changing:
            self.here, self._durable = Spans(), ()
            self.place = self.etag = None
            self._written_back = 0
            if self._is_open:
                self._write_record()
                os.ftruncate(self._descriptor, 0)

    def comes_from(self, place: str, etag: str | None) -> None:
        """Note where the next bytes come from."""
        with self._changing:
            self.place, self.etag = place, etag

    def publish(self, hasher: ContentHasher) -> bool:
        """Make it the blob of its bytes, all of which went through `hasher`; False once closed.

        Raises MismatchError where the disk has another number of them, and what the disk raises.
        """
        with self._busy, disk_errors(self.path):
            if not self._is_open:
                return False
            os.ftruncate(self._descriptor, self.size)
            make_ready(self.path, self._descriptor, hasher, self._store.mode)
            if sys.platform == "win32":
                self.close()  # Windows renames no open file
            self._store.show(self.path, hasher)
            for path in filter(None, (self.path, self._copied_from)):
                unlink_if_there(record_path(path))
            if self._copied_from is not None:
                unlink_if_there(self._copied_from)
            self.discard()
            return True

    def discard(self) -> None:
        """Remove it, as far as it still has its name."""
        # In this order: as long as the bytes have their name, their lock keeps others away.
        if _leads_to(self.path, self._descriptor):
            unlink_if_there(record_path(self.path))
            unlink_if_there(self.path)
        self.close()

    def close(self) -> None:
        """Leave it to whoever comes next; nothing stays of one without any bytes."""
        with self._changing:
            is_open, self._is_open = self._is_open, False
        if is_open and not self.here.total:
            with suppress(OSError):
                self.discard()
        # A slow disk does not hold up the end of a run: whoever waits for it lets go, then.
        if is_open and self._busy.acquire(timeout=_FAREWELL):
            try:
                self._let_go()
            finally:
                self._busy.release()

    def _let_go(self) -> None:
        if not self._is_let_go:
            self._is_let_go = True
            os.close(self._note)
            os.close(self._descriptor)

    def copy(self, path: str) -> None:
        """Take over the bytes of another partial file, which somebody may be writing to."""
        record = read_record(path)
        if record is None or record.size != self.size:
            return
        with open_regular(path, NO_LINK) as file:
            for start, end in record.believed(self._boot):
                file.seek(start)
                for position in range(start, end, _CHUNK):
                    self.write(position, file.read(min(_CHUNK, end - position)))
        self._copied_from = path

    def _flush(self) -> None:
        with self._changing:
            here, written = self.here, tuple(self.here)
        with disk_errors(self.path):
            os.fsync(self._descriptor)
            with self._changing:
                if self.here is here:
                    self._durable = written
                    self._write_record()
            os.fsync(self._note)

    def _write_record(self) -> None:
        record = PartialRecord(
            size=self.size,
            boot=self._boot,
            here=tuple(self.here),
            durable=self._durable,
            place=self.place,
            etag=self.etag,
        )
        # After the bytes, so that a kill in between leaves them uncounted; below 4 KB, so within
        # one page, which a kill does not tear.
        _write_at(self._note, 0, format_partial(record))


def open_partial(store: Store, digest: Digest, size: int) -> Partial | None:
    """The bytes of a blob that are here so far; None while another process fetches it.

    Raises NoSpaceError and FileAccessError.
    """
    with disk_errors(store.root):
        path = os.path.join(store.staging_directory(), digest.value + _SUFFIX)
        descriptor = None
        with suppress(OSError):
            # Somebody else's file, or no file at all: then one of our own is made.
            descriptor = os.open(path, _FLAGS | os.O_CREAT, 0o666)
        whose = Hold.UNSURE if descriptor is None else _whose(descriptor, path)
        if descriptor is not None and whose is Hold.OURS:
            return Partial(
                store, path, descriptor, record_of(path, os.fstat(descriptor).st_size, size)
            )
        if descriptor is not None:
            os.close(descriptor)
        return None if whose is Hold.THEIRS else _open_own(store, digest, size)


def arrived_so_far(store: Store, digest: Digest) -> int:
    """Bytes of a blob that are here, from an earlier process or one that fetches it now."""
    directory = os.path.join(store.root, "v1", "staged")
    return arrived_at(os.path.join(directory, digest.value + _SUFFIX))


def _whose(descriptor: int, path: str) -> Hold:
    """Whose a partial file is that was just opened; THEIRS also where it lost its name since."""
    whose = hold(descriptor, path)
    if not _leads_to(path, descriptor):
        return Hold.THEIRS
    status = os.fstat(descriptor)
    is_own = status.st_uid == own_uid() and status.st_nlink == 1 and stat.S_ISREG(status.st_mode)
    # A name elsewhere, or another owner, may change it after it was published.
    return Hold.UNSURE if whose is Hold.OURS and not is_own else whose


def _open_own(store: Store, digest: Digest, size: int) -> Partial:
    """A file that no other process knows of, with the bytes of the fullest one that there is."""
    directory = store.staging_directory()
    found = [os.path.join(directory, name) for name in os.listdir(directory)]
    others = [path for path in found if _is_partial_of(digest, path)]
    path = os.path.join(directory, f"{digest.value}-{secrets.token_hex(8)}{_SUFFIX}")
    descriptor = os.open(path, _FLAGS | os.O_CREAT | os.O_EXCL, 0o666)
    partial = Partial(store, path, descriptor, nothing_of(size))
    fullest = max(others, key=arrived_at, default=None)
    if fullest is not None and arrived_at(fullest):
        with suppress(OSError):
            partial.copy(fullest)
    return partial


def _is_partial_of(digest: Digest, path: str) -> bool:
    name = os.path.basename(path)
    return name.startswith(digest.value) and name.endswith(_SUFFIX)


def _leads_to(path: str, descriptor: int) -> bool:
    """Whether a name still is that of an open file."""
    try:
        return os.path.samestat(os.lstat(path), os.fstat(descriptor))
    except OSError:
        return False


def _write_at(descriptor: int, start: int, block: bytes | memoryview) -> None:
    left = memoryview(block)
    while left:
        # Less is written than was given when the disk fills up.
        count = os.pwrite(descriptor, left, start)
        left, start = left[count:], start + count


def _read_at(descriptor: int, start: int, buffer: memoryview) -> int:
    return os.preadv(descriptor, [buffer], start)
