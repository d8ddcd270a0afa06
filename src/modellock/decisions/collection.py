"""What garbage collection takes out of a store: decided here, and done by the shell."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from modellock.values.digest import Digest

YOUNG = 3_600
"""Seconds for which nothing is taken, whatever was asked for: a run may be about to use it."""

FORGOTTEN = 86_400
"""Seconds after which what an interrupted run left behind is taken, unless another age is given."""

ROOT_LASTS = 90 * 86_400
"""Seconds for which a project counts that nobody can look for: of another host or mount."""


class Standing(StrEnum):
    """What is known of the project that a root stands for."""

    HERE = "here"
    """Its models.lock is where the root says."""

    ELSEWHERE = "elsewhere"
    """On another host or mount, or in a directory that may not be looked into; seen lately."""

    UNREADABLE = "unreadable"
    """By this version; seen lately."""

    GONE = "gone"
    """On this host and mount there is no such models.lock any more."""

    EXPIRED = "expired"
    """Elsewhere or unreadable, and not seen for long."""


LASTING = frozenset([Standing.HERE, Standing.ELSEWHERE, Standing.UNREADABLE])
"""The roots that stay."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Root:
    """A project that uses the store."""

    name: str
    """Of its file."""

    lock: str
    """The full path of its models.lock, as its host sees it; empty where the root is unreadable."""

    host: str
    digests: frozenset[Digest]
    standing: Standing
    age: float
    """Seconds since the project was last synced."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Blob:
    """One blob as it lies in the store."""

    digest: Digest
    size: int
    """Bytes."""

    on_disk: int
    """Bytes that the disk holds for it: fewer where the file system compresses."""

    links: int
    """How many names its bytes have, the one in the store among them."""

    age: float
    """Seconds since it was published, or last got or lost a name."""

    @property
    def freed(self) -> int:
        """Bytes that the disk has more without it: none while another name shows the same file."""
        return self.size if self.links <= 1 else 0


class Kind(StrEnum):
    """What else lies in a store."""

    PARTIAL = "partial file"
    """What has arrived of a file."""

    STAGED = "staged file"
    """What a run that was killed was writing."""

    DAMAGED = "damaged blob"
    RECORD = "record"
    NOTE = "note of an unpacking"


@dataclass(frozen=True, slots=True, kw_only=True)
class Leftover:
    """A file of the store that is no blob and no root."""

    kind: Kind
    path: str
    """Relative to the store."""

    size: int
    """Bytes that it takes; 0 of records and notes, which nobody counts."""

    links: int
    age: float
    """Seconds since it was last written to, or got or lost a name."""

    digests: frozenset[Digest] = frozenset()
    """The blobs that it is about."""

    held: bool = False
    """Whether a process works on it."""

    @property
    def freed(self) -> int:
        """Bytes that the disk has more without it."""
        return self.size if self.links <= 1 else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Inventory:
    """All that a store holds."""

    blobs: tuple[Blob, ...]
    leftovers: tuple[Leftover, ...]
    roots: tuple[Root, ...]

    @property
    def size(self) -> int:
        """Bytes of all blobs, and of all that lies beside them."""
        return sum(blob.size for blob in self.blobs) + sum(one.size for one in self.leftovers)

    @property
    def unreadable(self) -> tuple[Root, ...]:
        """Roots that may want any blob."""
        return tuple(root for root in self.roots if root.standing is Standing.UNREADABLE)

    def wanted(self) -> frozenset[Digest]:
        """What some project uses, as far as roots can be read."""
        lasting = (root.digests for root in self.roots if root.standing in LASTING)
        return frozenset[Digest]().union(*lasting)

    def unwanted(self) -> tuple[Blob, ...]:
        """The blobs that no project uses; none where a root cannot be read. The oldest first."""
        if self.unreadable:
            return ()
        wanted = self.wanted()
        unwanted = (blob for blob in self.blobs if blob.digest not in wanted)
        return tuple(sorted(unwanted, key=lambda blob: (-blob.age, blob.digest.value)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """What a user asks of a collection."""

    older_than: int | None = None
    """Seconds; nothing younger is taken."""

    max_size: int | None = None
    """Bytes that the store may keep; as many blobs stay as fit, the youngest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Collection:
    """What is to be taken away, in this order."""

    roots: tuple[Root, ...]
    leftovers: tuple[Leftover, ...]
    blobs: tuple[Blob, ...]
    spared: tuple[Blob, ...]
    """Blobs that no project uses, and that stay: for their age, or because all fits."""

    left: int
    """Bytes that the store holds afterwards."""

    excess: int
    """How many of them are more than it may keep."""

    @property
    def freed(self) -> int:
        """Bytes that the disk has more afterwards."""
        freed = sum(one.freed for one in self.leftovers)
        return freed + sum(blob.freed for blob in self.blobs)


def collect(inventory: Inventory, bounds: Bounds) -> Collection:
    """Choose what a store can do without."""
    leftovers = tuple(_useless(inventory, bounds))
    size = inventory.size - sum(one.size for one in leftovers)
    unwanted = inventory.unwanted()
    least = max(YOUNG, bounds.older_than or 0)
    old = [blob for blob in unwanted if blob.age >= least]
    if bounds.max_size is not None:
        old = _until_fitting(old, size - bounds.max_size)
    taken = frozenset(blob.digest for blob in old)
    left = size - sum(blob.size for blob in old)
    return Collection(
        roots=tuple(root for root in inventory.roots if root.standing not in LASTING),
        leftovers=leftovers,
        blobs=tuple(old),
        spared=tuple(blob for blob in unwanted if blob.digest not in taken),
        left=left,
        excess=0 if bounds.max_size is None else max(0, left - bounds.max_size),
    )


def _until_fitting(blobs: Sequence[Blob], excess: int) -> list[Blob]:
    """As many of the first blobs as it takes to be rid of so many bytes."""
    taken: list[Blob] = []
    for blob in blobs:
        if excess <= 0:
            break
        taken.append(blob)
        excess -= blob.size
    return taken


def _useless(inventory: Inventory, bounds: Bounds) -> Iterator[Leftover]:
    least = FORGOTTEN if bounds.older_than is None else max(YOUNG, bounds.older_than)
    here = frozenset(blob.digest for blob in inventory.blobs)
    awaited = inventory.wanted() - here
    for one in inventory.leftovers:
        if one.held or one.age < least:
            continue
        if one.kind is Kind.PARTIAL:
            # Where a root cannot be read, nobody knows what a later sync would go on with.
            is_useless = not inventory.unreadable and not one.digests & awaited
        elif one.kind in (Kind.RECORD, Kind.NOTE):
            is_useless = not one.digests <= here
        else:
            is_useless = True
        if is_useless:
            yield one
