"""A project's root in the store, noted before anybody relies on the blobs that it keeps."""

import os
from collections.abc import Iterable
from contextlib import suppress

from modellock.documents.lockfile import Lock
from modellock.errors import FileAccessError, NoSpaceError
from modellock.ports.reporting import Reporter
from modellock.shell.store_roots import add_root
from modellock.shell.store_turns import beside_others
from modellock.values.digest import Digest


def note_root(store: str, lock_path: str, lock: Lock, reporter: Reporter) -> str:
    """Keep the blobs of all models of a lock from garbage collection; returns the root's file.

    Before the first of them is looked for: a collection that has begun is waited for, and the next
    one knows what is wanted. Raises what `add_root` raises.
    """
    with beside_others(store, reporter):
        return add_root(store, lock_path, _placed(lock))


def note_new_lock(store: str, lock_path: str, lock: Lock, reporter: Reporter) -> None:
    """The same once a lock is written, where there is a store that may have some of its blobs."""
    if os.path.isdir(os.path.join(store, "v1", "blobs")):
        # The next sync notes it anyway, and the lock is written.
        with suppress(NoSpaceError, FileAccessError):
            note_root(store, lock_path, lock, reporter)


def _placed(lock: Lock) -> Iterable[Digest]:
    """Not of archives, which nobody needs as long as their files are here."""
    return {file.digest for model in lock.models.values() for file in model.files}
