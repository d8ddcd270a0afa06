"""`settings.adopt`: a sync looks at what other programs have before it fetches anything."""

import os
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from modellock.documents.project_settings import LinkMode
from modellock.errors import FileAccessError, NoSpaceError, StaleLockError
from modellock.verbs.adopt_result import Fate
from modellock.verbs.lock import LockRequest, lock
from modellock.verbs.sync import sync
from modellock.verbs.sync_result import SyncMode, SyncRequest, SyncResult
from tests.integration.archives import plain_tar
from tests.integration.filesystems import as_root, mounted
from tests.integration.local_project import Heard, LocalProject
from tests.integration.shared_caches import sha256
from tests.integration.stats import written

WEIGHTS = "weights of a model"
NAMED = f"models--acme--m/blobs/{sha256(WEIGHTS.encode())}"


@pytest.fixture
def project(tmp_path: Path) -> LocalProject:
    """A lock that asks for it, and whose blobs no store has."""
    locked = LocalProject(tmp_path, settings_table="adopt = true")
    locked.publish("m", {"config.json": "{}", "model.bin": WEIGHTS})
    locked.lock()
    return locked


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    blob = tmp_path / "hub" / NAMED
    blob.parent.mkdir(parents=True)
    blob.write_text(WEIGHTS)
    return tmp_path / "hub"


def synced(project: LocalProject, *caches: Path, **flags: object) -> SyncResult:
    project.heard = Heard()
    settings = replace(project.settings, caches=tuple(map(str, caches)))
    request = SyncRequest(**flags)  # type: ignore[arg-type]
    return sync(project.project, settings, project.heard, request)


def test_what_a_cache_has_is_not_fetched(project: LocalProject, cache: Path) -> None:
    result = synced(project, cache)

    assert result.fetches == {"m/config.json": 2}
    assert project.shown() == {"m/config.json": "{}", "m/model.bin": WEIGHTS}
    assert os.path.samefile(cache / NAMED, project.directory / "models/m/model.bin")


def test_one_line_says_what_came_from_where(project: LocalProject, cache: Path) -> None:
    result = synced(project, cache)

    assert project.heard.notes == [f"adopted 1 file (18 bytes) from {cache}"]
    (told,) = result.adopted
    assert (told.directory, told.files, told.size) == (str(cache), 1, 18)


def test_a_project_that_does_not_ask_looks_nowhere(project: LocalProject, cache: Path) -> None:
    project.settings_table = ""
    project.declare("m")
    project.lock()
    before = written(cache / NAMED)

    result = synced(project, cache)

    assert set(result.fetches) == {"m/config.json", "m/model.bin"}
    assert (result.adopted, written(cache / NAMED)) == ((), before)


def test_nobody_looks_where_nothing_is_lacking(project: LocalProject, cache: Path) -> None:
    synced(project, cache)

    assert synced(project, cache).adopted == ()
    assert project.heard.notes == []


def test_wrong_bytes_in_a_cache_are_fetched_instead(project: LocalProject, cache: Path) -> None:
    (cache / NAMED).write_text("same size as those")

    result = synced(project, cache)

    assert (len(result.fetches), result.adopted) == (2, ())
    assert project.shown()["m/model.bin"] == WEIGHTS
    assert (cache / NAMED).read_text() == "same size as those"


def test_where_caches_have_all_of_it_no_origin_is_needed(
    project: LocalProject, cache: Path
) -> None:
    (cache / "config").write_text("{}")
    shutil.rmtree(project.root / "origins")

    assert synced(project, cache).fetches == {}
    assert project.shown() == {"m/config.json": "{}", "m/model.bin": WEIGHTS}


def test_a_project_apart_from_its_store_adopts_copies(project: LocalProject, cache: Path) -> None:
    before = written(cache / NAMED)

    (told,) = synced(project, cache, link_mode=LinkMode.COPY).adopted

    assert told.fates == {Fate.COPIED: 1}
    assert written(cache / NAMED) == before


