"""Every byte of placed files and their blobs hashed again, each inode once."""

import os
import stat
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from modellock.decisions.plan import Action, Plan
from modellock.documents.lockfile import LockedModel
from modellock.errors import FileAccessError
from modellock.ports.reporting import Reporter
from modellock.shell.chunk_hashing import has_chunk
from modellock.shell.crew import work_through
from modellock.shell.disk import disk_errors
from modellock.shell.store import Store
from modellock.shell.store_published import content_of
from modellock.values.digest import Digest
from modellock.verbs.verify_result import Fault, Trouble

RIGHT = (Action.IN_PLACE, Action.TAKE_OVER)


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What should be one file's bytes, under all the names that it has here."""

    model: str
    digest: Digest
    status: os.stat_result
    """As it was before it is hashed."""

    placed: tuple[str, ...]
    """Paths below the base."""

    stored: bool
    """Whether the store has it under the digest."""


def contents_of(
    base: str, plan: Plan, models: Iterable[LockedModel], store: Store
) -> list[Content]:
    """What is to be hashed: placed files that seem right, and the blobs of all models."""
    known: dict[tuple[Digest, int, int], Content] = {}
    for model in plan.models:
        for step in model.having(*RIGHT):
            if step.digest is not None:
                full = f"{base}/{step.path}"
                with disk_errors(full):
                    _add(known, model.name, step.digest, os.stat(full), placed=(step.path,))
    for locked in models:
        for file in locked.files:
            status = blob_status(store.path_of(file.digest))
            if status is not None:
                _add(known, locked.name, file.digest, status, stored=True)
    return list(known.values())


def blob_status(path: str) -> os.stat_result | None:
    """The stat of a blob, whatever its size has become; None where there is none.

    Raises FileAccessError.
    """
    with disk_errors(path):
        try:
            status = os.lstat(path)
        except FileNotFoundError:
            return None
    return status if stat.S_ISREG(status.st_mode) else None


def _add(
    known: dict[tuple[Digest, int, int], Content],
    model: str,
    digest: Digest,
    status: os.stat_result,
    *,
    placed: tuple[str, ...] = (),
    stored: bool = False,
) -> None:
    key = (digest, status.st_dev, status.st_ino)
    before = known.get(key)
    if before is not None:
        model, placed, stored = before.model, before.placed + placed, before.stored or stored
    known[key] = Content(model=model, digest=digest, status=status, placed=placed, stored=stored)


def hash_again(
    base: str, contents: Sequence[Content], store: Store, reporter: Reporter
) -> list[Digest | None]:
    """The sha256 of each content that is not what it should be; None for those that are.

    Chunk by chunk, with one thread for each processor, so that one large file keeps all of them at
    work.
    """
    copies = [_Copy(base, content, store) for content in contents]
    pieces = [_Piece(copy, index) for copy in copies for index in copy.chunk_indices()]
    _check(pieces, reporter)
    suspects = sorted((one for one in copies if not one.is_right), key=lambda one: -one.size)
    # The name is the sha256: it has the last word, also about a record that is wrong.
    received = dict(zip(suspects, _sha256s(suspects, reporter), strict=True))
    for copy in copies:
        copy.note(store)
    return [received.get(copy) for copy in copies]


class _Copy:
    """One content, and what was found out about its bytes."""

    def __init__(self, base: str, content: Content, store: Store) -> None:
        self.content = content
        placed = content.placed
        self.path = f"{base}/{placed[0]}" if placed else store.path_of(content.digest)
        record = store.record_of(content.digest)
        self.size = content.status.st_size
        self.chunks = None if record is None else record.chunks
        self.is_recorded = self.chunks is not None and self.chunks.total == self.size
        self.is_right = self.is_recorded
        """As far as it was looked at."""

    def chunk_indices(self) -> range:
        return range(len(self.chunks.digests) if self.chunks and self.is_recorded else 0)

    def note(self, store: Store) -> None:
        if self.content.stored and self.is_right and self.chunks is not None:
            store.note_hashed(self.content.digest, self.chunks, self.content.status)


@dataclass(frozen=True, slots=True)
class _Piece:
    """One chunk of one copy."""

    copy: _Copy
    index: int

    @property
    def size(self) -> int:
        if self.copy.chunks is None:
            return 0
        start, end = self.copy.chunks.span(self.index)
        return end - start


def _check(pieces: Sequence[_Piece], reporter: Reporter) -> None:
    """Hash chunks, the largest first, so that none is left alone at the end."""

    def check(piece: _Piece, _stop: threading.Event) -> None:
        copy = piece.copy
        if copy.chunks is not None and copy.is_right:
            with disk_errors(copy.path):
                is_wrong = not has_chunk(copy.path, copy.chunks, piece.index)
            # Never set again by one who found another chunk right at the same time.
            if is_wrong:
                copy.is_right = False
        reporter.hashed(piece.size)

    ordered = sorted(pieces, key=lambda piece: -piece.size)
    work_through(ordered, check, jobs=os.cpu_count() or 1, pulse=reporter.pulse)


def _sha256s(copies: Sequence[_Copy], reporter: Reporter) -> list[Digest | None]:
    """The sha256 of each that is wrong."""

    def received(copy: _Copy, _stop: threading.Event) -> Digest | None:
        with disk_errors(copy.path):
            hasher = content_of(copy.path)
        copy.chunks, copy.is_right = hasher.chunks, hasher.sha256 == copy.content.digest
        if not copy.is_recorded:
            reporter.hashed(copy.size)
        return None if copy.is_right else hasher.sha256

    return work_through(copies, received, jobs=os.cpu_count() or 1, pulse=reporter.pulse)


def faults_of(base: str, content: Content, received: Digest, store: Store) -> list[Fault]:
    """What to say of a damaged content; its blob is moved aside, where the store can be written."""
    faults = [_damaged(content, f"{base}/{path}", received) for path in content.placed]
    if content.stored:
        try:
            path = store.discard_damaged(content.digest, content.status)
        except FileAccessError:
            path = store.path_of(content.digest)
        if path is not None:
            faults.append(replace(_damaged(content, path, received), is_stored=True))
    return faults


def _damaged(content: Content, path: str, received: Digest) -> Fault:
    return Fault(
        model=content.model,
        path=path,
        trouble=Trouble.DAMAGED,
        expected=content.digest,
        received=received,
    )
