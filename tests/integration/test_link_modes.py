"""Another link mode than the last time: what is placed follows where that makes a difference."""

import os
from pathlib import Path

import pytest

from modellock.documents.project_settings import LinkMode
from modellock.verbs.sync_result import SyncMode
from tests.integration.local_project import LocalProject

FILES = {"config.json": "{}", "sub/weights.bin": "weights"}
PLACED = ["models/minilm/config.json", "models/minilm/sub/weights.bin"]


@pytest.fixture
def project(tmp_path: Path) -> LocalProject:
    project = LocalProject(tmp_path)
    project.publish("minilm", FILES)
    project.lock()
    return project


def tied(project: LocalProject) -> list[str]:
    """Placed files that are the store's own, or lead there."""
    blobs = project.blob_files()
    paths = [path for path in (project.directory / "models").rglob("*") if path.is_file()]
    shared = [path for path in paths if (path.stat().st_dev, path.stat().st_ino) in blobs]
    return sorted(str(path.relative_to(project.directory)) for path in shared)


@pytest.mark.parametrize("before", [LinkMode.HARDLINK, LinkMode.SYMLINK])
def test_who_asks_for_copies_gets_copies_of_what_was_linked(
    before: LinkMode, project: LocalProject
) -> None:
    project.sync(link_mode=before)
    assert tied(project) == PLACED
    project.settings_table = 'link-mode = "copy"'
    project.declare("minilm")
    project.lock()

    project.sync()

    assert tied(project) == []
    assert project.shown() == {"minilm/config.json": "{}", "minilm/sub/weights.bin": "weights"}
    assert project.unchanged() is not None


def test_a_link_is_not_what_a_check_for_copies_wants(project: LocalProject) -> None:
    project.sync(link_mode=LinkMode.SYMLINK)

    checked = project.sync(link_mode=LinkMode.COPY, mode=SyncMode.CHECK)

    assert not checked.is_done


def test_who_asks_for_hard_links_has_no_symbolic_link(project: LocalProject) -> None:
    project.sync(link_mode=LinkMode.SYMLINK)

    project.sync(link_mode=LinkMode.HARDLINK)

    assert tied(project) == PLACED
    assert not any(path.is_symlink() for path in project.directory.rglob("*"))


@pytest.mark.parametrize("mode", [LinkMode.AUTO, LinkMode.HARDLINK, LinkMode.SYMLINK])
def test_copies_are_left_as_they_are(mode: LinkMode, project: LocalProject) -> None:
    project.sync(link_mode=LinkMode.COPY)

    result = project.sync(link_mode=mode)

    assert result.is_unchanged
    assert tied(project) == []


def test_links_into_a_store_that_was_moved_away_are_nobodys_edits(project: LocalProject) -> None:
    project.sync(link_mode=LinkMode.SYMLINK)
    assert project.store is not None
    project.store = project.store.rename(project.root / "elsewhere")

    result = project.sync(link_mode=LinkMode.SYMLINK)

    assert result.kept == ()
    assert tied(project) == PLACED
    assert sorted(os.listdir(project.directory / "models/minilm")) == ["config.json", "sub"]


def test_links_make_room_for_a_tree_without_a_store(project: LocalProject) -> None:
    project.sync(link_mode=LinkMode.SYMLINK)

    result = project.sync(no_store=True)

    assert result.kept == ()
    assert tied(project) == []
    assert project.shown() == {"minilm/config.json": "{}", "minilm/sub/weights.bin": "weights"}
