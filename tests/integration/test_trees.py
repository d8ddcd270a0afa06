"""`sync --to`: one lock makes one tree, to the byte, wherever and however it is synced."""

import os
import shutil
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from modellock.documents.project_settings import LinkMode
from modellock.errors import NoSpaceError, SeveralErrors
from modellock.ports.reporting import Reporter
from modellock.shell.store_private import private_store
from modellock.testing import EmbeddedGitHub, EmbeddedHub
from modellock.values.digest import sha256_of
from modellock.verbs.sync import sync
from modellock.verbs.sync_result import SyncRequest
from tests.integration.filesystems import as_root, mounted, second_disk
from tests.integration.local_project import Heard, LocalProject, texts_below
from tests.integration.processes import ended, killed_before, start
from tests.integration.stats import written
from tests.integration.trees import as_nobody, looks, take_over, tar_digest, umask
from tests.integration.workspace import Workspace

MODELS = {
    "encoder": {"config.json": "{}", "sub/deep/weights.bin": "weights one", "twin.json": "{}"},
    "ranker": {"config.json": "{}", "weights.bin": "ranker"},
}
LATER = {"config.json": "{1}", "sub/deep/weights.bin": "weights two", "new.bin": "new"}
DIRECTORY_TIME = 978_307_200  # 2001-01-01T00:00:00Z

COPIES: list[dict[str, Any]] = [{"link_mode": LinkMode.COPY}, {"no_store": True}]
KINDS: list[dict[str, Any]] = [{"link_mode": LinkMode.HARDLINK}, *COPIES]
each_kind = pytest.mark.parametrize("flags", KINDS, ids=["hardlink", "copy", "no-store"])


@pytest.fixture
def memory() -> Iterator[Path]:
    """Where any user may go, and where nothing is gained by waiting for a disk."""
    with second_disk() as directory:
        directory.chmod(0o755)
        yield directory
        take_over(str(directory))


def machine(root: Path, models: dict[str, dict[str, str]] | None = None) -> LocalProject:
    """A project with a home of its own, and the same lock as every other."""
    project = LocalProject(root)
    project.keys["ranker"] = 'path = "weights/ranker"'
    for name, files in (models or MODELS).items():
        project.publish(name, files)
    project.lock()
    return project


def in_one_go(project: LocalProject, **flags: Any) -> Path:
    image = project.root / "image"
    project.sync(to=str(image), **flags)
    return image


def test_a_tree_has_the_modes_and_times_of_every_other(memory: Path) -> None:
    project = machine(memory / "one")

    image = in_one_go(project, link_mode=LinkMode.HARDLINK)

    directory = ("0o40755", DIRECTORY_TIME)
    # Of the sha256 of `{}`, 44136fa…, the first seven digits count two seconds each.
    config = ("0o100444", DIRECTORY_TIME + 2 * 0x44136FA)
    assert looks(image) == {
        ".": directory,
        "encoder": directory,
        "encoder/config.json": config,
        "encoder/sub": directory,
        "encoder/sub/deep": directory,
        "encoder/sub/deep/weights.bin": ("0o100444", 1_002_098_312),
        "encoder/twin.json": config,
        "weights": directory,
        "weights/ranker": directory,
        "weights/ranker/config.json": config,
        "weights/ranker/weights.bin": ("0o100444", 1_081_164_394),
    }


@each_kind
@pytest.mark.parametrize("mask", [0o000, 0o022, 0o077])
def test_no_umask_shows(mask: int, flags: dict[str, Any], memory: Path) -> None:
    expected = tar_digest(in_one_go(machine(memory / "one"), **flags))

    with umask(mask):
        image = in_one_go(machine(memory / "other"), **flags)

    assert tar_digest(image) == expected


@each_kind
def test_models_may_come_one_by_one_and_in_any_order(flags: dict[str, Any], memory: Path) -> None:
    expected = tar_digest(in_one_go(machine(memory / "one"), **flags))
    project = machine(memory / "other")

    in_one_go(project, models=("ranker",), **flags)
    image = in_one_go(project, models=("encoder",), **flags)

    assert tar_digest(image) == expected


