"""`status` and `path`: what they say of a project, changing nothing."""

import os
import shutil
from pathlib import Path

import pytest

from modellock.decisions.plan import Condition
from modellock.documents.project_settings import LinkMode
from modellock.errors import MissingFilesError, MissingLockError, UnknownNameError
from modellock.verbs.path import path
from modellock.verbs.status import ModelStatus, StatusResult, status
from tests.integration.local_project import LocalProject

FILES = {"config.json": "{}", "sub/weights.bin": "weights"}


@pytest.fixture
def project(tmp_path: Path) -> LocalProject:
    made = LocalProject(tmp_path)
    made.put("minilm", FILES)
    return made


def status_of(project: LocalProject) -> StatusResult:
    return status(project.project, project.settings)


def only(result: StatusResult) -> ModelStatus:
    (model,) = result.models
    return model


def test_a_synced_project_is_whole(project: LocalProject) -> None:
    result = status_of(project)

    assert result.is_whole
    assert only(result) == ModelStatus(
        name="minilm",
        condition=Condition.PLACED,
        directory="models/minilm",
        files=2,
        size=9,
        stored=2,
        placed=2,
        missing=0,
        modified=0,
        added=0,
    )


def test_a_locked_model_that_was_never_synced_is_missing(project: LocalProject) -> None:
    shutil.rmtree(project.directory / "models")
    shutil.rmtree(project.root / "store")

    model = only(status_of(project))

    assert (model.condition, model.missing, model.stored) == (Condition.MISSING, 2, 0)


@pytest.mark.parametrize("link_mode", [LinkMode.HARDLINK, LinkMode.SYMLINK])
def test_status_leaves_a_damaged_blob_where_it_is(
    project: LocalProject, link_mode: LinkMode
) -> None:
    shutil.rmtree(project.directory / "models")
    project.sync(link_mode=link_mode)
    weights = project.directory / "models/minilm/sub/weights.bin"
    weights.chmod(0o644)
    weights.write_text("we1ghts")
    before = project.blob_files()

    status_of(project)

    assert project.blob_files() == before


def test_an_edited_file_makes_a_model_modified(project: LocalProject) -> None:
    weights = project.directory / "models/minilm/sub/weights.bin"
    weights.unlink()
    weights.write_text("edited.")

    result = status_of(project)

    assert not result.is_whole
    assert (only(result).condition, only(result).modified) == (Condition.MODIFIED, 1)
    assert weights.read_text() == "edited."


def test_files_of_an_earlier_lock_are_old(project: LocalProject) -> None:
    project.publish("minilm", {"config.json": "{...}", "sub/weights.bin": "weights"})
    project.lock()

    model = only(status_of(project))

    assert (model.condition, model.placed) == (Condition.OLD, 1)


def test_a_model_that_is_no_longer_locked_is_surplus(project: LocalProject) -> None:
    project.declare()
    project.lock()

    result = status_of(project)

    assert not result.is_whole
    assert (only(result).condition, only(result).files) == (Condition.SURPLUS, 2)


def test_what_is_declared_and_not_locked_is_told(project: LocalProject) -> None:
    project.publish("other", {"file": "x"})

    result = status_of(project)

    assert not result.is_whole
    assert result.stale == ("other: not in models.lock",)


def test_without_a_manifest_nothing_is_stale(project: LocalProject) -> None:
    (project.directory / "models.toml").unlink()

    assert status_of(project).is_whole


def test_a_model_out_of_the_default_groups_is_left_out(project: LocalProject) -> None:
    project.keys["minilm"] = 'groups = ["text"]'
    project.settings_table = "default-groups = []"
    project.declare("minilm")
    project.lock()
    project.sync()

    result = status_of(project)

    assert result.left_out == ("minilm",)
    assert result.models == ()
    assert result.is_whole


def test_a_link_on_the_way_is_told(project: LocalProject, tmp_path: Path) -> None:
    shutil.move(project.directory / "models", tmp_path / "outside")
    (project.directory / "models").symlink_to(tmp_path / "outside")

    model = only(status_of(project))

    assert model.condition is Condition.MODIFIED
    assert model.problem == (
        "minilm: a directory on the way to models/minilm/config.json is a symbolic link"
    )


def test_status_changes_nothing(project: LocalProject) -> None:
    before = {path: path.lstat().st_mtime_ns for path in project.directory.rglob("*")}
    os.utime(project.directory / "models/minilm/config.json", (1, 1))

    status_of(project)

    after = {path: path.lstat().st_mtime_ns for path in project.directory.rglob("*")}
    changed = {str(path.name) for path, time in after.items() if before[path] != time}
    assert changed == {"config.json"}


def test_without_a_lock_there_is_no_status(tmp_path: Path) -> None:
    empty = LocalProject(tmp_path)
    empty.declare()

    with pytest.raises(MissingLockError):
        status_of(empty)


# path


def test_the_path_of_a_model_is_its_directory(project: LocalProject) -> None:
    assert path(project.project, "minilm") == str(project.directory / "models/minilm")


def test_the_path_of_a_file_is_where_it_is_placed(project: LocalProject) -> None:
    project.keys["minilm"] = 'rename = { "sub/weights.bin" = "model.bin" }'
    project.put("minilm", FILES)
    placed = str(project.directory / "models/minilm/model.bin")

    assert path(project.project, "minilm", "model.bin") == placed
    assert path(project.project, "minilm", "sub/weights.bin") == placed


def test_a_path_below_another_directory(project: LocalProject, tmp_path: Path) -> None:
    project.sync(to=str(tmp_path / "image"))

    assert path(project.project, "minilm", to=str(tmp_path / "image")) == str(
        tmp_path / "image/minilm"
    )


def test_a_model_that_is_not_placed_has_no_path(project: LocalProject) -> None:
    (project.directory / "models/minilm/config.json").unlink()

    with pytest.raises(MissingFilesError, match=r"config\.json is not there") as caught:
        path(project.project, "minilm")

    assert caught.value.hint == "run `modellock sync --model minilm`"
    assert path(project.project, "minilm", "sub/weights.bin").endswith("sub/weights.bin")


def test_a_file_of_another_size_is_not_the_placed_one(project: LocalProject) -> None:
    config = project.directory / "models/minilm/config.json"
    config.unlink()
    config.write_text("edited")

    with pytest.raises(MissingFilesError, match="expected 2 bytes, received 6"):
        path(project.project, "minilm", "config.json")


def test_unknown_names_are_errors_with_the_nearest_one(project: LocalProject) -> None:
    with pytest.raises(UnknownNameError) as model:
        path(project.project, "minlm")
    with pytest.raises(UnknownNameError) as file:
        path(project.project, "minilm", "confg.json")

    assert model.value.hint == "did you mean `minilm`?"
    assert file.value.hint == "did you mean `config.json`?"
