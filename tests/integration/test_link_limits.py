"""More places that show one file than a file system allows links to it."""

import os
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from modellock.ports.reporting import Reporter
from modellock.ports.settings import Settings
from modellock.shell.store import Store
from modellock.values.digest import sha256_of_bytes
from modellock.verbs.store_verification import verify_store
from tests.integration.filesystems import as_root, disk_of
from tests.integration.local_project import LocalProject

pytestmark = [as_root, pytest.mark.slow]

FILES = {"a/__init__.py": "", "b/__init__.py": "", "weights.bin": "weights"}


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """One of the file system that most machines have; 65,000 links to a file, of any version."""
    with disk_of(tmp_path / "disk", "ext4", 64) as disk:
        yield disk


def link_as_often_as_can_be(blob: str, directory: Path) -> int:
    """How many links there are then."""
    directory.mkdir()

    def link_for_ever() -> None:
        for number in count():
            os.link(blob, directory / str(number))

    with pytest.raises(OSError, match="Too many links"):
        link_for_ever()
    return os.stat(blob).st_nlink


def test_a_file_that_has_all_its_links_is_copied_and_the_others_are_linked(disk: Path) -> None:
    store = disk / "store"
    LocalProject(disk / "first", store=store).put("m", FILES)
    empty = Store(str(store)).path_of(sha256_of_bytes(b""))
    assert link_as_often_as_can_be(empty, disk / "links") == 65_000

    project = LocalProject(disk / "second", store=store)
    project.put("m", FILES)

    assert project.shown("models/m") == FILES
    assert project.heard.notes == [
        "some files are copied: the disk allows no more links to their blobs"
    ]
    links = {path: (project.directory / "models/m" / path).stat().st_nlink for path in FILES}
    assert links == {"a/__init__.py": 1, "b/__init__.py": 1, "weights.bin": 3}
    assert project.unchanged() is not None
    assert verify_store(Settings(store=str(store)), Reporter()).faults == ()


def test_a_blob_with_all_its_links_is_linked_again_once_some_are_gone(disk: Path) -> None:
    store = disk / "store"
    LocalProject(disk / "first", store=store).put("m", FILES)
    link_as_often_as_can_be(Store(str(store)).path_of(sha256_of_bytes(b"")), disk / "links")
    (disk / "links" / "0").unlink()
    (disk / "links" / "1").unlink()

    project = LocalProject(disk / "second", store=store)
    project.put("m", FILES)

    assert project.heard.notes == []
    assert (project.directory / "models/m/a/__init__.py").stat().st_nlink == 65_000
