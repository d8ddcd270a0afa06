"""`verify`: by stats, and by hashing every byte."""

import os
import re
import shutil
from pathlib import Path

import pytest

from modellock.documents.project_settings import LinkMode
from modellock.errors import FileAccessError, UnknownNameError, UnsafeNameError
from modellock.ports.settings import Settings
from modellock.values.digest import sha256_of_bytes
from modellock.verbs.store_verification import verify_store
from modellock.verbs.verify import verify, verify_deep
from modellock.verbs.verify_result import Trouble, VerifyResult
from tests.integration.filesystems import as_root, mounted, remounted_read_only
from tests.integration.local_project import Heard, LocalProject

FILES = {"config.json": "{}", "sub/weights.bin": "weights"}


@pytest.fixture
def project(tmp_path: Path) -> LocalProject:
    made = LocalProject(tmp_path)
    made.put("minilm", FILES)
    return made


def shallow(project: LocalProject, *names: str) -> VerifyResult:
    return verify(project.project, project.settings, names)


def deep(project: LocalProject, *names: str) -> VerifyResult:
    return verify_deep(project.project, project.settings, Heard(), names)


def rot(path: Path, text: str) -> None:
    """Change bytes behind everybody's back: size and times stay as they were."""
    before = path.stat()
    path.chmod(0o644)
    path.write_text(text)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def weights_of(project: LocalProject) -> Path:
    return project.directory / "models/minilm/sub/weights.bin"


def test_a_synced_project_is_whole(project: LocalProject) -> None:
    result = shallow(project)

    assert result.is_whole
    assert (result.models, result.files, result.size, result.deep) == (1, 2, 9, False)


def test_a_missing_file_is_a_fault_and_no_damage(project: LocalProject) -> None:
    weights_of(project).unlink()

    result = shallow(project)

    (fault,) = result.faults
    assert fault.trouble is Trouble.MISSING
    assert fault.path == str(weights_of(project))
    assert not result.is_damaged


def test_an_edited_file_is_modified(project: LocalProject) -> None:
    weights_of(project).unlink()
    weights_of(project).write_text("edited.")

    result = shallow(project)

    (fault,) = result.faults
    assert str(fault) == (
        f"minilm: {weights_of(project)} is modified: expected {sha256_of_bytes(b'weights')}"
    )
    assert not result.is_damaged


def test_a_file_that_should_not_be_there_any_more_is_old(project: LocalProject) -> None:
    project.publish("minilm", {"config.json": "{}"})
    project.lock()

    (fault,) = shallow(project).faults

    assert (fault.trouble, fault.expected) == (Trouble.OLD, None)
    assert "expected" not in str(fault)


def test_a_stat_does_not_see_what_hides_from_it(project: LocalProject) -> None:
    rot(weights_of(project), "we1ghts")

    assert shallow(project).is_whole


def test_hashing_finds_damage_and_moves_the_blob_aside(project: LocalProject) -> None:
    rot(weights_of(project), "we1ghts")

    result = deep(project)

    assert result.is_damaged
    placed, blob = result.faults
    assert placed.path == str(weights_of(project))
    assert (placed.expected, placed.received) == (
        sha256_of_bytes(b"weights"),
        sha256_of_bytes(b"we1ghts"),
    )
    assert Path(blob.path).read_text() == "we1ghts"
    assert Path(blob.path).parent == project.root / "store/v1/damaged"


def test_after_damage_was_found_the_next_sync_mends_it(project: LocalProject) -> None:
    rot(weights_of(project), "we1ghts")
    deep(project)

    assert project.unchanged() is None
    project.sync()

    assert project.shown("models/minilm") == {**FILES, "sub/weights.bin.edited": "we1ghts"}
    assert deep(project).is_whole


def test_a_damaged_copy_leaves_its_blob_alone(project: LocalProject) -> None:
    shutil.rmtree(project.directory / "models")
    project.sync(link_mode=LinkMode.COPY)
    rot(weights_of(project), "we1ghts")

    result = deep(project)

    assert [fault.path for fault in result.faults] == [str(weights_of(project))]
    assert result.blobs == 2


def test_a_damaged_blob_behind_a_copy_is_found(project: LocalProject) -> None:
    shutil.rmtree(project.directory / "models")
    project.sync(link_mode=LinkMode.COPY)
    (blob,) = (project.root / "store/v1/blobs").rglob(sha256_of_bytes(b"weights").value)
    rot(blob, "we1ghts")

    (fault,) = deep(project).faults

    assert Path(fault.path).parent == project.root / "store/v1/damaged"
    assert shallow(project).is_whole


