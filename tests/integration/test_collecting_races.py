"""Somebody begins to use what is being collected; and a store collected beside many syncs."""

import os
import shutil
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from modellock.decisions.collection import Bounds, collect
from modellock.ports.reporting import Reporter
from modellock.ports.settings import Settings
from modellock.shell.project import Project
from modellock.shell.store import Store
from modellock.shell.store_inventory import take_inventory
from modellock.shell.store_removal import Removal
from modellock.shell.store_roots import add_root
from modellock.values.digest import Digest, sha256_of_bytes
from modellock.verbs.collecting import CollectionResult, collect_garbage
from modellock.verbs.sync import sync
from tests.integration.local_project import LocalProject, texts_below
from tests.integration.processes import Intruder, ended, killed_before, start

ONE = {"config.json": "{}", "weights.bin": "weights one"}
TWO = {"config.json": "{}", "weights.bin": "weights two"}
OLD = sha256_of_bytes(b"weights one")
LATER = 2 * 3_600
"""Seconds from now, when no blob is young any more; what syncs stage still is."""


@pytest.fixture
def project(tmp_path: Path) -> LocalProject:
    """A project that shows its second version; nobody uses the first, which the store has too."""
    project = LocalProject(tmp_path)
    project.put("minilm", ONE)
    project.put("minilm", TWO)
    return project


def collected(project: LocalProject) -> CollectionResult:
    return collect_garbage(project.settings, Reporter(), Bounds(), now=time.time() + LATER)


def store_of(project: LocalProject) -> Store:
    return Store(str(project.store))


def another_root(project: LocalProject, *digests: Digest) -> None:
    lock = project.root / "another" / "models.lock"
    lock.parent.mkdir(exist_ok=True)
    lock.touch()
    add_root(str(project.store), str(lock), digests)


def copied(project: LocalProject, name: str) -> Project:
    """Another project with the lock that this one has now."""
    directory = project.root / name
    directory.mkdir()
    for file in ("models.toml", "models.lock"):
        shutil.copy(project.directory / file, directory)
    return Project(str(directory))


def test_a_blob_that_a_project_wants_by_the_time_it_goes_comes_back(project: LocalProject) -> None:
    with Intruder("os.rename", lambda: another_root(project, OLD), about=OLD.value):
        result = collected(project)

    assert result.blobs == ()
    assert result.freed == 0
    assert Path(store_of(project).path_of(OLD)).read_text() == "weights one"
    assert os.listdir(project.root / "store/v1/staged") == []


def test_a_blob_that_is_linked_before_its_turn_stays(project: LocalProject) -> None:
    """Its change time is another one, although no root says who uses it."""
    blob = store_of(project).path_of(OLD)
    (project.directory / "models.lock").unlink()

    # The blobs are judged before the project's root goes, and go after it.
    link = project.root / "link"
    with Intruder("os.rename", lambda: os.link(blob, link), about="/roots/"):
        result = collected(project)

    assert OLD not in {one.digest for one in result.blobs}
    assert store_of(project).has(OLD, 11)


def test_a_root_that_cannot_be_read_by_the_time_a_blob_goes_brings_it_back(
    project: LocalProject,
) -> None:
    root = project.root / "store/v1/roots/00.json"

    with Intruder("os.rename", lambda: root.write_text("?"), about=OLD.value):
        result = collected(project)

    assert result.blobs == ()
    assert store_of(project).has(OLD, 11)


def test_a_collection_that_is_interrupted_brings_back_what_it_had_not_judged(
    project: LocalProject,
) -> None:
    project.put("minilm", {"config.json": "{}"})
    store, blobs = store_of(project), project.blob_files()
    newer = sha256_of_bytes(b"weights two").value

    def interrupt() -> None:
        raise KeyboardInterrupt

    with Intruder("os.rename", interrupt, about=newer), pytest.raises(KeyboardInterrupt):
        collected(project)

    assert project.blob_files() == blobs
    assert os.listdir(os.path.join(store.root, "v1", "staged")) == []


