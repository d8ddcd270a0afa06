"""Models that are withdrawn: each directory of which nothing stays goes out of sight at once."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from modellock.shell.placement_site import STAGE_PREFIX
from tests.integration.filesystems import as_root, mounted
from tests.integration.local_project import LocalProject
from tests.integration.processes import Intruder

NOTED, VANISHING = 2, 3
"""Renames of such a sync: after the store's note of the project comes the state with what will be
done, and then the directory goes."""

FILES = {"config.json": "{}", "sub/a.bin": "a", "sub/b.bin": "b"}


@pytest.fixture
def project(tmp_path: Path) -> LocalProject:
    project = LocalProject(tmp_path)
    project.put("minilm", FILES)
    return project


def given_up(project: LocalProject) -> LocalProject:
    """The same once models.toml wants it no more."""
    project.declare()
    project.lock()
    return project


def shown(project: LocalProject) -> list[str]:
    return sorted(os.listdir(project.directory))


class Count:
    """Does something just before the n-th change of a kind."""

    def __init__(self, event: str, number: int, act: Callable[[], object]) -> None:
        self._left = number
        self._act = act
        self.intruder = Intruder(event, self._hear)

    def _hear(self) -> None:
        self._left -= 1
        if self._left:
            Intruder._waiting = self.intruder
        else:
            self._act()


def test_a_model_vanishes_by_one_rename(project: LocalProject) -> None:
    model = given_up(project).directory / "models/minilm"
    seen: list[bool] = []

    with Intruder("os.remove", lambda: seen.append(model.exists())):
        project.sync()

    assert seen == [False]
    assert shown(project) == [".modellock", "models.lock", "models.toml"]


def test_a_file_of_somebody_else_keeps_its_directory(project: LocalProject) -> None:
    (project.directory / "models/minilm/notes.txt").write_text("mine")

    given_up(project).sync()

    assert project.shown() == {"minilm/notes.txt": "mine"}


def test_a_file_that_comes_at_the_last_moment_is_brought_back(project: LocalProject) -> None:
    model = given_up(project).directory / "models/minilm"

    with Count(
        "os.rename", VANISHING, lambda: (model / "sub/notes.txt").write_text("mine")
    ).intruder:
        result = project.sync()

    assert project.shown() == {"minilm/sub/notes.txt": "mine"}
    assert result.kept == (str(model / "sub/notes.txt"),)


def test_an_empty_directory_that_comes_at_the_last_moment_goes_along(project: LocalProject) -> None:
    model = given_up(project).directory / "models/minilm"

    with Count("os.rename", VANISHING, (model / "empty").mkdir).intruder:
        project.sync()

    assert shown(project) == [".modellock", "models.lock", "models.toml"]


def test_an_edit_at_the_last_moment_is_brought_back(project: LocalProject) -> None:
    config = given_up(project).directory / "models/minilm/config.json"

    def edit() -> None:
        config.unlink()
        config.write_text("mine")

    with Count("os.rename", VANISHING, edit).intruder:
        project.sync()

    assert project.shown() == {"minilm/config.json": "mine"}


def test_a_directory_that_is_gone_meanwhile_is_as_good_as_withdrawn(project: LocalProject) -> None:
    given_up(project)
    models, elsewhere = project.directory / "models", project.root / "elsewhere"

    with Count("os.rename", NOTED, lambda: models.rename(elsewhere)).intruder:
        project.sync()

    assert shown(project) == [".modellock", "models.lock", "models.toml"]


@as_root
def test_a_mount_is_emptied_file_by_file(tmp_path: Path) -> None:
    project = LocalProject(tmp_path)
    with mounted(make(project.directory / "models") / "minilm", "tmpfs", "size=1m"):
        project.put("minilm", FILES)

        given_up(project).sync()

        assert shown(project) == [".modellock", "models", "models.lock", "models.toml"]
        assert project.shown() == {}
        assert not any(one.startswith(STAGE_PREFIX) for one in os.listdir(tmp_path / "project"))


def make(directory: Path) -> Path:
    directory.mkdir()
    return directory
