"""Every blob of a store hashed again; what is not what its name says is moved aside."""

from collections.abc import Iterator
from dataclasses import dataclass

from modellock.ports.reporting import Reporter
from modellock.ports.settings import Settings
from modellock.shell.store import Store
from modellock.shell.store_turns import beside_others
from modellock.verbs.rehashing import Content, blob_status, faults_of, hash_again
from modellock.verbs.verify_result import Fault

_SUBJECT = "store"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreVerification:
    """What was hashed, and what was wrong."""

    blobs: int
    size: int
    """Bytes of them."""

    faults: tuple[Fault, ...]
    """With the path that a damaged blob has now."""


def verify_store(settings: Settings, reporter: Reporter) -> StoreVerification:
    """Hash every blob, by BLAKE3 where that was noted, on all cores.

    A damaged one is moved aside, where the store can be written, and the next `sync` of a project
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
    return StoreVerification(
        blobs=len(contents),
        size=size,
        faults=tuple(
            fault
            for content, received in zip(contents, hashed, strict=True)
            if received is not None
            for fault in faults_of(store.root, content, received, store)
        ),
    )


def _contents(store: Store) -> Iterator[Content]:
    for digest in sorted(store.digests(), key=str):
        status = blob_status(store.path_of(digest))
        if status is not None:
            yield Content(model=_SUBJECT, digest=digest, status=status, placed=(), stored=True)