def test_a_project_that_is_synced_again_before_its_root_goes_keeps_it(
    project: LocalProject,
) -> None:
    lock = project.directory / "models.lock"
    text = lock.read_text()
    lock.unlink()

    def come_back() -> None:
        lock.write_text(text)
        add_root(str(project.store), str(lock), [OLD])

    (root,) = (project.root / "store/v1/roots").iterdir()
    with Intruder("os.rename", come_back, about=root.name):
        result = collected(project)

    assert result.roots == ()
    assert root.exists()
    assert store_of(project).has(OLD, 11)


def test_a_blob_that_went_between_its_check_and_its_link_is_fetched_again(
    project: LocalProject,
) -> None:
    blob = store_of(project).path_of(sha256_of_bytes(b"weights two"))
    second = copied(project, "second")

    # Where locks mean nothing: the collection began before the root was noted.
    with Intruder("os.link", lambda: os.unlink(blob), about=blob):
        result = sync(second, project.settings, Reporter())

    assert texts_below(Path(second.directory, "models/minilm")) == TWO
    assert result.fetches == {}


def test_what_only_upstream_has_by_then_is_fetched_again(project: LocalProject) -> None:
    blob = store_of(project).path_of(sha256_of_bytes(b"weights two"))
    second = copied(project, "second")

    def lose() -> None:
        os.unlink(blob)
        shutil.rmtree(project.directory)

    with Intruder("os.link", lose, about=blob):
        result = sync(second, project.settings, Reporter())

    assert texts_below(Path(second.directory, "models/minilm")) == TWO
    assert result.fetches == {"minilm/weights.bin": 11}


@pytest.mark.slow
def test_a_collection_that_is_killed_leaves_right_blobs_alone(tmp_path: Path) -> None:
    for change in range(1, 60):
        project = LocalProject(tmp_path / str(change))
        project.put("minilm", ONE)
        project.put("minilm", TWO)

        killed = killed_before(change, partial(collected, project))

        assert project.shown("models/minilm") == TWO
        for digest in store_of(project).digests():
            content = Path(store_of(project).path_of(digest)).read_bytes()
            assert sha256_of_bytes(content) == digest
        project.sync()
        collected(project)
        assert project.shown("models/minilm") == TWO
        assert len(project.blob_files()) == 2
        if not killed:
            return
    pytest.fail("a collection has more changes than were tried")


def collect_at_once(store: str) -> None:
    collect_garbage(Settings(store=store), Reporter(), Bounds(), now=time.time() + LATER)


def collect_without_a_lock(store: str) -> None:
    """What it comes to where file locks mean nothing, as on some network disks."""
    now = time.time() + LATER
    collection = collect(take_inventory(store, now), Bounds())
    removal = Removal(store, now, Reporter().pulse)
    removal.remove_roots(collection.roots)
    removal.remove_blobs(collection.blobs)


@pytest.mark.slow
@pytest.mark.parametrize("collect_once", [collect_at_once, collect_without_a_lock])
def test_a_collection_in_a_loop_beside_syncs_loses_nothing(
    tmp_path: Path, collect_once: Callable[[str], None]
) -> None:
    """Projects switch to and fro, and whatever none of them uses is taken at once."""
    names = [f"project-{number}" for number in range(4)]
    store = tmp_path / "store"

    def work(name: str) -> None:
        project = LocalProject(tmp_path / name, store=store)
        for turn in range(12):
            files = {"shared.bin": f"shared {turn % 2}", "own.bin": f"{name} {turn}"}
            project.put("minilm", files)
            assert project.shown("models/minilm") == files
            assert project.heard.warnings == []

    def collect_on() -> None:
        while not (tmp_path / "done").exists():
            collect_once(str(store))

    collector = start(collect_on)
    children = [start(partial(work, name)) for name in names]

    codes = [ended(child) for child in children]
    (tmp_path / "done").touch()
    assert [*codes, ended(collector)] == [0] * (len(children) + 1)