@each_kind
def test_a_store_that_has_it_all_makes_the_same_tree(flags: dict[str, Any], memory: Path) -> None:
    project = machine(memory / "one")
    expected = tar_digest(in_one_go(project, **flags))
    project.sync()
    shutil.rmtree(project.root / "image")

    assert tar_digest(in_one_go(project, **flags)) == expected


@each_kind
def test_another_time_and_a_later_lock_leave_no_trace_of_the_way(
    flags: dict[str, Any], memory: Path
) -> None:
    models = {**MODELS, "encoder": LATER}
    expected = tar_digest(in_one_go(machine(memory / "one", models), **flags))
    project = machine(memory / "other")
    in_one_go(project, **flags)

    project.publish("encoder", LATER)
    project.lock()
    image = in_one_go(project, **flags)

    assert tar_digest(image) == expected


def test_copies_are_the_same_with_a_store_and_without(memory: Path) -> None:
    digests = {
        tar_digest(in_one_go(machine(memory / str(number)), **flags))
        for number, flags in enumerate(COPIES)
    }

    assert len(digests) == 1


def test_symbolic_links_have_a_time_that_follows_from_the_lock_as_well(memory: Path) -> None:
    image = in_one_go(machine(memory / "one"), link_mode=LinkMode.SYMLINK)

    link = image / "encoder/config.json"
    assert link.is_symlink()
    assert int(link.lstat().st_mtime) == int(link.stat().st_mtime)
    assert int(link.lstat().st_mtime) == DIRECTORY_TIME + 2 * 0x44136FA


@as_root
@each_kind
@pytest.mark.slow
def test_no_user_shows(flags: dict[str, Any], memory: Path) -> None:
    expected = tar_digest(in_one_go(machine(memory / "one"), **flags))
    (memory / "other").mkdir()
    (memory / "other").chmod(0o777)

    def work() -> None:
        with umask(0o077):
            in_one_go(machine(memory / "other"), **flags)

    as_nobody(work)

    assert (memory / "other/image").stat().st_uid != os.getuid()
    assert tar_digest(memory / "other/image") == expected


@each_kind
def test_one_model_changes_nothing_outside_of_its_own_directory(
    flags: dict[str, Any], memory: Path
) -> None:
    project = machine(memory / "one")
    image = in_one_go(project, models=("encoder",), **flags)
    before = {path: written(path) for path in (image / "encoder").rglob("*")}

    in_one_go(project, models=("ranker",), **flags)

    for path, status in before.items():
        if not path.is_file() or flags != {"link_mode": LinkMode.HARDLINK}:
            # Another hard link of the same blob shows in its count, and thereby in its ctime.
            assert written(path) == status


@each_kind
def test_a_sync_with_nothing_to_do_changes_nothing(flags: dict[str, Any], memory: Path) -> None:
    project = machine(memory / "one")
    image = in_one_go(project, **flags)
    before = {path: written(path) for path in [image, *image.rglob("*")]}

    in_one_go(project, **flags)
    shutil.rmtree(project.directory / ".modellock")
    in_one_go(project, **flags)

    assert {path: written(path) for path in [image, *image.rglob("*")]} == before


def test_a_directory_of_the_user_keeps_its_mode(memory: Path) -> None:
    project = machine(memory / "one")
    for directory in ("image/encoder", "image/weights"):
        (project.root / directory).mkdir(parents=True)
        (project.root / directory).chmod(0o2750)

    image = in_one_go(project)

    assert (image / "encoder").stat().st_mode == 0o42750
    assert (image / "weights").stat().st_mode == 0o42750
    assert (image / "encoder/sub").stat().st_mode == 0o42755


def test_a_directory_behind_a_link_keeps_its_time(memory: Path) -> None:
    project = machine(memory / "one")
    image = in_one_go(project)
    behind = memory / "behind"
    (image / "encoder").rename(behind)
    (image / "encoder").symlink_to(behind)
    os.utime(behind, (1, 1))
    project.declare("ranker")
    project.lock()

    in_one_go(project)

    assert behind.stat().st_mtime == 1
    assert (behind / "config.json").exists()


