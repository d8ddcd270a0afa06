"""What is known of a blob besides its name: one small JSON file for each."""

import json
import os
import time
from dataclasses import dataclass

from modellock.values.dates import mtime_ns_of
from modellock.values.digest import Digest


@dataclass(frozen=True, slots=True, kw_only=True)
class BlobRecord:
    """What the last hashing of a blob found."""

    size: int
    """Bytes."""

    blake3: Digest
    """Taken in the pass that checked the sha256; it checks the blob again several times faster."""

    hashed_at: int
    """Seconds since the epoch."""

    mtime_ns: int
    """Of the blob when it was hashed: another time now means that somebody wrote to it."""

    def fits(self, status: os.stat_result, digest: Digest) -> bool:
        """Whether the blob was not written to since it was hashed, as far as a stat can tell.

        The time that follows from the digest is given to right bytes alone.
        """
        times = (self.mtime_ns, mtime_ns_of(digest))
        return self.size == status.st_size and status.st_mtime_ns in times


def record_now(blake3: Digest, status: os.stat_result) -> BlobRecord:
    """The record of a blob that was hashed just now; `status` is its stat from before."""
    return BlobRecord(
        size=status.st_size,
        blake3=blake3,
        hashed_at=int(time.time()),
        mtime_ns=status.st_mtime_ns,
    )


def parse_record(text: str | bytes) -> BlobRecord | None:
    """Read a record; None for one that a crash left unreadable, which is as good as none."""
    try:
        fields = json.loads(text)
        size, hashed_at, mtime_ns = fields["size"], fields["hashed-at"], fields["mtime-ns"]
        if not all(isinstance(number, int) for number in (size, hashed_at, mtime_ns)):
            return None
        blake3 = Digest.parse(fields["blake3"])
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return None
    return BlobRecord(size=size, blake3=blake3, hashed_at=hashed_at, mtime_ns=mtime_ns)


def format_record(record: BlobRecord) -> str:
    """Write a record."""
    fields = {
        "size": record.size,
        "blake3": str(record.blake3),
        "hashed-at": record.hashed_at,
        "mtime-ns": record.mtime_ns,
    }
    return json.dumps(fields) + "\n"
