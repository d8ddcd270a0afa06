"""What is known of a blob besides its name: one small JSON file for each, and for each who asked.

    v1/records/ab/abcdef….json          by whoever noted it first
    v1/records/ab/abcdef….1001.json     by user 1001, where the first one is somebody else's

Only this user's word counts, and root's: who may write to a store could have written any of them.
"""

import json
import os
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from modellock.shell.disk import make_directories, replace_text
from modellock.shell.regular_files import NO_LINK, open_regular
from modellock.shell.store_published import own_uid
from modellock.values.dates import mtime_ns_of
from modellock.values.digest import Chunks, Digest

_LARGEST = 1 << 22
"""Bytes: the record of a blob of 4 TB."""

_GRAIN = 1 << 16
"""Bytes: chunks begin at a multiple of it, so that there are not too many of them."""

_TIMES = ("hashed-at", "mtime-ns", "inode", "changed-ns")


@dataclass(frozen=True, slots=True, kw_only=True)
class BlobRecord:
    """What the last hashing of a blob found."""

    digest: Digest
    """The sha256, so that no record vouches for another blob than its own."""

    chunks: Chunks
    """Taken in the pass that checked the sha256; they check it again several times faster."""

    hashed_at: int
    """Seconds since the epoch."""

    mtime_ns: int
    """Of the blob when it was hashed: another time now means that somebody wrote to it."""

    inode: int
    changed_ns: int
    """The change time of that inode then, which nobody can set but by a change."""

    def fits(self, status: os.stat_result) -> bool:
        """Whether the blob was not written to since it was hashed, as far as a stat can tell.

        The time that follows from the digest is given to right bytes alone.
        """
        times = (self.mtime_ns, mtime_ns_of(self.digest))
        return self.chunks.total == status.st_size and status.st_mtime_ns in times

    def is_of(self, status: os.stat_result) -> bool:
        """Whether nothing at all was done to the blob since, not even a link made of it.

        For a blob whose owner may give it any time, and other bytes before.
        """
        now = (status.st_ino, status.st_ctime_ns)
        return self.fits(status) and (self.inode, self.changed_ns) == now


class Records:
    """The records of a store, those of this user and root; kept in memory alone unless `kept`."""

    def __init__(self, directory: str, *, kept: bool) -> None:
        self._directory = directory
        self._kept = kept
        self._noted: dict[str, BlobRecord] = {}

    def of(self, digest: Digest) -> BlobRecord | None:
        """What the last hashing of a blob found; None where nobody noted it whose word counts."""
        if not self._kept or digest.value in self._noted:
            return self._noted.get(digest.value)
        record = self._read(digest)
        if record is not None:
            # It is asked for when a blob is vouched for, and again when it was placed.
            self._noted[digest.value] = record
        return record

    def _read(self, digest: Digest) -> BlobRecord | None:
        first, writer = _read(self._path(digest), digest)
        if first is None or writer != own_uid():
            own, namesake = _read(self._own_path(digest), digest)
            if namesake == own_uid() and own is not None:
                return own
        return first if writer in (0, own_uid()) else None

    def note(self, digest: Digest, chunks: Chunks, status: os.stat_result) -> None:
        """Note that a blob is right, where the store can be written.

        `status` is its stat from before it was hashed, so that a later write shows.
        """
        if not self._kept:
            return
        record = record_now(digest, chunks, status)
        self._noted[digest.value] = record
        path = self._path(digest)
        # Another's is theirs to go by, and stays.
        with suppress(OSError):
            if os.lstat(path).st_uid != own_uid():
                path = self._own_path(digest)
        # It only makes later work cheaper: a store that is read-only stays as it is.
        folder = os.path.dirname(path)
        if not os.path.islink(folder) and not os.path.islink(self._directory):
            with suppress(OSError):
                make_directories(folder)
                replace_text(path, format_record(record))

    def forget(self, digest: Digest) -> None:
        """The blob is no more what it was."""
        self._noted.pop(digest.value, None)

    def _path(self, digest: Digest, writer: str = "") -> str:
        return os.path.join(self._directory, digest.value[:2], f"{digest.value}{writer}.json")

    def _own_path(self, digest: Digest) -> str:
        return self._path(digest, f".{own_uid()}")


def record_now(digest: Digest, chunks: Chunks, status: os.stat_result) -> BlobRecord:
    """The record of a blob that was hashed just now; `status` is its stat from before."""
    return BlobRecord(
        digest=digest,
        chunks=chunks,
        hashed_at=int(time.time()),
        mtime_ns=status.st_mtime_ns,
        inode=status.st_ino,
        changed_ns=status.st_ctime_ns,
    )


def parse_record(text: str | bytes, digest: Digest) -> BlobRecord | None:
    """Read the record of a blob; None for that of another one, and for one that is unreadable.

    A crash can leave such a one, which is as good as none.
    """
    try:
        fields = json.loads(text)
        hashed_at, mtime_ns, inode, changed_ns = (_number(fields[name]) for name in _TIMES)
        chunks, sha256 = _chunks(fields), fields["sha256"]
    except (ValueError, LookupError, TypeError, AttributeError, ArithmeticError, RecursionError):
        return None
    if sha256 != digest.value:
        return None
    return BlobRecord(
        digest=digest,
        chunks=chunks,
        hashed_at=hashed_at,
        mtime_ns=mtime_ns,
        inode=inode,
        changed_ns=changed_ns,
    )


def format_record(record: BlobRecord) -> str:
    """Write a record."""
    chunks = record.chunks
    fields: dict[str, object] = {"sha256": record.digest.value, "size": chunks.total}
    if len(chunks.digests) == 1:
        fields["blake3"] = str(chunks.digests[0])
    else:
        digests = [digest.value for digest in chunks.digests]
        fields["chunks"] = {"size": chunks.size, "blake3": digests}
    times = (record.hashed_at, record.mtime_ns, record.inode, record.changed_ns)
    return json.dumps({**fields, **dict(zip(_TIMES, times, strict=True))}) + "\n"


def _chunks(fields: Mapping[str, Any]) -> Chunks:
    """What a record says of a blob's bytes; as one chunk where it has one digest for all."""
    total = _number(fields["size"])
    if "blake3" in fields:
        return Chunks(size=max(1, total), total=total, digests=(Digest.parse(fields["blake3"]),))
    chunks = fields["chunks"]
    size = _number(chunks["size"])
    if size < _GRAIN or size % _GRAIN:
        raise ValueError(f"{size} is no multiple of {_GRAIN}")
    digests = tuple(Digest("blake3", value) for value in chunks["blake3"])
    return Chunks(size=size, total=total, digests=digests)


def _number(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError("not a number")
    return value


def _read(path: str, digest: Digest) -> tuple[BlobRecord | None, int | None]:
    """A record and the user who wrote it; None for either that there is not."""
    try:
        # Who can write here can put anything under this name, also a pipe or a gigabyte.
        with open_regular(path, NO_LINK) as file:
            writer = os.fstat(file.fileno()).st_uid
            return parse_record(file.read(_LARGEST), digest), writer
    except OSError:
        return None, None
