"""A store that was emptied gets its blobs back from the files that were linked to them."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from modellock.documents.project_settings import LinkMode
from modellock.values.digest import sha256_of_bytes
from modellock.verbs.verify import verify_deep
from tests.integration.filesystems import as_root, mounted, remounted_read_only, second_disk
from tests.integration.local_project import Heard, LocalProject

FILES = {"config.json": "{}", "sub/weights.bin": "weights one"}


@pytest.fixture
def project() -> Iterator[LocalProject]:
    """In memory, where no directory has layers. What it was made from is gone."""
    with second_disk() as memory:
        project = LocalProject(memory)
        project.put("minilm", FILES)
        shutil.rmtree(memory / "origins/minilm")
        yield project


def blobs_of(project: LocalProject) -> dict[str, Path]:
    blobs = project.root / "store/v1/blobs"
    return {path.read_text(): path for path in blobs.rglob("*") if path.is_file()}


LOSSES: dict[str, Callable[[LocalProject], None]] = {
    "all of it": lambda project: shutil.rmtree(project.root / "store"),
    "its blobs": lambda project: shutil.rmtree(project.root / "store/v1/blobs"),
    "its version": lambda project: shutil.rmtree(project.root / "store/v1"),
}
each_loss = pytest.mark.parametrize("lose", LOSSES.values(), ids=LOSSES.keys())


@each_loss
def test_the_next_sync_gives_back_what_was_linked(
    lose: Callable[[LocalProject], None], project: LocalProject
) -> None:
    lose(project)
    assert project.unchanged() is None

    result = project.sync()

    assert (result.is_unchanged, project.heard.fetched) == (True, [])
    blobs = blobs_of(project)
    assert set(blobs) == set(FILES.values())
    for path, text in FILES.items():
        assert os.path.samefile(project.directory / "models/minilm" / path, blobs[text])
    assert project.heard.hashing_told[-1] == (2, 13)
    assert project.unchanged() is not None


def test_a_file_with_other_bytes_does_not_become_a_blob(project: LocalProject) -> None:
    weights = project.directory / "models/minilm/sub/weights.bin"
    before = weights.stat()
    weights.chmod(0o644)
    weights.write_text("weights six")
    weights.chmod(0o444)
    os.utime(weights, ns=(before.st_atime_ns, before.st_mtime_ns))
    shutil.rmtree(project.root / "store")

    project.sync()

    assert set(blobs_of(project)) == {"{}"}
    assert weights.read_text() == "weights six"
    (fault,) = verify_deep(project.project, project.settings, Heard()).faults
    assert fault.received == sha256_of_bytes(b"weights six")


def test_copies_are_not_copied_before_somebody_needs_them(project: LocalProject) -> None:
    project.sync(link_mode=LinkMode.COPY)
    shutil.rmtree(project.root / "store")

    project.sync(link_mode=LinkMode.COPY)

    assert blobs_of(project) == {}
    assert project.unchanged(link_mode=LinkMode.COPY) is not None


def test_a_store_that_has_everything_is_not_hashed(project: LocalProject) -> None:
    project.state_path.unlink()

    project.sync()
    told = project.heard.hashing_told
    project.sync()

    assert project.heard.hashing_told == []
    assert len(told) <= 1


@as_root
def test_where_nothing_can_be_noted_a_store_that_is_gone_is_no_matter(tmp_path: Path) -> None:
    with mounted(tmp_path / "disk", "tmpfs", "size=1m") as disk:
        project = LocalProject(disk, store=tmp_path / "store")
        project.put("minilm", FILES)
        shutil.rmtree(tmp_path / "store")
        remounted_read_only(disk)

        assert project.unchanged() is not None
