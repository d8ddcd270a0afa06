"""Every byte of placed files and their blobs hashed again, each inode once."""

import os
import stat
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from modellock.decisions.plan import Action, Plan
from modellock.documents.lockfile import LockedModel
from modellock.errors import FileAccessError
from modellock.ports.reporting import Reporter
from modellock.shell.crew import work_through
from modellock.shell.disk import disk_errors
from modellock.shell.store import Store
from modellock.shell.store_published import content_of
from modellock.values.digest import Digest, blake3_of_file
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
    """The stat of a blob, whatever its size has become; None where there is none."""
    try:
        status = os.lstat(path)
    except OSError:
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

    One thread for each processor; the largest files first, so that none is left alone at the end.
    """

    def received(content: Content, _stop: threading.Event) -> Digest | None:
        path = f"{base}/{content.placed[0]}" if content.placed else store.path_of(content.digest)
        with disk_errors(path):
            other = _received(path, content, store)
        reporter.hashed(content.status.st_size)
        return other

    order = sorted(range(len(contents)), key=lambda index: -contents[index].status.st_size)
    largest_first = [contents[index] for index in order]
    outcomes = work_through(largest_first, received, jobs=os.cpu_count() or 1, pulse=reporter.pulse)
    by_index = dict(zip(order, outcomes, strict=True))
    return [by_index[index] for index in range(len(contents))]


def _received(path: str, content: Content, store: Store) -> Digest | None:
    record = store.record_of(content.digest)
    if record is None or blake3_of_file(path) != record.blake3:
        # The name is the sha256: it has the last word, also about a record that is wrong.
        hasher = content_of(path)
        if hasher.sha256 != content.digest:
            return hasher.sha256
        blake3 = hasher.blake3
    else:
        blake3 = record.blake3
    if content.stored:
        store.note_hashed(content.digest, blake3, content.status)
    return None


def faults_of(base: str, content: Content, received: Digest, store: Store) -> list[Fault]:
    """What to say of a damaged content; its blob is moved aside, where the store can be written."""
    paths = [f"{base}/{path}" for path in content.placed]
    if content.stored:
        try:
            paths.append(store.discard_damaged(content.digest))
        except FileAccessError:
            paths.append(store.path_of(content.digest))
    return [
        Fault(
            model=content.model,
            path=path,
            trouble=Trouble.DAMAGED,
            expected=content.digest,
            received=received,
        )
        for path in paths
    ]
