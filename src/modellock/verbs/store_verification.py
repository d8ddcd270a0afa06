"""Every blob of a store hashed again; what is not what its name says is moved aside."""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from modellock.decisions.collection import LASTING
from modellock.ports.reporting import Reporter
from modellock.ports.settings import Settings
from modellock.shell.disk import disk_errors
from modellock.shell.store import Store
from modellock.shell.store_roots import read_roots
from modellock.shell.store_turns import beside_others
from modellock.values.digest import Digest
from modellock.verbs.rehashing import Content, blob_status, faults_of, hash_again
from modellock.verbs.store_contents import users_of
from modellock.verbs.verify_result import Fault

_SUBJECT = "store"


@dataclass(frozen=True, slots=True)
class Holder:
    """Who needs a blob."""

    lock: str
    """The full path of a models.lock, as its host sees it."""

    model: str | None
    """None where that cannot be read from here, or no longer says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreVerification:
    """What was hashed, and what was wrong."""

    blobs: int
    size: int
    """Bytes of them."""

    faults: tuple[Fault, ...]
    """With the path that a damaged blob has now."""

    holders: Mapping[Digest, tuple[Holder, ...]]
    """Of damaged blobs."""


def verify_store(settings: Settings, reporter: Reporter) -> StoreVerification:
    """Hash every blob, by BLAKE3 where that was noted, on all cores.

    A damaged one is moved aside, where the store can be written; `verify --repair` in a project
    that uses it mends both. Raises FileAccessError.
    """
    store = Store(settings.store)
    # A collection would take away what is being read.
    with beside_others(store.root, reporter, "store verify"):
        contents = list(_contents(store))
        size = sum(content.status.st_size for content in contents)
        if contents:
            reporter.hashing(len(contents), size)
        hashed = hash_again(store.root, contents, store, reporter)
    faults = tuple(
        fault
        for content, received in zip(contents, hashed, strict=True)
        if received is not None
        for fault in faults_of(store.root, content, received, store)
    )
    return StoreVerification(
        blobs=len(contents), size=size, faults=faults, holders=_holders(store.root, faults)
    )


def _holders(store: str, faults: Sequence[Fault]) -> dict[Digest, tuple[Holder, ...]]:
    """Who needs the damaged blobs, by lock and model."""
    if not faults:
        return {}
    with disk_errors(store):
        roots = [one.root for one in read_roots(store, time.time())]
    users = [
        (Holder(root.lock, user.model), digests)
        for root in sorted(roots, key=lambda root: root.lock)
        if root.standing in LASTING
        for user, digests in users_of(root)
    ]
    damaged = {fault.expected for fault in faults if fault.expected is not None}
    return {
        digest: tuple(holder for holder, digests in users if digest in digests)
        for digest in damaged
    }


def _contents(store: Store) -> Iterator[Content]:
    for digest in sorted(store.digests(), key=str):
        status = blob_status(store.path_of(digest))
        if status is not None:
            yield Content(model=_SUBJECT, digest=digest, status=status, placed=(), stored=True)
