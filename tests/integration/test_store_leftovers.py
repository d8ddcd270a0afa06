"""What a killed process left of a file on its way, and what a living one is writing."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from modellock.shell.store import Store
from modellock.shell.store_leftovers import remove_leftovers
from modellock.shell.store_partials import open_partial
from modellock.values.digest import ContentHasher, sha256_of_bytes

A_MINUTE, TWO_DAYS = 60.0, 172_800.0

KILLED = """
import os, signal, sys
from modellock.shell.store import Store

with Store(sys.argv[1]).stage(None) as staging:
    staging.write(b"unpacked so far")
    staging.file.flush()
    os.kill(os.getpid(), signal.SIGKILL)
"""

needs_locks = pytest.mark.skipif(sys.platform == "win32", reason="has no such locks")


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(str(tmp_path / "store"))


def staged(store: Store) -> list[Path]:
    return sorted(Path(store.root, "v1", "staged").iterdir())


@needs_locks
def test_what_a_killed_process_staged_is_removed_by_the_next(store: Store) -> None:
    subprocess.run([sys.executable, "-c", KILLED, store.root], check=False)
    (left,) = staged(store)
    assert left.read_bytes() == b"unpacked so far"

    remove_leftovers(store, now=time.time() + A_MINUTE)

    assert staged(store) == []


def test_what_is_only_just_there_stays(store: Store) -> None:
    store.staging_directory()
    Path(store.root, "v1", "staged", "unknown-1").write_bytes(b"1")

    remove_leftovers(store, now=time.time())

    assert len(staged(store)) == 1


@needs_locks
def test_what_a_living_process_writes_stays_however_long_it_takes(store: Store) -> None:
    hasher = ContentHasher()
    hasher.update(b"weights")
    with store.stage(None) as staging:
        staging.write(b"weights")

        remove_leftovers(store, now=time.time() + TWO_DAYS)

        assert len(staged(store)) == 1
        staging.publish(hasher)
    assert store.has(sha256_of_bytes(b"weights"), 7)


@needs_locks
def test_a_placed_file_that_is_taken_back_stays_while_it_is_hashed(store: Store) -> None:
    placed = Path(store.staging_directory()).parent / "placed"
    placed.write_bytes(b"weights")
    (placed.parent / "staged" / "1").hardlink_to(placed)

    remove_leftovers(store, now=time.time() + A_MINUTE)

    assert len(staged(store)) == 1


def test_what_a_later_process_goes_on_with_stays(store: Store) -> None:
    partial = open_partial(store, sha256_of_bytes(b"w" * 9), 9)
    assert partial is not None
    partial.write(0, b"www")
    partial.close()

    remove_leftovers(store, now=time.time() + TWO_DAYS)

    assert [path.suffix for path in staged(store)] == [".part", ".json"]


def test_a_store_that_nobody_made_has_none(store: Store) -> None:
    remove_leftovers(store, now=time.time())

    assert not Path(store.root).exists()
