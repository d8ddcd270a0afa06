"""Stores that cannot be written: on a read-only mount, in a layer of an image, of somebody else."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from modellock.errors import FileAccessError
from modellock.ports.reporting import Reporter
from modellock.verbs.repair import repair
from modellock.verbs.sync_result import Staleness
from tests.integration.filesystems import (
    as_root,
    mounted,
    overlay,
    remounted,
    remounted_read_only,
)
from tests.integration.local_project import LocalProject
from tests.integration.trees import let_pass
from tests.integration.users import ALICE, home_of, modellock_as

pytestmark = [as_root, pytest.mark.slow]

FILES = {"config.json": '{"a": 1}', "sub/__init__.py": "", "weights.bin": "weights" * 300_000}


@pytest.fixture
def image(tmp_path: Path) -> Path:
    """What a build made, as root."""
    let_pass(tmp_path / "image")
    project = LocalProject(tmp_path / "image", store=tmp_path / "image" / "store")
    project.put("m", FILES)
    return tmp_path / "image"


@contextmanager
def read_only_mount(image: Path) -> Iterator[Path]:
    with mounted(image.parent / "volume", "tmpfs", "size=16m,mode=755") as volume:
        shutil.copytree(image / "store", volume / "store")
        remounted_read_only(volume)
        yield volume / "store"


@contextmanager
def read_only_container(image: Path) -> Iterator[Path]:
    """As `docker run --read-only` shows a layer."""
    (image.parent / "empty").mkdir()
    options = f"lowerdir={image.parent / 'empty'}:{image}"
    with mounted(image.parent / "merged", "overlay", options) as merged:
        yield merged / "store"


@contextmanager
def container(image: Path) -> Iterator[Path]:
    """As `docker run --user` shows a layer: the top one could be written, by root."""
    with overlay(image.parent / "container", image) as merged:
        yield merged / "store"


KINDS = pytest.mark.parametrize("kind", [read_only_mount, read_only_container, container])
Kind = Callable[[Path], AbstractContextManager[Path]]


def project_of(image: Path) -> Path:
    """What a user has who gets only models.lock."""
    home = home_of(ALICE, image.parent)
    shutil.copy(image / "project" / "models.lock", home)
    return home


@KINDS
def test_a_store_that_cannot_be_written_serves_what_it_has_without_a_word(
    kind: Kind, image: Path
) -> None:
    with kind(image) as store:
        home = project_of(image)
        commands = (
            ["sync"],
            ["sync"],
            ["status"],
            ["verify"],
            ["verify", "--deep"],
            ["path", "m"],
            ["env"],
            ["run", "--", "true"],
            ["store", "list"],
            ["store", "size"],
            ["store", "verify"],
            ["store", "gc", "--dry-run"],
        )

        ended = {
            " ".join(words): modellock_as(ALICE, home, *words, store=store) for words in commands
        }

        assert {name: one.code for name, one in ended.items()} == dict.fromkeys(ended, 0)
        said = "".join(one.stderr for one in ended.values())
        assert "warning" not in said
        assert "Read-only" not in said
        assert "denied" not in said
        shown = home / "models" / "m" / "weights.bin"
        assert shown.read_text() == FILES["weights.bin"]


@KINDS
def test_what_such_a_store_lacks_is_asked_for_with_a_store_that_can_be_written(
    kind: Kind, image: Path
) -> None:
    with kind(image) as store:
        home = project_of(image)
        grown = LocalProject(image, store=image.parent / "other")
        grown.put("m", {**FILES, "more.bin": "more", "large.bin": "large" * 300_000})
        shutil.copy(image / "project" / "models.lock", home / "models.lock")
        shutil.copytree(image / "origins", image.parent / "origins")

        refused = modellock_as(ALICE, home, "sync", store=store)
        served = modellock_as(ALICE, home, "sync", store=home / "own")

        assert refused.code == 2
        assert refused.stdout == ""
        first, hint = refused.stderr.splitlines()
        assert first.startswith(f"error: {store}: ")
        assert "Read-only file system" in first or "Permission denied: " in first
        assert hint == (
            "hint: name a store that can be written to: `modellock --store DIRECTORY sync`"
        )
        assert served.code == 0


@KINDS
def test_nothing_is_collected_from_such_a_store(kind: Kind, image: Path) -> None:
    with kind(image) as store:
        ended = modellock_as(ALICE, project_of(image), "store", "gc", store=store)

        assert ended.code == 2
        assert ended.stderr in {
            f"error: {store}: Read-only file system\n",
            f"error: {store}: Permission denied: {store}/v1 belongs to user 0 and has mode 0755\n",
        }


def test_a_store_that_can_be_written_again_hears_of_who_used_it_meanwhile(tmp_path: Path) -> None:
    with mounted(tmp_path / "volume", "tmpfs", "size=16m") as volume:
        first = LocalProject(tmp_path / "first", store=volume / "store")
        first.put("m", FILES)
        second = LocalProject(tmp_path / "second", store=volume / "store")
        shutil.copy(first.project.lock_path, second.directory)
        remounted_read_only(volume)
        second.sync(staleness=Staleness.FROZEN)
        assert second.unchanged(staleness=Staleness.FROZEN) is not None

        remounted(volume, "rw")
        assert second.unchanged(staleness=Staleness.FROZEN) is None
        second.sync(staleness=Staleness.FROZEN)

        assert second.unchanged(staleness=Staleness.FROZEN) is not None
        roots = [file.read_text() for file in (volume / "store/v1/roots").iterdir()]
        assert any(second.project.lock_path in root for root in roots)


def test_what_cannot_be_replaced_is_not_called_repaired(tmp_path: Path) -> None:
    with mounted(tmp_path / "volume", "tmpfs", "size=16m") as volume:
        project = LocalProject(tmp_path / "project", store=volume / "store")
        project.put("m", FILES)
        (blob,) = (path for path in volume.glob("store/v1/blobs/*/*") if path.stat().st_size > 1000)
        before = blob.stat()
        blob.chmod(0o644)
        blob.write_bytes(b"W" + blob.read_bytes()[1:])
        os.utime(blob, ns=(before.st_atime_ns, before.st_mtime_ns))
        blob.chmod(0o444)
        remounted_read_only(volume)

        with pytest.raises(FileAccessError, match="is damaged, and this user may not replace it"):
            repair(project.project, project.settings, Reporter())
