"""Blobs that a store lost, given back from placed files that were hard links to them."""

import os
import threading
from collections.abc import Iterator
from contextlib import suppress

from modellock.decisions.plan import Action, Plan
from modellock.errors import FileAccessError, NoSpaceError, UnsafeNameError
from modellock.ports.reporting import Reporter
from modellock.shell.crew import work_through
from modellock.shell.disk import make_directories
from modellock.shell.file_locks import is_layered
from modellock.shell.store import Store
from modellock.values.digest import Digest

_Lost = tuple[str, Digest, int]
"""Where a file is, its digest, and its size in bytes."""


def refill(store: Store, base: str, plan: Plan, reporter: Reporter) -> None:
    """Link placed files into an emptied store, once their hash is found right.

    So nobody fetches what is here. It takes no space: what was copied is taken when somebody needs
    it, and so is what lies in the layers of an image, where a link may be a copy.
    """
    lost = {digest: (path, digest, size) for path, digest, size in _lost(store, base, plan)}
    if lost and not is_layered(base):
        _link(store, list(lost.values()), reporter)
    # A sync that has nothing to do looks for it.
    with suppress(OSError):
        make_directories(os.path.join(store.root, "v1", "blobs"))


def _lost(store: Store, base: str, plan: Plan) -> Iterator[_Lost]:
    for model in plan.models:
        for step in model.having(Action.IN_PLACE, Action.TAKE_OVER):
            if step.digest is None or step.made or store.holds(step.digest, step.size):
                continue
            path = f"{base}/{step.path}"
            with suppress(OSError):
                if store.was_linked(os.lstat(path), step.digest):
                    yield path, step.digest, step.size


def _link(store: Store, lost: list[_Lost], reporter: Reporter) -> None:
    def link(one: _Lost, _stop: threading.Event) -> None:
        path, digest, size = one
        # A store that cannot be written, or is full, is no worse than it was.
        with suppress(OSError, FileAccessError, NoSpaceError, UnsafeNameError):
            store.take_link(path, digest)
        reporter.hashed(size)

    reporter.hashing(len(lost), sum(size for _, _, size in lost))
    largest_first = sorted(lost, key=lambda one: -one[2])
    work_through(largest_first, link, jobs=os.cpu_count() or 1, pulse=reporter.pulse)
