"""Everything that lies in a store, as garbage collection and `store size` see it."""

import os
import re
import stat
import sys
from collections.abc import Iterator

from modellock.decisions.collection import Blob, Inventory, Kind, Leftover
from modellock.shell.disk import disk_errors, refuse_link
from modellock.shell.file_locks import Hold, holding
from modellock.shell.partial_records import partial_path
from modellock.shell.store_roots import read_roots
from modellock.shell.store_staging import STAGED_NAME
from modellock.shell.unpacked_records import files_noted
from modellock.values.digest import Digest

BLOCK = 512
"""Bytes that `st_blocks` counts in (stat(3type))."""

_BLOB = re.compile(r"[0-9a-f]{64}")
_RECORD = re.compile(r"([0-9a-f]{64})(\.[0-9]+)?\.json")
_NOTE = re.compile(r"[0-9a-f]{64}\.unpacked\.json")
_PARTIAL = re.compile(r"([0-9a-f]{64})(-[0-9a-f]{16})?\.part(\.json)?")
_DAMAGED = re.compile(r"[0-9a-f]{64}-[0-9a-f]{8}")
_REPLACING = re.compile(r".+\.[0-9a-f]{8}")
"""What `replace_text` stages beside a file."""

_HALF_A_TAG = re.compile(r"CACHEDIR\.TAG\.[0-9a-f]{8}")
"""The same where others may keep files, too."""


def take_inventory(store: str, now: float) -> Inventory:
    """Look at everything; `now` by the clock of the store's file system.

    What has a name that no version of this layout gives is nobody's business, and not listed.
    Raises FileAccessError, and UnsafeNameError where somebody put a link in place of a directory.
    """
    with disk_errors(store):
        return Inventory(
            blobs=tuple(_blobs(store, now)),
            leftovers=tuple(_leftovers(store, now)),
            roots=tuple(file.root for file in read_roots(store, now)),
        )


def renewed_at(status: os.stat_result) -> float:
    """When a file was last written to, or got or lost a name; its modification time may be made.

    On Windows, which notes no such time, when it was made or written to.
    """
    if sys.platform == "win32":
        return max(status.st_mtime, status.st_ctime)
    return status.st_ctime


def bytes_taken(status: os.stat_result) -> int:
    """Bytes of a file that the disk holds, where that tells: partial files have holes."""
    blocks = getattr(status, "st_blocks", None)
    return status.st_size if blocks is None else min(status.st_size, blocks * BLOCK)


def _blobs(store: str, now: float) -> Iterator[Blob]:
    for entry in _below(os.path.join(store, "v1", "blobs")):
        if _BLOB.fullmatch(entry.name) and (status := _status_of(entry)) is not None:
            yield Blob(
                digest=Digest("sha256", entry.name),
                size=status.st_size,
                on_disk=bytes_taken(status),
                links=status.st_nlink,
                age=now - renewed_at(status),
            )


def _leftovers(store: str, now: float) -> Iterator[Leftover]:
    for folder, told in (("staged", _of_staged), ("damaged", _of_damaged), ("records", _of_record)):
        for entry in _below(os.path.join(store, "v1", folder)):
            kind_and_digests = told(entry)
            if kind_and_digests is not None:
                yield from _leftover(store, entry, *kind_and_digests, now)
    for folder, half in ((os.path.join(store, "v1", "roots"), _REPLACING), (store, _HALF_A_TAG)):
        for entry in _entries(folder):
            if half.fullmatch(entry.name):
                yield from _leftover(store, entry, Kind.STAGED, frozenset(), now)


def _leftover(
    store: str, entry: os.DirEntry[str], kind: Kind, digests: frozenset[Digest], now: float
) -> Iterator[Leftover]:
    status = _status_of(entry)
    if status is not None:
        yield Leftover(
            kind=kind,
            path=os.path.relpath(entry.path, store),
            size=0 if kind in (Kind.RECORD, Kind.NOTE) else bytes_taken(status),
            links=status.st_nlink,
            age=now - renewed_at(status),
            digests=digests,
            held=kind is Kind.PARTIAL and _is_held(entry.path),
        )


_Told = tuple[Kind, frozenset[Digest]]


def _of_staged(entry: os.DirEntry[str]) -> _Told | None:
    partial = _PARTIAL.fullmatch(entry.name)
    if partial is not None:
        return Kind.PARTIAL, frozenset([Digest("sha256", partial[1])])
    return (Kind.STAGED, frozenset()) if STAGED_NAME.fullmatch(entry.name) else None


def _of_damaged(entry: os.DirEntry[str]) -> _Told | None:
    return (Kind.DAMAGED, frozenset()) if _DAMAGED.fullmatch(entry.name) else None


def _of_record(entry: os.DirEntry[str]) -> _Told | None:
    record = _RECORD.fullmatch(entry.name)
    if record is not None:
        return Kind.RECORD, frozenset([Digest("sha256", record[1])])
    if _NOTE.fullmatch(entry.name):
        return Kind.NOTE, files_noted(entry.path)
    return (Kind.STAGED, frozenset()) if _REPLACING.fullmatch(entry.name) else None


def _is_held(path: str) -> bool:
    with holding(partial_path(path)) as whose:
        return whose is Hold.THEIRS


def _below(directory: str) -> Iterator[os.DirEntry[str]]:
    """What lies in a directory, and in those of two digits below it."""
    for entry in _entries(directory):
        is_folder = entry.is_dir(follow_symlinks=False) or entry.is_symlink()
        if len(entry.name) == 2 and is_folder:
            yield from _entries(entry.path)
        else:
            yield entry


def _entries(directory: str) -> list[os.DirEntry[str]]:
    refuse_link(directory)
    try:
        with os.scandir(directory) as entries:
            return sorted(entries, key=lambda entry: entry.name)
    except FileNotFoundError:
        return []


def _status_of(entry: os.DirEntry[str]) -> os.stat_result | None:
    """The stat of a regular file; None for anything else, and for what went meanwhile."""
    try:
        status = entry.stat(follow_symlinks=False)
    except FileNotFoundError:
        return None
    return status if stat.S_ISREG(status.st_mode) else None
