"""Placing where directories cannot be exchanged, and beside others who change the same paths."""

import os
import shutil
import stat
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from modellock.documents.project_settings import LinkMode
from modellock.errors import FileAccessError, NoSpaceError, ObstructedError
from modellock.shell.store import Store
from modellock.values.digest import sha256_of_bytes
from tests.integration.filesystems import (
    as_root,
    immutable,
    mounted,
    overlay,
    remounted_read_only,
    second_disk,
)
from tests.integration.local_project import LocalProject, texts_below
from tests.integration.processes import Intruder, ended, start

ONE = {"config.json": "{}", "old.bin": "old", "sub/weights.bin": "weights one"}
TWO = {"config.json": "{}", "new.bin": "new", "sub/weights.bin": "weights two"}
EXCHANGE = "ctypes.dlsym"
"""The audit event just before two directories are exchanged."""

linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux is asked to exchange")


def updated(root: Path, store: Path | None = None) -> LocalProject:
    """A project that shows one version while its lock says another."""
    project = LocalProject(root, store=store)
    project.put("minilm", ONE)
    project.publish("minilm", TWO)
    project.lock()
    return project


def model_of(project: LocalProject) -> Path:
    return project.directory / "models/minilm"


def check_clean(project: LocalProject) -> None:
    assert list(project.root.rglob(".modellock-*")) == []


# Where a directory cannot be exchanged


@linux
@as_root
def test_a_directory_of_a_lower_layer_is_switched_file_by_file(tmp_path: Path) -> None:
    updated(tmp_path / "lower")
    with overlay(tmp_path / "overlay", tmp_path / "lower") as merged:
        project = LocalProject(merged)

        project.sync()

        assert texts_below(model_of(project)) == TWO
        assert project.sync().is_unchanged
        check_clean(project)
    assert texts_below(tmp_path / "lower/project/models/minilm") == ONE


@linux
@as_root
def test_copies_built_for_an_exchange_that_cannot_be_are_used(tmp_path: Path) -> None:
    with second_disk() as disk:
        updated(tmp_path / "lower", store=disk / "store")
        with overlay(tmp_path / "overlay", tmp_path / "lower") as merged:
            project = LocalProject(merged, store=disk / "store")

            project.sync()

            assert texts_below(model_of(project)) == TWO
            check_clean(project)


@linux
@as_root
def test_a_model_may_have_a_file_system_of_its_own(tmp_path: Path) -> None:
    project = LocalProject(tmp_path)
    project.publish("minilm", ONE)
    project.lock()
    model_of(project).mkdir(parents=True)
    with mounted(model_of(project), "tmpfs", "size=1m"):
        project.sync()
        assert texts_below(model_of(project)) == ONE

        project.put("minilm", TWO)
        assert texts_below(model_of(project)) == TWO
        assert project.unchanged() is not None
        check_clean(project)


@linux
@as_root
def test_a_directory_inside_of_a_model_may_be_a_mount(tmp_path: Path) -> None:
    project = updated(tmp_path)
    shutil.rmtree(model_of(project) / "sub")
    with mounted(model_of(project) / "sub", "tmpfs", "size=1m"):
        project.sync()

        assert texts_below(model_of(project)) == TWO
        check_clean(project)


def test_an_empty_directory_that_was_there_is_filled(tmp_path: Path) -> None:
    project = LocalProject(tmp_path)
    project.publish("minilm", ONE)
    project.lock()
    model_of(project).mkdir(parents=True)

    project.sync()

    assert texts_below(model_of(project)) == ONE


def test_an_empty_directory_of_somebody_else_stays(tmp_path: Path) -> None:
    project = updated(tmp_path)
    (model_of(project) / "mine").mkdir()

    project.sync()

    assert (model_of(project) / "mine").is_dir()
    assert texts_below(model_of(project)) == TWO


def test_a_single_changed_file_is_renamed_into_its_place(tmp_path: Path) -> None:
    project = LocalProject(tmp_path)
    project.put("minilm", ONE)
    before = model_of(project).stat().st_ino
    project.publish("minilm", {**ONE, "config.json": "{...}"})
    project.lock()

    project.sync()

    assert model_of(project).stat().st_ino == before
    assert texts_below(model_of(project)) == {**ONE, "config.json": "{...}"}


