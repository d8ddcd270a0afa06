"""A large file whose fetching is killed before each change that it makes to the disk."""

import os
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from modellock.shell.store import Store
from modellock.shell.store_partials import arrived_so_far
from modellock.testing import EmbeddedFiles
from tests.integration.filesystems import as_root
from tests.integration.large_file import (
    CONTENT,
    DIGEST,
    PATH,
    SIZE,
    fetched,
    names,
    ranges,
    shown,
)
from tests.integration.processes import killed_before
from tests.integration.trees import NOBODY, as_nobody, become_nobody, let_pass

pytestmark = pytest.mark.slow


@pytest.fixture
def files() -> Iterator[EmbeddedFiles]:
    with EmbeddedFiles({PATH: CONTENT}) as files:
        yield files


@as_root
def test_a_kill_at_any_change_shows_nothing_unverified_and_costs_nothing_that_had_arrived(
    files: EmbeddedFiles, tmp_path: Path
) -> None:
    """As a user without rights, whom a read-only file stops."""
    let_pass(tmp_path / "store")
    # What is loaded late may lie where only root can read it.
    fetched(Store(str(tmp_path / "first")), files)
    changes, resumed = 0, 0
    while True:
        changes += 1
        store = _store_of_nobody(tmp_path / str(changes))
        was_killed = killed_before(changes, partial(_fetched_by_nobody, store, files))
        is_there = Path(store.path_of(DIGEST)).exists()
        had_all = is_there or arrived_so_far(store, DIGEST) == SIZE
        files.requests.clear()

        if not was_killed:
            break
        assert not is_there or shown(store) == CONTENT
        as_nobody(partial(fetched, store, files))
        assert shown(store) == CONTENT
        assert ranges(files) == ([] if had_all else [f"bytes=0-{SIZE - 1}"])
        assert names(store) in ([], ["DIGEST.part.json"])
        resumed += had_all

    assert changes > resumed >= 3


def _store_of_nobody(directory: Path) -> Store:
    directory.mkdir()
    os.chown(directory, NOBODY, NOBODY)
    return Store(str(directory / "store"))


def _fetched_by_nobody(store: Store, files: EmbeddedFiles) -> None:
    become_nobody()
    fetched(store, files)
