"""What is still right of a damaged blob, so that only the rest has to be fetched."""

import os
import stat
import threading
from contextlib import suppress

from modellock.shell.chunk_hashing import has_chunk
from modellock.shell.crew import StoppedError
from modellock.shell.partial_files import Partial
from modellock.shell.regular_files import NO_LINK, open_regular
from modellock.shell.store import Store
from modellock.values.digest import Chunks, Digest

_BLOCK = 1 << 20


def salvage(store: Store, digest: Digest, partial: Partial, stop: threading.Event) -> None:
    """Give a partial file the right chunks of what was moved aside under its digest.

    Only where chunks were recorded; whether all of it is right, the sha256 of the whole file says
    in the end. A damaged file is never written to: projects have hard links to it. Raises
    NoSpaceError, FileAccessError; StoppedError once `stop` is set.
    """
    record = store.record_of(digest)
    if record is None or len(record.chunks.digests) == 1:
        return
    for path in _damaged_copies(store, digest):
        # It may be read by nobody, or be gone: then there is nothing to be had from it.
        with suppress(OSError):
            _take_from(path, record.chunks, partial, stop)


def _damaged_copies(store: Store, digest: Digest) -> list[str]:
    directory = os.path.join(store.root, "v1", "damaged")
    try:
        names = os.listdir(directory)
    except OSError:
        return []
    return [os.path.join(directory, name) for name in sorted(names) if name[:64] == digest.value]


def _take_from(path: str, chunks: Chunks, partial: Partial, stop: threading.Event) -> None:
    if not stat.S_ISREG(os.lstat(path).st_mode):
        return
    for index in range(len(chunks.digests)):
        if stop.is_set():
            raise StoppedError
        start, end = chunks.span(index)
        if partial.here.end_from(start) < end and has_chunk(path, chunks, index):
            _copy(path, start, end, partial)


def _copy(path: str, start: int, end: int, partial: Partial) -> None:
    with open_regular(path, NO_LINK) as file:
        file.seek(start)
        for position in range(start, end, _BLOCK):
            partial.write(position, file.read(min(_BLOCK, end - position)))