def test_two_files_that_trade_their_bytes(tmp_path: Path) -> None:
    project = LocalProject(tmp_path)
    project.put("minilm", {"a": "one", "b": "two", "c": "three"})
    project.put("minilm", {"a": "two", "b": "one", "c": "three"})

    assert texts_below(model_of(project)) == {"a": "two", "b": "one", "c": "three"}


def test_a_file_that_becomes_a_directory(tmp_path: Path) -> None:
    project = LocalProject(tmp_path)
    project.put("minilm", {"a": "one", "b": "two"})
    project.put("minilm", {"a/very/deep": "one", "b": "three"})

    assert texts_below(model_of(project)) == {"a/very/deep": "one", "b": "three"}
    assert stat.S_IMODE((model_of(project) / "a").stat().st_mode) & stat.S_IWUSR


def test_a_directory_that_becomes_a_file(tmp_path: Path) -> None:
    project = LocalProject(tmp_path)
    project.put("minilm", {"a/very/deep": "one", "b": "two"})
    project.put("minilm", {"a": "one", "b": "three"})

    assert texts_below(model_of(project)) == {"a": "one", "b": "three"}


@pytest.mark.parametrize(("before", "after"), [("a", "a/deep"), ("a/deep", "a")])
def test_a_file_and_a_directory_change_file_by_file_too(
    tmp_path: Path, before: str, after: str
) -> None:
    project = LocalProject(tmp_path)
    project.put("minilm", {before: "one", "b": "two"})
    (model_of(project) / "notes.txt").write_text("mine")

    project.put("minilm", {after: "one", "b": "three"})

    assert texts_below(model_of(project)) == {after: "one", "b": "three", "notes.txt": "mine"}


def test_a_directory_of_ours_with_a_foreign_file_does_not_become_a_file(tmp_path: Path) -> None:
    project = LocalProject(tmp_path)
    project.put("minilm", {"a/deep": "one", "b": "two"})
    (model_of(project) / "a/notes.txt").write_text("mine")

    with pytest.raises(ObstructedError):
        project.put("minilm", {"a": "one", "b": "three"})

    assert (model_of(project) / "a/notes.txt").read_text() == "mine"


# Beside others


@linux
@pytest.mark.parametrize("name", ["notes.txt", "sub/deep/notes.txt"])
def test_a_file_that_comes_while_directories_are_exchanged_is_brought_back(
    tmp_path: Path, name: str
) -> None:
    project = updated(tmp_path)

    def intrude() -> None:
        (model_of(project) / name).parent.mkdir(parents=True, exist_ok=True)
        (model_of(project) / name).write_text("mine")

    with Intruder(EXCHANGE, intrude):
        project.sync()

    assert texts_below(model_of(project)) == {**TWO, name: "mine"}
    check_clean(project)


@linux
def test_an_edit_while_directories_are_exchanged_is_kept_aside(tmp_path: Path) -> None:
    project = updated(tmp_path)

    def intrude() -> None:
        (model_of(project) / "sub/weights.bin").unlink()
        (model_of(project) / "sub/weights.bin").write_text("edited")

    with Intruder(EXCHANGE, intrude):
        project.sync()

    assert texts_below(model_of(project)) == {**TWO, "sub/weights.bin.edited": "edited"}


@linux
def test_the_same_switch_by_somebody_else_leaves_nothing_edited(tmp_path: Path) -> None:
    project = updated(tmp_path)

    def intrude() -> None:
        for name, text in TWO.items():
            (model_of(project) / name).unlink(missing_ok=True)
            (model_of(project) / name).write_text(text)

    with Intruder(EXCHANGE, intrude):
        project.sync()

    assert texts_below(model_of(project)) == TWO


def beside_notes(root: Path, store: Path | None = None) -> LocalProject:
    project = updated(root, store)
    (model_of(project) / "notes.txt").write_text("mine")
    return project


def put(path: Path, text: str) -> None:
    path.unlink(missing_ok=True)
    path.write_text(text)


@pytest.mark.parametrize("name", ["new.bin", "sub/weights.bin"])
def test_right_bytes_that_somebody_else_puts_during_a_switch_are_as_good(
    tmp_path: Path, name: str
) -> None:
    project = beside_notes(tmp_path)

    with Intruder("os.link", lambda: put(model_of(project) / name, TWO[name])):
        project.sync()

    assert texts_below(model_of(project)) == {**TWO, "notes.txt": "mine"}
    assert project.unchanged() is not None