def test_a_link_that_leads_to_one_tree_and_then_to_another_costs_neither_a_file(
    memory: Path,
) -> None:
    project = machine(memory / "one")
    first, second, current = (memory / name for name in ("first", "second", "current"))
    for directory, text in ((first, "one"), (second, "two"), (first, "three")):
        directory.mkdir(exist_ok=True)
        current.unlink(missing_ok=True)
        current.symlink_to(directory)
        project.publish("encoder", {"config.json": text, "only": text, text: text})
        project.lock()
        project.sync(to=str(current))

    assert texts_below(first / "encoder") == {
        "config.json": "three",
        "only": "three",
        "three": "three",
    }
    assert texts_below(second / "encoder") == {"config.json": "two", "only": "two", "two": "two"}


def test_a_link_that_leads_elsewhere_by_now_is_something_to_do(memory: Path) -> None:
    project = machine(memory / "one")
    current = memory / "current"
    for name in ("first", "second"):
        (memory / name).mkdir()
        current.unlink(missing_ok=True)
        current.symlink_to(memory / name)

        assert project.unchanged(to=str(current)) is None
        project.sync(to=str(current))

        assert project.unchanged(to=str(current)) is not None
    assert looks(memory / "first") == looks(memory / "second")


def test_below_the_project_directories_tell_when_something_came(memory: Path) -> None:
    project = machine(memory / "one")

    with umask(0o027):
        project.sync()

    models = project.directory / "models"
    assert models.stat().st_mode == 0o40750
    assert int(models.stat().st_mtime) != DIRECTORY_TIME
    assert int((models / "encoder/config.json").stat().st_mtime) == DIRECTORY_TIME + 2 * 0x44136FA


# What somebody touched


@each_kind
def test_a_touched_file_gets_its_time_again(flags: dict[str, Any], memory: Path) -> None:
    project = machine(memory / "one")
    image = in_one_go(project, **flags)
    expected = tar_digest(image)
    os.utime(image / "encoder/sub/deep/weights.bin", (1, 1))

    in_one_go(project, **flags)

    assert tar_digest(image) == expected
    assert project.unchanged(to=str(image), **flags) is not None


def test_a_blob_that_was_touched_and_opened_through_one_tree_makes_another_as_ever(
    memory: Path,
) -> None:
    project = machine(memory / "one")
    expected = tar_digest(in_one_go(project))
    config = project.root / "image/encoder/config.json"
    config.chmod(0o644)
    os.utime(config, (1, 1))

    project.sync(to=str(project.root / "second"))

    assert tar_digest(project.root / "second") == expected


def test_a_right_file_that_the_user_put_there_keeps_its_time(memory: Path) -> None:
    project = machine(memory / "one")
    (project.root / "image/encoder").mkdir(parents=True)
    config = project.root / "image/encoder/config.json"
    config.write_text("{}")
    os.utime(config, (1, 1))

    in_one_go(project)

    assert config.stat().st_mtime == 1


# Bytes, and what is left behind


def test_without_a_store_every_path_has_bytes_of_its_own_once(memory: Path) -> None:
    image = in_one_go(machine(memory / "one"), no_store=True)

    files = [path for path in image.rglob("*") if path.is_file()]
    assert len(files) == 5
    assert [path.stat().st_nlink for path in files] == [1] * 5
    assert len({path.stat().st_ino for path in files}) == 5
    assert not (memory / "one/store").exists()
    assert sorted(os.listdir(image)) == ["encoder", "weights"]


def test_without_a_store_a_link_mode_changes_nothing(memory: Path) -> None:
    modes = [LinkMode.AUTO, LinkMode.COPY, LinkMode.HARDLINK, LinkMode.REFLINK]

    digests = {
        tar_digest(in_one_go(machine(memory / mode), no_store=True, link_mode=mode))
        for mode in modes
    }

    assert len(digests) == 1


LARGE = {"one": {"a": "a" * 60_000}, "two": {"b": "b" * 60_000}}


@as_root
@pytest.mark.parametrize("mode", [LinkMode.AUTO, LinkMode.COPY])
def test_without_a_store_a_disk_needs_room_for_the_bytes_once(
    mode: LinkMode, memory: Path, tmp_path: Path
) -> None:
    project = machine(memory / "one", LARGE)
    with mounted(tmp_path / "disk", "tmpfs", "size=200k") as disk:
        project.sync(to=str(disk / "image"), no_store=True, link_mode=mode)

        assert sorted(os.listdir(disk / "image")) == ["one", "two"]


