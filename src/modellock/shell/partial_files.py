"""One file on its way into the store: its bytes, and a record of which of them are here."""

import errno
import os
import sys
import threading
import time
from contextlib import suppress
from dataclasses import dataclass

from modellock.shell.disk import disk_errors, unlink_if_there
from modellock.shell.partial_records import (
    PartialRecord,
    format_partial,
    read_record,
    record_of,
    record_path,
    this_boot,
)
from modellock.shell.regular_files import NO_LINK, open_regular
from modellock.shell.store import Store
from modellock.shell.store_staging import WRITE_BACK, begin_write_back, make_ready
from modellock.shell.turns import end_turn, is_still
from modellock.values.digest import ContentHasher
from modellock.values.spans import Spans

FLUSH_SECONDS = 10.0
"""What a crash of the whole system costs at most, as time on the line."""

_FAREWELL = 0.2
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class PartialHandle:
    """A partial file and its record, open for reading and writing."""

    path: str
    bytes: int
    """Descriptor of the file itself, with its lock."""

    record: int
    """Descriptor of the record."""


class Partial:
    """One file on its way; this process alone writes to it. Safe to use from several threads."""

    def __init__(self, store: Store, handle: PartialHandle, size: int) -> None:
        self.path = handle.path
        self.size = size
        record = record_of(self.path, os.fstat(handle.bytes).st_size, size)
        self._boot = this_boot()
        self.here = record.believed(self._boot)
        """Which bytes are here."""
        self.place, self.etag = record.place, record.etag
        """Where the last bytes came from, and the strong ETag that the file has there."""
        self._store = store
        self._handle = handle
        self._durable = record.durable
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
            _write_at(self._handle.bytes, start, block)
            self.here.add(start, start + len(block))
            self._write_record()

    def read_into(self, start: int, buffer: memoryview) -> int:
        """Read bytes that are here; returns how many. Raises FileAccessError."""
        with disk_errors(self.path):
            with self._changing:
                end = self.here.end_from(start) if self._is_open else start
            return _read_at(self._handle, start, buffer[: end - start]) if end > start else 0

    def write_back(self, end: int) -> None:
        """Let the system begin to write to the disk what lies before a position.

        Only what is hashed: of pages that are on the disk already, it forgets the rest.
        """
        if end - self._written_back >= WRITE_BACK:
            begin_write_back(self._handle.bytes, self._written_back, end)
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
                os.ftruncate(self._handle.bytes, 0)

    def comes_from(self, place: str, etag: str | None) -> None:
        """Note where the next bytes come from."""
        with self._changing:
            self.place, self.etag = place, etag

    def copy(self, path: str) -> None:
        """Take over the bytes of another partial file, which somebody may be writing to.

        As far as it can be read. Raises NoSpaceError, FileAccessError.
        """
        record = read_record(path)
        if record is None or record.size != self.size:
            return
        with suppress(OSError), open_regular(path, NO_LINK) as file:
            for start, end in record.believed(self._boot):
                file.seek(start)
                for position in range(start, end, _CHUNK):
                    self.write(position, file.read(min(_CHUNK, end - position)))
            self._copied_from = path

    def publish(self, hasher: ContentHasher) -> bool:
        """Make it the blob of its bytes, all of which went through `hasher`; False once closed.

        Raises MismatchError where the disk has another number of them, and what the disk raises.
        """
        with self._busy, disk_errors(self.path):
            if not self._is_open:
                return False
            # Where another process was faster, this file may have lost its name to it.
            if not self._store.has(hasher.sha256, self.size):
                self._show(hasher)
            if self._copied_from is not None:
                # It may be another user's, in a directory whose names only their owners remove.
                with suppress(OSError):
                    _remove(self._copied_from)
            self.discard()
            self._let_go()
            return True

    def discard(self) -> None:
        """Remove it, as far as it still has its name."""
        # As long as the bytes have their name, their lock keeps others away from the record.
        if not self._is_let_go and is_still(self.path, self._handle.bytes):
            _remove(self.path)
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

    def _show(self, hasher: ContentHasher) -> None:
        os.ftruncate(self._handle.bytes, self.size)
        make_ready(self.path, self._handle.bytes, hasher, self._store.mode)
        if sys.platform == "win32":
            self.close()  # Windows renames no open file
        elif not is_still(self.path, self._handle.bytes):
            raise FileNotFoundError(errno.ENOENT, "another file has its name now")
        self._store.show(self.path, hasher)
        unlink_if_there(record_path(self.path))

    def _let_go(self) -> None:
        if not self._is_let_go:
            self._is_let_go = True
            os.close(self._handle.record)
            end_turn(self._handle.bytes)

    def _flush(self) -> None:
        with self._changing:
            here, written = self.here, tuple(self.here)
        with disk_errors(self.path):
            os.fsync(self._handle.bytes)
            with self._changing:
                if self.here is here:
                    self._durable = written
                    self._write_record()
            os.fsync(self._handle.record)

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
        _write_at(self._handle.record, 0, format_partial(record))


def _remove(path: str) -> None:
    unlink_if_there(record_path(path))
    unlink_if_there(path)


def _write_at(descriptor: int, start: int, block: bytes | memoryview) -> None:
    """Write all of a block; by one thread at a time, since Windows has no pwrite."""
    left = memoryview(block)
    while left:
        # Less is written than was given when the disk fills up.
        if sys.platform == "win32":
            os.lseek(descriptor, start, os.SEEK_SET)
            count = os.write(descriptor, left)
        else:
            count = os.pwrite(descriptor, left, start)
        left, start = left[count:], start + count


def _read_at(handle: PartialHandle, start: int, buffer: memoryview) -> int:
    if sys.platform == "win32":
        # By another descriptor, since one has one position there.
        with open(handle.path, "rb", buffering=0) as file:
            file.seek(start)
            return file.readinto(buffer)
    return os.preadv(handle.bytes, [buffer], start)
