"""Garbage collection: take out of the store what no project uses."""

import os
import time
from dataclasses import dataclass, replace

from modellock.decisions.collection import Blob, Bounds, Leftover, Root, collect
from modellock.errors import FileAccessError
from modellock.ports.reporting import Reporter
from modellock.ports.settings import Settings
from modellock.shell.store_inventory import take_inventory
from modellock.shell.store_removal import Removal, Removed
from modellock.shell.store_turns import alone


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectionResult:
    """What was taken away, or would be."""

    dry_run: bool
    roots: tuple[Root, ...]
    leftovers: tuple[Leftover, ...]
    blobs: tuple[Blob, ...]
    freed: int
    """Bytes that the disk has more."""

    left: int
    """Bytes that the store holds."""

    excess: int
    """How many of them are more than it was to keep."""

    spared: tuple[Blob, ...]
    """Blobs that no project uses, and that stay: for their age, or because all fits."""

    roots_left: int
    """Projects that use the store."""


def collect_garbage(
    settings: Settings,
    reporter: Reporter,
    bounds: Bounds,
    *,
    dry_run: bool = False,
    now: float | None = None,
) -> CollectionResult:
    """Take away what no project uses and nobody may be about to use; the oldest first.

    Others may use the store at the same time. Ages are counted until `now`, by default the time by
    the clock of the store's file system, in seconds since the epoch. Raises StoreInUseError, and
    FileAccessError also where a root cannot be read, which might want anything.
    """
    store = settings.store
    if dry_run or not os.path.isdir(os.path.join(store, "v1")):
        return replace(_planned(store, bounds, now or time.time()), dry_run=dry_run)
    with alone(store, reporter, "store gc") as store_now:
        now = now or store_now
        planned = _planned(store, bounds, now)
        removal = Removal(store, now, reporter.pulse)
        removal.remove_roots(planned.roots)
        removal.remove_leftovers(planned.leftovers)
        removal.remove_blobs(planned.blobs)
    return _done(planned, removal.done, bounds)


def _planned(store: str, bounds: Bounds, now: float) -> CollectionResult:
    inventory = take_inventory(store, now)
    for root in inventory.unreadable:
        raise FileAccessError(
            f"{os.path.join(store, 'v1', 'roots', root.name)}: is no root that this version of "
            "modellock can read, and its project may use anything; nothing was taken away",
            hint="sync that project again or upgrade modellock; remove the file if neither helps",
        )
    collection = collect(inventory, bounds)
    return CollectionResult(
        dry_run=False,
        roots=collection.roots,
        leftovers=collection.leftovers,
        blobs=collection.blobs,
        freed=collection.freed,
        left=collection.left,
        excess=collection.excess,
        spared=collection.spared,
        roots_left=len(inventory.roots) - len(collection.roots),
    )


def _done(planned: CollectionResult, done: Removed, bounds: Bounds) -> CollectionResult:
    """What came of a plan, of which somebody may have wanted a part meanwhile."""
    size = sum(one.size for one in done.blobs) + sum(one.size for one in done.leftovers)
    wanted = sum(one.size for one in planned.blobs) + sum(one.size for one in planned.leftovers)
    left = planned.left + wanted - size
    return replace(
        planned,
        roots=tuple(done.roots),
        leftovers=tuple(done.leftovers),
        blobs=tuple(done.blobs),
        freed=done.freed,
        left=left,
        excess=0 if bounds.max_size is None else max(0, left - bounds.max_size),
        roots_left=planned.roots_left + len(planned.roots) - len(done.roots),
    )
