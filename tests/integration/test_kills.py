"""A sync killed before each of its changes: what shows is right, and the next completes it."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from modellock.decisions.plan import Condition
from modellock.shell.store import Store
from modellock.values.digest import sha256_of_bytes
from modellock.verbs.status import status
from tests.integration.filesystems import second_disk
from tests.integration.local_project import LocalProject
from tests.integration.processes import killed_before

pytestmark = pytest.mark.slow

ONE = {"config.json": "{}", "old.bin": "old", "sub/weights.bin": "weights one"}
TWO = {"config.json": "{}", "new.bin": "new", "sub/weights.bin": "weights two"}
NOTES = {"notes.txt": "mine"}
PARTS = 5


def every(part: int) -> range:
    """Every fifth change; five tests together try all of them."""
    return range(part + 1, 200, PARTS)


@pytest.fixture
def root() -> Iterator[Path]:
    """In memory, where nothing is gained by waiting for a disk."""
    with second_disk() as memory:
        yield memory


each_part = pytest.mark.parametrize("part", range(PARTS))


def updated(
    root: Path, files: dict[str, str] | None = None, store: Path | None = None
) -> LocalProject:
    """A project that shows one version while its lock says another."""
    project = LocalProject(root, store=store)
    project.put("minilm", ONE)
    for name, text in (files or {}).items():
        (project.directory / "models/minilm" / name).write_text(text)
    project.publish("minilm", TWO)
    project.lock()
    return project


def check_store(project: LocalProject) -> None:
    store = Store(str(project.store))
    for digest in store.digests():
        with open(store.path_of(digest), "rb") as file:
            assert sha256_of_bytes(file.read()) == digest


def check_completed(project: LocalProject, files: dict[str, str]) -> None:
    project.sync()
    assert project.shown("models/minilm") == files
    assert project.unchanged() is not None
    assert list(project.directory.rglob(".modellock-*")) == []


def try_all(part: int, root: Path, check: Callable[[Path, int], bool]) -> None:
    for change in every(part):
        if not check(root / str(change), change):
            return
    pytest.fail("a sync has more changes than were tried")


@each_part
def test_a_first_sync_shows_all_or_nothing(part: int, root: Path) -> None:
    def check(below: Path, change: int) -> bool:
        project = LocalProject(below)
        project.publish("minilm", ONE)
        project.lock()

        killed = killed_before(change, project.sync)

        shown = project.shown("models/minilm")
        assert shown in ({}, ONE)
        check_store(project)
        check_completed(project, ONE)
        return killed

    try_all(part, root, check)


@each_part
def test_a_switch_shows_the_old_version_or_the_new(part: int, root: Path) -> None:
    def check(below: Path, change: int) -> bool:
        project = updated(below)

        killed = killed_before(change, project.sync)

        assert project.shown("models/minilm") in (ONE, TWO)
        check_store(project)
        check_completed(project, TWO)
        return killed

    try_all(part, root, check)


@each_part
def test_a_switch_beside_a_foreign_file_shows_right_files_and_can_be_completed(
    part: int, root: Path
) -> None:
    def check(below: Path, change: int) -> bool:
        project = updated(below, NOTES)

        killed = killed_before(change, project.sync)

        for name, text in project.shown("models/minilm").items():
            assert text in (ONE.get(name), TWO.get(name), NOTES.get(name))
        check_completed(project, {**TWO, **NOTES})
        return killed

    try_all(part, root, check)


@each_part
def test_an_interrupted_switch_can_be_taken_back(part: int, root: Path) -> None:
    def check(below: Path, change: int) -> bool:
        project = updated(below, NOTES)

        killed = killed_before(change, project.sync)

        project.publish("minilm", ONE)
        project.lock()
        check_completed(project, {**ONE, **NOTES})
        return killed

    try_all(part, root, check)


@each_part
def test_copies_are_shown_whole_or_not_at_all(part: int, root: Path, tmp_path: Path) -> None:
    def check(below: Path, change: int) -> bool:
        project = updated(below, NOTES, store=tmp_path / "store")

        killed = killed_before(change, project.sync)

        for name, text in project.shown("models/minilm").items():
            assert text in (ONE.get(name), TWO.get(name), NOTES.get(name))
        check_completed(project, {**TWO, **NOTES})
        return killed

    try_all(part, root, check)


@each_part
def test_a_sync_without_a_store_leaves_nothing_to_the_next_with_one(part: int, root: Path) -> None:
    def check(below: Path, change: int) -> bool:
        project = LocalProject(below)
        project.publish("minilm", ONE)
        project.lock()

        killed = killed_before(change, lambda: project.sync(no_store=True))

        assert project.shown("models/minilm") in ({}, ONE)
        check_completed(project, ONE)
        return killed

    try_all(part, root, check)


def test_status_calls_an_interrupted_switch_mixed(root: Path) -> None:
    seen = set()
    for change in range(1, 200, 2):
        project = updated(root / str(change), NOTES)
        killed = killed_before(change, project.sync)
        (model,) = status(project.project, project.settings).models
        shown = project.shown("models/minilm")
        old_and_new = "old.bin" in shown and "new.bin" in shown
        assert (model.condition is Condition.MIXED) == old_and_new
        seen.add(model.condition)
        if not killed:
            break

    assert seen == {Condition.OLD, Condition.MIXED, Condition.PLACED}
