"""The bytes of files that are here, hashed again chunk by chunk."""

import mmap
import os

from modellock.values.digest import Chunks, blake3_of_bytes


def has_chunks(path: str, chunks: Chunks) -> bool:
    """Whether a file consists of these chunks and of nothing else. Raises OSError."""
    if os.stat(path).st_size != chunks.total:
        return False
    return all(has_chunk(path, chunks, index) for index in range(len(chunks.digests)))


def has_chunk(path: str, chunks: Chunks, index: int) -> bool:
    """Whether a file has one of the chunks at its place. Raises OSError."""
    start, end = chunks.span(index)
    with open(path, "rb", buffering=0) as file:
        if os.fstat(file.fileno()).st_size < end:
            return False
        if start == end:
            # Nothing cannot be mapped.
            return blake3_of_bytes(b"") == chunks.digests[index]
        try:
            view = mmap.mmap(file.fileno(), end - start, access=mmap.ACCESS_READ, offset=start)
        except ValueError:
            # It became shorter in this moment.
            return False
        with view:
            return blake3_of_bytes(view) == chunks.digests[index]