def test_without_a_store_files_are_copied_to_where_they_belong(
    project: LocalProject, cache: Path
) -> None:
    before = written(cache / NAMED)

    result = synced(project, cache, no_store=True)

    assert result.fetches == {"m/config.json": 2}
    assert project.shown()["m/model.bin"] == WEIGHTS
    assert written(cache / NAMED) == before


def test_an_archive_in_a_cache_is_unpacked(tmp_path: Path, cache: Path) -> None:
    project = LocalProject(tmp_path, settings_table="adopt = true", keys={"m": "unpack = true"})
    origin = tmp_path / "origins/m/all.tar"
    origin.parent.mkdir(parents=True)
    origin.write_bytes(plain_tar({"model.bin": b"other weights"}))
    project.declare("m")
    project.lock()
    project.store = tmp_path / "new"
    origin.rename(cache / "all.tar")

    assert synced(project, cache, mode=SyncMode.DRY_RUN).fetches == {}
    result = synced(project, cache)

    assert result.fetches == {}
    assert project.shown()["m/model.bin"] == "other weights"


def test_a_dry_run_says_what_seems_to_be_there_and_reads_nothing(
    project: LocalProject, cache: Path
) -> None:
    (cache / NAMED).write_text("same size as those")

    result = synced(project, cache, mode=SyncMode.DRY_RUN)

    (told,) = result.adopted
    assert (told.files, told.size, told.fates) == (1, 18, {Fate.FITS: 1})
    assert result.fetches == {"m/config.json": 2}
    assert project.heard.notes == []
    assert result.space is not None
    assert (result.space.needed, result.space.adopt, result.space.fetch) == (20, 18, 2)
    assert [peak.needed for peak in result.space.peaks] == [2]


@as_root
def test_what_would_not_fit_is_refused_before_anything_is_copied(tmp_path: Path) -> None:
    with mounted(tmp_path / "disk", "tmpfs", "size=256k") as disk:
        project = LocalProject(tmp_path, store=disk / "store", settings_table="adopt = true")
        project.publish("m", {"model.bin": "w" * 400_000})
        project.lock()

        with pytest.raises(NoSpaceError, match=r"not enough space: needed 400\.0 kB, free"):
            synced(project, tmp_path / "origins")


@as_root
def test_links_of_a_cache_beside_the_store_take_no_space(tmp_path: Path) -> None:
    weights = "w" * 300_000
    with mounted(tmp_path / "disk", "tmpfs", "size=512k") as disk:
        project = LocalProject(disk, settings_table="adopt = true")
        project.publish("m", {"model.bin": weights})
        project.lock()
        blob = disk / f"hub/models--acme--m/blobs/{sha256(weights.encode())}"
        blob.parent.mkdir(parents=True)
        (disk / "origins/m/model.bin").rename(blob)

        assert synced(project, disk / "hub").fetches == {}


def test_a_store_that_takes_nothing_over_is_told_and_the_rest_is_tried(
    project: LocalProject, cache: Path
) -> None:
    (project.root / "new/v1").mkdir(parents=True)
    (project.root / "new/v1/staged").write_text("no directory")
    project.store = project.root / "new"

    with pytest.raises(FileAccessError):
        synced(project, cache)

    assert project.heard.warnings == [
        f"not everything could be adopted: {project.store}: File exists"
    ]


def test_the_setting_is_copied_into_the_lock_without_another_choice(
    project: LocalProject,
) -> None:
    project.settings_table = ""
    project.declare("m")
    (project.root / "origins/m/model.bin").write_text("changed since")

    with pytest.raises(StaleLockError):
        project.sync()
    lock(project.project, project.settings, Heard(), LockRequest())

    again = project.project.read_lock()
    assert again.settings.adopt is False
    assert again.models["m"].files[1].digest.value == sha256(WEIGHTS.encode())