@pytest.mark.parametrize("name", ["new.bin", "sub/weights.bin"])
def test_other_bytes_that_somebody_else_puts_during_a_switch_stay(
    tmp_path: Path, name: str
) -> None:
    project = beside_notes(tmp_path)

    with (
        Intruder("os.link", lambda: put(model_of(project) / name, "mine")),
        pytest.raises(ObstructedError, match="was changed by somebody else during the sync"),
    ):
        project.sync()

    assert (model_of(project) / name).read_text() == "mine"
    check_clean(project)


@pytest.mark.parametrize(("leads_to_blob", "text"), [(True, "new"), (False, "mine")])
def test_a_link_that_somebody_else_puts_counts_for_where_it_leads(
    tmp_path: Path,
    leads_to_blob: bool,
    text: str,
) -> None:
    project = beside_notes(tmp_path)
    (tmp_path / "elsewhere").write_text("mine")

    def intrude() -> None:
        blob = Store(str(project.store)).path_of(sha256_of_bytes(b"new"))
        (model_of(project) / "new.bin").symlink_to(
            blob if leads_to_blob else tmp_path / "elsewhere"
        )

    with Intruder("os.link", intrude), suppress(ObstructedError):
        project.sync()

    assert (model_of(project) / "new.bin").read_text() == text
    assert (model_of(project) / "new.bin").is_symlink()


def test_a_copy_never_replaces_what_somebody_else_put(tmp_path: Path) -> None:
    with second_disk() as disk:
        project = beside_notes(tmp_path, disk / "store")

        def intrude() -> None:
            (model_of(project) / "new.bin").write_text("mine")

        with Intruder("os.link", intrude), pytest.raises(ObstructedError, match="by somebody else"):
            project.sync()

        assert (model_of(project) / "new.bin").read_text() == "mine"


def test_a_file_that_was_withdrawn_by_somebody_else_is_as_good_as_withdrawn(
    tmp_path: Path,
) -> None:
    project = beside_notes(tmp_path)

    def intrude() -> None:
        (model_of(project) / "old.bin").unlink()

    with Intruder("os.link", intrude):
        project.sync()

    assert texts_below(model_of(project)) == {**TWO, "notes.txt": "mine"}


def test_a_file_that_is_edited_just_before_it_is_withdrawn_stays(tmp_path: Path) -> None:
    project = beside_notes(tmp_path)

    def intrude() -> None:
        (model_of(project) / "old.bin").unlink()
        (model_of(project) / "old.bin").write_text("mine")

    with Intruder("os.link", intrude):
        project.sync()

    assert (model_of(project) / "old.bin").read_text() == "mine"


def together(*works: Callable[[], object]) -> list[int]:
    """Do things in as many processes at once; their exit codes."""
    return [ended(child) for child in [start(work) for work in works]]


@pytest.mark.slow
def test_syncs_of_one_project_at_once_all_succeed(tmp_path: Path) -> None:
    project = updated(tmp_path)

    assert together(*[project.sync] * 4) == [0, 0, 0, 0]

    assert texts_below(model_of(project)) == TWO
    assert project.unchanged() is not None
    check_clean(project)


@pytest.mark.slow
def test_syncs_into_one_directory_that_know_nothing_of_each_other_all_succeed(
    tmp_path: Path,
) -> None:
    target = tmp_path / "volume"
    projects = [
        LocalProject(tmp_path / str(number), store=tmp_path / "store") for number in range(4)
    ]
    for files in (ONE, TWO):
        for project in projects:
            project.publish("minilm", files)
            project.lock()

        codes = together(*[lambda one=project: one.sync(to=str(target)) for project in projects])

        assert codes == [0, 0, 0, 0]
        assert texts_below(target / "minilm") == files
    check_clean(projects[0])


@pytest.mark.slow
def test_first_syncs_of_many_projects_fill_one_store(tmp_path: Path) -> None:
    projects = [
        LocalProject(tmp_path / str(number), store=tmp_path / "store") for number in range(4)
    ]
    for project in projects:
        project.publish("minilm", ONE)
        project.lock()

    assert together(*[project.sync for project in projects]) == [0, 0, 0, 0]

    assert all(texts_below(model_of(project)) == ONE for project in projects)
    assert len(projects[0].blob_files()) == 3


