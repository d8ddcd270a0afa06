"""What is known of a blob besides its name: one small JSON file for each."""

import json
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from modellock.values.dates import mtime_ns_of
from modellock.values.digest import Chunks, Digest

_GRAIN = 1 << 16
"""Bytes: chunks begin at a multiple of it, as what is memory-mapped does on every system."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BlobRecord:
    """What the last hashing of a blob found."""

    chunks: Chunks
    """Taken in the pass that checked the sha256; they check it again several times faster."""

    hashed_at: int
    """Seconds since the epoch."""

    mtime_ns: int
    """Of the blob when it was hashed: another time now means that somebody wrote to it."""

    def fits(self, status: os.stat_result, digest: Digest) -> bool:
        """Whether the blob was not written to since it was hashed, as far as a stat can tell.

        The time that follows from the digest is given to right bytes alone.
        """
        times = (self.mtime_ns, mtime_ns_of(digest))
        return self.chunks.total == status.st_size and status.st_mtime_ns in times


def record_now(chunks: Chunks, status: os.stat_result) -> BlobRecord:
    """The record of a blob that was hashed just now; `status` is its stat from before."""
    return BlobRecord(
        chunks=chunks,
        hashed_at=int(time.time()),
        mtime_ns=status.st_mtime_ns,
    )


def parse_record(text: str | bytes) -> BlobRecord | None:
    """Read a record; None for one that a crash left unreadable, which is as good as none."""
    try:
        fields = json.loads(text)
        hashed_at, mtime_ns = _number(fields["hashed-at"]), _number(fields["mtime-ns"])
        chunks = _chunks(fields)
    except (ValueError, LookupError, TypeError, AttributeError, ArithmeticError, RecursionError):
        return None
    return BlobRecord(chunks=chunks, hashed_at=hashed_at, mtime_ns=mtime_ns)


def format_record(record: BlobRecord) -> str:
    """Write a record."""
    chunks = record.chunks
    fields: dict[str, object] = {"size": chunks.total}
    if len(chunks.digests) == 1:
        fields["blake3"] = str(chunks.digests[0])
    else:
        digests = [digest.value for digest in chunks.digests]
        fields["chunks"] = {"size": chunks.size, "blake3": digests}
    times = {"hashed-at": record.hashed_at, "mtime-ns": record.mtime_ns}
    return json.dumps({**fields, **times}) + "\n"


def _chunks(fields: Mapping[str, Any]) -> Chunks:
    """What a record says of a blob's bytes; as one chunk where it has one digest for all."""
    total = _number(fields["size"])
    if "blake3" in fields:
        return Chunks(size=max(1, total), total=total, digests=(Digest.parse(fields["blake3"]),))
    chunks = fields["chunks"]
    size = _number(chunks["size"])
    if size % _GRAIN:
        raise ValueError(f"{size} is no multiple of {_GRAIN}")
    digests = tuple(Digest("blake3", value) for value in chunks["blake3"])
    return Chunks(size=size, total=total, digests=digests)


def _number(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError("not a number")
    return value
