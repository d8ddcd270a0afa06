"""Whatever a store holds, a collection takes nothing that anybody may want."""

from hypothesis import given
from hypothesis import strategies as st

from modellock.decisions.collection import (
    LASTING,
    YOUNG,
    Blob,
    Bounds,
    Inventory,
    Root,
    Standing,
    collect,
)
from modellock.values.digest import sha256_of_bytes

DIGESTS = [sha256_of_bytes(bytes([number])) for number in range(8)]
AGES = st.integers(-5_000, 200 * 86_400)

blobs = st.lists(
    st.builds(
        Blob,
        digest=st.sampled_from(DIGESTS),
        size=st.integers(0, 1_000),
        on_disk=st.just(0),
        links=st.integers(1, 3),
        age=AGES,
    ),
    unique_by=lambda blob: blob.digest,
)
roots = st.lists(
    st.builds(
        Root,
        name=st.just("r.json"),
        lock=st.just("/models.lock"),
        host=st.just("here"),
        digests=st.frozensets(st.sampled_from(DIGESTS)),
        standing=st.sampled_from(Standing),
        age=AGES,
    ),
    max_size=4,
)
inventories = st.builds(
    Inventory, blobs=blobs.map(tuple), roots=roots.map(tuple), leftovers=st.just(())
)
bounds = st.builds(
    Bounds,
    older_than=st.none() | st.integers(0, 100 * 86_400),
    max_size=st.none() | st.integers(0, 5_000),
)


def without(inventory: Inventory, taken: tuple[Blob, ...], gone: tuple[Root, ...]) -> Inventory:
    return Inventory(
        blobs=tuple(blob for blob in inventory.blobs if blob not in taken),
        leftovers=(),
        roots=tuple(root for root in inventory.roots if root not in gone),
    )


@given(inventories, bounds)
def test_nothing_goes_that_is_wanted_or_young(inventory: Inventory, asked: Bounds) -> None:
    wanted = {
        digest for root in inventory.roots if root.standing in LASTING for digest in root.digests
    }

    taken = collect(inventory, asked).blobs

    assert wanted.isdisjoint(blob.digest for blob in taken)
    assert all(blob.age >= max(YOUNG, asked.older_than or 0) for blob in taken)
    assert not taken or not inventory.unreadable


@given(inventories, bounds)
def test_a_second_collection_finds_nothing(inventory: Inventory, asked: Bounds) -> None:
    first = collect(inventory, asked)

    second = collect(without(inventory, first.blobs, first.roots), asked)

    assert (second.blobs, second.roots, second.left) == ((), (), first.left)


@given(inventories, bounds)
def test_what_is_left_fits_or_nothing_more_could_go(inventory: Inventory, asked: Bounds) -> None:
    result = collect(inventory, asked)

    everything = collect(inventory, Bounds(older_than=asked.older_than))
    assert result.left == inventory.size - sum(blob.size for blob in result.blobs)
    assert not result.excess or result.blobs == everything.blobs
    assert everything.blobs[: len(result.blobs)] == result.blobs