@as_root
def test_a_full_disk_leaves_no_trace_in_the_tree_once_there_is_room(
    memory: Path, tmp_path: Path
) -> None:
    expected = tar_digest(in_one_go(machine(memory / "one", LARGE), no_store=True))
    project = machine(memory / "other", LARGE)
    with mounted(tmp_path / "disk", "tmpfs", "size=200k") as disk:
        (disk / "filler").write_text("x" * 100_000)

        with pytest.raises(NoSpaceError):
            project.sync(to=str(disk / "image"), no_store=True)
        shown = texts_below(disk / "image")
        (disk / "filler").unlink()
        project.sync(to=str(disk / "image"), no_store=True)

        assert {name for name in shown if not name.startswith(".modellock-")} <= {"one/a", "two/b"}
        assert tar_digest(disk / "image") == expected


def test_a_file_in_the_place_of_the_tree_is_told(memory: Path) -> None:
    project = machine(memory / "one")
    (project.root / "image").write_text("mine")

    with pytest.raises(SeveralErrors, match=r"image/encoder/config\.json: Not a directory"):
        in_one_go(project, no_store=True)


@pytest.mark.slow
@each_kind
@pytest.mark.parametrize("part", range(3))
def test_a_kill_at_any_moment_leaves_no_trace_in_the_tree(
    part: int, flags: dict[str, Any], memory: Path
) -> None:
    expected = tar_digest(in_one_go(machine(memory / "one"), **flags))
    for change in range(part + 1, 400, 3):
        root = memory / str(change)
        project = machine(root)
        with umask(0o077):
            killed = killed_before(change, sync_into(project, flags))
            image = in_one_go(project, **flags)

        assert tar_digest(image) == expected
        shutil.rmtree(root)
        if not killed:
            return
    pytest.fail("a sync has more changes than were tried")


@pytest.mark.slow
@each_kind
@pytest.mark.parametrize("part", range(3))
def test_a_switch_that_is_killed_at_any_moment_leaves_no_trace_in_the_tree(
    part: int, flags: dict[str, Any], memory: Path
) -> None:
    models = {**MODELS, "encoder": LATER}
    expected = tar_digest(in_one_go(machine(memory / "one", models), **flags))
    for change in range(part + 1, 400, 3):
        root = memory / str(change)
        project = machine(root)
        in_one_go(project, **flags)
        project.publish("encoder", LATER)
        project.lock()
        killed = killed_before(change, sync_into(project, flags))

        image = in_one_go(project, **flags)

        assert tar_digest(image) == expected
        assert texts_below(image / "encoder") == LATER
        shutil.rmtree(root)
        if not killed:
            return
    pytest.fail("a sync has more changes than were tried")


def sync_into(project: LocalProject, flags: dict[str, Any]) -> Callable[[], Path]:
    return lambda: in_one_go(project, **flags)


# Several at once


def test_whoever_may_write_the_project_may_wait_for_its_syncs(memory: Path) -> None:
    with umask(0o002):
        project = machine(memory / "one")
        project.sync()

    assert (project.directory / ".modellock/lock").stat().st_mode & 0o777 == 0o664


@pytest.mark.slow
def test_projects_that_fill_one_directory_without_a_store_wait_for_each_other(memory: Path) -> None:
    image = memory / "image"
    projects = []
    for number in range(4):
        files = {f"{name}.bin": f"{number} {name}" * 100 for name in range(12)}
        projects.append(machine(memory / str(number), {f"model-{number}": files}))

    children = [start(partial(project.sync, to=str(image), no_store=True)) for project in projects]

    assert [ended(child) for child in children] == [0, 0, 0, 0]
    assert sorted(os.listdir(image)) == ["model-0", "model-1", "model-2", "model-3"]