# What a disk refuses


@as_root
def test_a_full_disk_leaves_the_old_version(tmp_path: Path) -> None:
    with mounted(tmp_path / "disk", "tmpfs", "size=400k") as disk:
        project = LocalProject(disk, store=tmp_path / "store")
        project.put("minilm", {"a": "1" * 50_000, "b": "1" * 50_000})
        project.publish("minilm", {"a": "2" * 50_000, "b": "3" * 50_000})
        project.lock()
        (disk / "filler").write_text("x" * 120_000)

        with pytest.raises(NoSpaceError, match=r"needed 100\.0 kB, free"):
            project.sync()

        assert texts_below(model_of(project)) == {"a": "1" * 50_000, "b": "1" * 50_000}
        check_clean(project)
        (disk / "filler").unlink()
        project.sync()
        assert texts_below(model_of(project)) == {"a": "2" * 50_000, "b": "3" * 50_000}


@as_root
def test_a_read_only_project_can_be_looked_at_and_synced_elsewhere(tmp_path: Path) -> None:
    with mounted(tmp_path / "disk", "tmpfs", "size=1m") as disk:
        project = LocalProject(disk, store=tmp_path / "store")
        project.publish("minilm", ONE)
        project.lock()
        remounted_read_only(disk)

        project.sync(to=str(tmp_path / "image"))
        assert texts_below(tmp_path / "image/minilm") == ONE
        assert project.sync(to=str(tmp_path / "image")).is_unchanged
        with pytest.raises(FileAccessError, match=r"/project/models: Read-only file system$"):
            project.sync()


@as_root
def test_a_file_that_cannot_be_replaced_is_named(tmp_path: Path) -> None:
    project = LocalProject(tmp_path)
    project.put("minilm", {"a": "1", "b": "1"})
    project.publish("minilm", {"a": "1", "b": "2"})
    project.lock()
    fixed = model_of(project) / "b"

    with immutable(fixed), pytest.raises(FileAccessError) as caught:
        project.sync()

    assert str(caught.value) == f"{fixed}: Operation not permitted"


@as_root
def test_a_read_only_store_serves_what_it_has(tmp_path: Path) -> None:
    with mounted(tmp_path / "disk", "tmpfs", "size=1m") as disk:
        project = LocalProject(tmp_path, store=disk / "store")
        project.put("minilm", ONE)
        shutil.rmtree(project.directory / "models")
        remounted_read_only(disk)

        project.sync()
        assert texts_below(model_of(project)) == ONE
        project.publish("minilm", TWO)
        project.lock()
        with pytest.raises(FileAccessError, match="Read-only file system") as caught:
            project.sync()

    assert caught.value.model == "minilm"
    assert texts_below(model_of(project)) == ONE


def test_symbolic_links_survive_a_switch_of_other_files(tmp_path: Path) -> None:
    project = LocalProject(tmp_path)
    project.publish("minilm", ONE)
    project.lock()
    project.sync(link_mode=LinkMode.SYMLINK)
    project.publish("minilm", TWO)
    project.lock()

    project.sync(link_mode=LinkMode.SYMLINK)

    assert texts_below(model_of(project)) == TWO
    assert os.readlink(model_of(project) / "config.json").startswith(str(project.store))


def test_a_stage_that_cannot_be_removed_is_in_nobodys_way_and_goes_with_the_next_sync(
    tmp_path: Path,
) -> None:
    project = LocalProject(tmp_path)
    for model in ("first", "second"):
        project.publish(model, {"w.bin": model})
    project.lock()

    def fill() -> None:
        (stage,) = project.directory.rglob(".modellock-*")
        (stage / "held").write_text("")

    with Intruder("os.rmdir", fill, about=".modellock-"):
        project.sync()

    (stage,) = project.directory.rglob(".modellock-*")
    assert project.shown() == {
        f"{stage.name}/held": "",
        "first/w.bin": "first",
        "second/w.bin": "second",
    }
    project.put("second", {"w.bin": "another"})
    check_clean(project)
