"""What a store holds: how much of what, and who uses it. Nothing is changed."""

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from modellock.decisions.collection import (
    LASTING,
    Blob,
    Bounds,
    Collection,
    Inventory,
    Kind,
    Root,
    Standing,
    collect,
)
from modellock.decisions.usage import Usage, User, usages
from modellock.documents.lock_reader import parse_lock
from modellock.errors import LockfileError
from modellock.ports.settings import Settings
from modellock.shell.regular_files import read_regular
from modellock.shell.store_inventory import take_inventory
from modellock.values.digest import Digest


@dataclass(frozen=True, slots=True)
class Amount:
    """How many files, and how large they are."""

    count: int
    size: int
    """Bytes."""

    on_disk: int
    """Bytes that the disk holds for them: fewer for files with holes, or compressed ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreSize:
    """What takes how much."""

    blobs: Amount
    linked: Amount
    """Those among them that other places show as well, by hard links."""

    unused: Amount
    """Those among them that no project uses."""

    leftovers: dict[Kind, Amount]
    projects: int
    collection: Collection
    """What `store gc` would take away now."""

    unreadable: int
    """Roots that this version cannot read: nothing is taken away as long as they are there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreListing:
    """Who uses what."""

    roots: tuple[Root, ...]
    """Of the projects that use the store."""

    usages: tuple[Usage, ...]
    used: Amount
    """Blobs that some project uses."""

    unused: Amount
    """Blobs that no project uses."""

    freed: int
    """Bytes that the disk would have more after `store gc`."""

    @property
    def saved(self) -> int:
        """Bytes that there would be more if each model had its files for itself."""
        return sum(usage.size for usage in self.usages) - self.used.size


def measure_store(settings: Settings) -> StoreSize:
    """Count everything. Raises FileAccessError."""
    inventory = take_inventory(settings.store, time.time())
    return StoreSize(
        blobs=_amount(inventory.blobs),
        linked=_amount(blob for blob in inventory.blobs if blob.links > 1),
        unused=_amount(_unused(inventory)),
        leftovers={kind: _of_kind(inventory, kind) for kind in Kind},
        projects=sum(root.standing in LASTING for root in inventory.roots),
        collection=collect(inventory, Bounds()),
        unreadable=len(inventory.unreadable),
    )


def list_store(settings: Settings) -> StoreListing:
    """Find out who uses what. Raises FileAccessError."""
    inventory = take_inventory(settings.store, time.time())
    roots = sorted(
        (root for root in inventory.roots if root.standing in LASTING),
        key=lambda root: (root.host, root.lock, root.name),
    )
    users = {user: digests for root in roots for user, digests in users_of(root)}
    wanted = inventory.wanted()
    return StoreListing(
        roots=tuple(roots),
        usages=usages(users, {blob.digest: blob.size for blob in inventory.blobs}),
        used=_amount(blob for blob in inventory.blobs if blob.digest in wanted),
        unused=_amount(_unused(inventory)),
        freed=collect(inventory, Bounds()).freed,
    )


def users_of(root: Root) -> Iterator[tuple[User, frozenset[Digest]]]:
    """What each model of a project uses, as far as its models.lock is here and fits the root.

    The rest is nobody's in particular.
    """
    left = root.digests
    for name, digests in _models(root):
        own = digests & root.digests
        if own:
            yield User(root.name, name), own
        left -= own
    if left:
        yield User(root.name, None), left


def _models(root: Root) -> Iterator[tuple[str, frozenset[Digest]]]:
    if root.standing is not Standing.HERE:
        return
    try:
        lock = parse_lock(read_regular(root.lock).decode())
    except (OSError, ValueError, LockfileError):
        return
    for model in lock.models.values():
        yield model.name, frozenset(file.digest for file in model.files)


def _unused(inventory: Inventory) -> Iterator[Blob]:
    wanted = inventory.wanted()
    return (blob for blob in inventory.blobs if blob.digest not in wanted)


def _amount(blobs: Iterable[Blob]) -> Amount:
    found = list(blobs)
    size, on_disk = sum(one.size for one in found), sum(one.on_disk for one in found)
    return Amount(len(found), size, on_disk)


def _of_kind(inventory: Inventory, kind: Kind) -> Amount:
    found = [one for one in inventory.leftovers if one.kind is kind]
    size = sum(one.size for one in found)
    return Amount(len(found), size, size)