def test_who_waits_for_another_sync_into_the_same_directory_says_so(memory: Path) -> None:
    fcntl = pytest.importorskip("fcntl")
    project = machine(memory / "one")
    staged = project.root / "image/.modellock-staged"
    staged.mkdir(parents=True)
    descriptor = os.open(staged, os.O_RDONLY)
    fcntl.flock(descriptor, fcntl.LOCK_EX)

    class Impatient(Heard):
        def note(self, message: str) -> None:
            super().note(message)
            # The other one is done, and removes what it staged.
            staged.rmdir()
            os.close(descriptor)

    heard = Impatient()
    request = SyncRequest(to=str(project.root / "image"), no_store=True)
    sync(project.project, project.settings, heard, request)

    assert heard.notes == [f"waiting for another sync into {project.root / 'image'}"]
    assert sorted(os.listdir(project.root / "image")) == ["encoder", "weights"]


def test_what_another_sync_had_staged_and_used_up_is_fetched_as_well(memory: Path) -> None:
    fcntl = pytest.importorskip("fcntl")
    project = machine(memory / "one")
    staged = project.root / "image/.modellock-staged"
    weights = project.root / "origins/encoder/sub/deep/weights.bin"
    with weights.open("rb") as file:
        digest = sha256_of(file)
    private_store(str(staged.parent)).take_in(str(weights), digest, weights.stat().st_size)
    descriptor = os.open(staged, os.O_RDONLY)
    fcntl.flock(descriptor, fcntl.LOCK_EX)

    class Impatient(Heard):
        def note(self, message: str) -> None:
            super().note(message)
            shutil.rmtree(staged)
            os.close(descriptor)

    request = SyncRequest(to=str(project.root / "image"), no_store=True)
    sync(project.project, project.settings, Impatient(), request)

    assert sorted(os.listdir(project.root / "image")) == ["encoder", "weights"]


def test_what_a_failed_sync_staged_is_removed_by_one_with_a_store(memory: Path) -> None:
    project = machine(memory / "one", {"one": {"a": "a"}, "two": {"b": "b"}})
    (project.root / "origins/two/b").unlink()
    (project.root / "image/one/a").mkdir(parents=True)
    with pytest.raises(SeveralErrors):
        in_one_go(project, no_store=True)
    assert ".modellock-staged" in os.listdir(project.root / "image")
    (project.root / "image/one/a").rmdir()
    (project.root / "origins/two/b").write_text("b")

    image = in_one_go(project)

    assert sorted(os.listdir(image)) == ["one", "two"]


# A Hub's cache

IN_CACHE = """
[models.base]
hub = "acme/base"
layout = "hf-cache"

[models.other]
hub = "acme/other"
layout = "hf-cache"
"""


def hub_machine(root: Path, hub: EmbeddedHub, github: EmbeddedGitHub) -> Workspace:
    workspace = Workspace(root, hub, github)
    workspace.write(IN_CACHE)
    workspace.lock()
    return workspace


def sync_hub(workspace: Workspace, **flags: Any) -> Path:
    image = workspace.root / "image"
    request = SyncRequest(to=str(image), **flags)
    sync(workspace.project, workspace.settings, Reporter(), request)
    return image


@pytest.fixture
def published(hub: EmbeddedHub) -> EmbeddedHub:
    hub.publish("acme/base", {"config.json": b"{}", "sub/w.safetensors": b"w" * 50})
    hub.publish("acme/other", {"config.json": b"{}", "vocab.txt": b"a b"}, tag="v1.0")
    return hub


@each_kind
def test_a_cache_is_the_same_tree_in_one_go_and_repository_by_repository(
    flags: dict[str, Any], memory: Path, published: EmbeddedHub, github: EmbeddedGitHub
) -> None:
    expected = sync_hub(hub_machine(memory / "one", published, github), **flags)
    workspace = hub_machine(memory / "other", published, github)

    sync_hub(workspace, models=("other",), **flags)
    folder = workspace.root / "image/hub/models--acme--other"
    alone = tar_digest(folder)
    with umask(0o077):
        image = sync_hub(workspace, models=("base",), **flags)

    assert tar_digest(folder) == alone
    assert tar_digest(image) == tar_digest(expected)
    assert sorted(os.listdir(image / "hub")) == ["models--acme--base", "models--acme--other"]


def test_copies_of_a_cache_are_the_same_with_a_store_and_without(
    memory: Path, published: EmbeddedHub, github: EmbeddedGitHub
) -> None:
    digests = {
        tar_digest(sync_hub(hub_machine(memory / str(number), published, github), **flags))
        for number, flags in enumerate(COPIES)
    }

    assert len(digests) == 1