@pytest.mark.parametrize("text", ["we1ghts", "weights and more"])
def test_an_edit_through_a_hard_link_is_damage_of_the_store(
    project: LocalProject, text: str
) -> None:
    weights_of(project).chmod(0o644)
    weights_of(project).write_text(text)

    placed, blob = deep(project).faults

    assert (placed.path, placed.trouble) == (str(weights_of(project)), Trouble.MODIFIED)
    assert (blob.trouble, blob.received) == (Trouble.DAMAGED, sha256_of_bytes(text.encode()))
    assert Path(blob.path).parent == project.root / "store/v1/damaged"


def test_a_look_at_stats_moves_no_blob(project: LocalProject) -> None:
    weights_of(project).chmod(0o644)
    weights_of(project).write_text("we1ghts")
    before = project.blob_files()

    result = shallow(project)

    assert [fault.trouble for fault in result.faults] == [Trouble.MODIFIED]
    assert project.blob_files() == before


def test_files_that_share_their_bytes_are_hashed_once(project: LocalProject) -> None:
    project.put("twin", FILES)
    heard = Heard()

    verify_deep(project.project, project.settings, heard)

    assert heard.hashing_told == [(2, 9)]


def test_hashing_is_remembered(project: LocalProject) -> None:
    state = project.state_path.read_text()
    project.state_path.write_text(re.sub(r",\d+\]", ",1]", state))
    before = project.unchanged()

    result = deep(project)

    after = project.unchanged()
    assert before is not None
    assert after is not None
    assert before.hashed_at == 1
    assert after.hashed_at == result.hashed_at
    assert result.hashed_at is not None
    assert result.hashed_at > 1


@pytest.mark.parametrize("record", ["", '{"size": 7}'])
def test_without_a_record_the_sha256_decides(project: LocalProject, record: str) -> None:
    for path in (project.root / "store/v1/records").rglob("*.json"):
        path.write_text(record)

    assert deep(project).is_whole


def test_a_record_that_is_wrong_condemns_nothing(project: LocalProject) -> None:
    for path in (project.root / "store/v1/records").rglob("*.json"):
        path.write_text(path.read_text().replace("blake3:", "blake3:0000")[:-9] + "0}\n")

    assert deep(project).is_whole


def test_only_named_models_are_looked_at(project: LocalProject) -> None:
    project.put("other", {"file": "x"})
    (project.directory / "models/other/file").unlink()

    assert shallow(project, "minilm").is_whole
    assert deep(project, "minilm").is_whole
    assert not shallow(project, "other").is_whole
    with pytest.raises(UnknownNameError):
        shallow(project, "othr")


def test_an_emptied_store_is_no_damage(project: LocalProject) -> None:
    shutil.rmtree(project.root / "store")

    assert deep(project).is_whole


def test_a_touched_file_with_the_right_bytes_is_whole(project: LocalProject) -> None:
    os.utime(weights_of(project), (1, 1))

    assert deep(project).is_whole


@as_root
def test_damage_in_a_read_only_store_is_told_where_it_is(tmp_path: Path) -> None:
    with mounted(tmp_path / "disk", "tmpfs", "size=1m") as disk:
        project = LocalProject(tmp_path, store=disk / "store")
        project.put("minilm", FILES)
        (blob,) = (disk / "store/v1/blobs").rglob(sha256_of_bytes(b"weights").value)
        rot(blob, "we1ghts")
        remounted_read_only(disk)

        (fault,) = deep(project).faults

    assert fault.path == str(blob)


def test_the_placed_file_of_a_blob_that_decayed_shows_once_the_blob_was_moved_aside(
    project: LocalProject,
) -> None:
    rot(weights_of(project), "WEIGHTS")
    assert shallow(project).is_whole

    verify_store(project.settings, Heard())

    assert not shallow(project).is_whole


@pytest.mark.parametrize("link", ["v1/blobs", "v1/blobs/{}"])
def test_blobs_behind_a_link_are_neither_hashed_nor_moved(
    project: LocalProject, tmp_path: Path, link: str
) -> None:
    store = Path(project.settings.store)
    folder = store / link.format(next((store / "v1/blobs").iterdir()).name)
    folder.rename(tmp_path / "elsewhere")
    folder.symlink_to(tmp_path / "elsewhere")

    with pytest.raises(UnsafeNameError, match="is a symbolic link"):
        verify_store(project.settings, Heard())
    with pytest.raises(UnsafeNameError, match="is a symbolic link"):
        project.sync()


def test_a_store_that_cannot_be_looked_through_is_not_called_whole(tmp_path: Path) -> None:
    store = tmp_path / "store"
    (store / "v1").mkdir(parents=True)
    (store / "v1/blobs").write_text("no directory")

    with pytest.raises(FileAccessError, match="Not a directory"):
        verify_store(Settings(store=str(store)), Heard())
