"""Garbage collection on real stores, with projects that come, go, and share blobs."""

import json
import os
import shutil
import time
from pathlib import Path

import pytest

from modellock.decisions.collection import Bounds, Kind, Standing
from modellock.documents.project_settings import LinkMode
from modellock.errors import FileAccessError, UnsafeNameError
from modellock.ports.reporting import Reporter
from modellock.ports.settings import Settings
from modellock.shell.project import Project
from modellock.shell.store import Store
from modellock.shell.store_partials import open_partial
from modellock.shell.store_roots import add_root, read_roots
from modellock.values.digest import ContentHasher, Digest, sha256_of_bytes
from modellock.verbs.collecting import CollectionResult, collect_garbage
from modellock.verbs.sync import sync
from tests.integration.filesystems import as_root, mounted, remounted_read_only
from tests.integration.local_project import LocalProject

ONE = {"config.json": "{}", "weights.bin": "weights one"}
TWO = {"config.json": "{}", "weights.bin": "weights two"}
DAY = 86_400

with_project = pytest.mark.usefixtures("project")


@pytest.fixture
def project(tmp_path: Path) -> LocalProject:
    """A project that shows its second version; the store has both."""
    project = LocalProject(tmp_path)
    project.put("minilm", ONE)
    project.put("minilm", TWO)
    return project


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(str(tmp_path / "store"))


def collected(
    store: Store, *, days: float = 2, dry_run: bool = False, **bounds: int
) -> CollectionResult:
    """What a collection takes so many days from now."""
    return collect_garbage(
        Settings(store=store.root),
        Reporter(),
        Bounds(**bounds),
        dry_run=dry_run,
        now=time.time() + days * DAY,
    )


def publish(store: Store, content: bytes) -> Digest:
    hasher = ContentHasher()
    hasher.update(content)
    with store.stage(None) as staging:
        staging.write(content)
        staging.publish(hasher)
    return hasher.sha256


def texts(store: Store) -> set[str]:
    return {Path(store.path_of(digest)).read_text() for digest in store.digests()}


def files_of(store: Store, folder: str) -> list[str]:
    return sorted(path.name for path in Path(store.root, "v1", folder).rglob("*") if path.is_file())


def root_of(store: Store) -> Path:
    (root,) = Path(store.root, "v1", "roots").iterdir()
    return root


def changed_root(store: Store, **changes: object) -> None:
    """Another project's word in place of the one that is there."""
    root = root_of(store)
    root.write_text(json.dumps({**json.loads(root.read_text()), **changes}))


def test_what_no_lock_says_any_more_goes_with_its_record(
    project: LocalProject, store: Store
) -> None:
    result = collected(store)

    assert texts(store) == {"{}", "weights two"}
    assert (len(result.blobs), result.freed, result.roots_left) == (1, 11, 1)
    assert len(files_of(store, "records")) == 2
    assert files_of(store, "staged") == []
    assert project.shown("models/minilm") == TWO


@with_project
def test_a_dry_run_says_the_same_and_takes_nothing(store: Store) -> None:
    before = files_of(store, "")

    planned = collected(store, dry_run=True)

    assert files_of(store, "") == before
    done = collected(store)
    assert [one.digest for one in planned.blobs] == [one.digest for one in done.blobs]
    assert (planned.freed, planned.left) == (done.freed, done.left) == (11, 13)


@with_project
def test_a_second_collection_has_nothing_to_do(store: Store) -> None:
    collected(store)

    again = collected(store)

    assert (again.blobs, again.leftovers, again.roots, again.freed) == ((), (), (), 0)


def test_a_store_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    result = collected(Store(str(tmp_path / "nowhere")))

    assert (result.freed, result.left) == (0, 0)
    assert list(tmp_path.iterdir()) == []


@with_project
def test_a_blob_younger_than_an_hour_is_spared(store: Store) -> None:
    result = collected(store, days=0)

    assert (result.blobs, len(result.spared)) == ((), 1)
    assert "weights one" in texts(store)


def test_the_modification_time_of_a_blob_says_nothing_of_its_age(store: Store) -> None:
    digest = publish(store, b"x")
    assert os.stat(store.path_of(digest)).st_mtime < time.time() - 5 * 365 * DAY

    assert collected(store, days=0).blobs == ()


def test_a_blob_that_is_still_shown_frees_nothing(store: Store, tmp_path: Path) -> None:
    digest = publish(store, b"12345")
    os.link(store.path_of(digest), tmp_path / "shown")

    result = collected(store)

    assert [(blob.links, blob.freed) for blob in result.blobs] == [(2, 0)]
    assert result.freed == 0
    assert (tmp_path / "shown").read_bytes() == b"12345"


def test_a_project_whose_lock_is_gone_keeps_nothing(project: LocalProject, store: Store) -> None:
    (project.directory / "models.lock").unlink()

    result = collected(store)

    assert [root.standing for root in result.roots] == [Standing.GONE]
    assert texts(store) == set()
    assert files_of(store, "roots") == []
    assert project.shown("models/minilm") == TWO


def test_a_project_that_was_moved_is_whole_and_its_next_sync_fetches_nothing(
    project: LocalProject, store: Store, tmp_path: Path
) -> None:
    shutil.move(project.directory, tmp_path / "moved")
    shutil.rmtree(tmp_path / "origins")
    collected(store)

    sync(Project(str(tmp_path / "moved")), project.settings, Reporter())

    assert (tmp_path / "moved/models/minilm/weights.bin").read_text() == "weights two"
    assert len(files_of(store, "roots")) == 1


def test_links_of_a_project_that_was_moved_lead_to_blobs_that_stay(
    project: LocalProject, store: Store, tmp_path: Path
) -> None:
    """A sync that finds nothing to do at the new place still tells the store of it."""
    project.sync(link_mode=LinkMode.SYMLINK)
    for path in (project.directory / "models").rglob("*.*"):
        path.unlink()
    project.sync(link_mode=LinkMode.SYMLINK)
    moved = LocalProject(tmp_path / "new", store=tmp_path / "store")
    shutil.rmtree(moved.directory)
    shutil.move(project.directory, moved.directory)

    assert moved.unchanged(link_mode=LinkMode.SYMLINK) is None
    moved.sync(link_mode=LinkMode.SYMLINK)
    collected(store)

    assert moved.shown("models/minilm") == TWO
    assert moved.unchanged(link_mode=LinkMode.SYMLINK) is not None


@pytest.mark.parametrize(
    "change",
    [
        {"host": "another-container"},
        {"machine": "another-one-of-that-name"},
        {"mount": {"point": "/", "device": -1}},
        {"mount": {"point": "/elsewhere", "device": 1}},
    ],
)
def test_another_host_or_mount_is_not_taken_for_dead(
    project: LocalProject, store: Store, change: dict[str, object]
) -> None:
    changed_root(store, **change)
    (project.directory / "models.lock").unlink()

    result = collected(store)

    assert result.roots == ()
    assert texts(store) == {"{}", "weights two"}


@with_project
def test_another_host_is_believed_for_ninety_days(store: Store) -> None:
    changed_root(store, host="another-container")

    assert collected(store, days=89).roots == ()
    result = collected(store, days=91)

    assert [root.standing for root in result.roots] == [Standing.EXPIRED]
    assert texts(store) == set()


@with_project
def test_a_project_of_this_host_is_believed_for_as_long_as_its_lock_is_there(store: Store) -> None:
    assert collected(store, days=1_000).roots == ()
    assert texts(store) == {"{}", "weights two"}


@as_root
def test_a_directory_that_may_not_be_looked_into_says_nothing(
    project: LocalProject, store: Store
) -> None:
    def look() -> None:
        os.seteuid(65_534)
        try:
            (file,) = read_roots(store.root, time.time())
        finally:
            os.seteuid(0)
        assert file.root.standing is Standing.ELSEWHERE

    for above in Path(store.root).parents:
        above.chmod(above.stat().st_mode | 0o055)
    project.directory.chmod(0o700)

    look()


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"lock": 1, "host": 1, "mount": {}, "digests": []}', "\x00", '"']
)
@with_project
def test_where_a_root_cannot_be_read_nothing_is_taken(store: Store, text: str) -> None:
    (root_of(store).parent / "00.json").write_text(text)

    with pytest.raises(FileAccessError, match=r"roots/00\.json: is no root that this version"):
        collected(store)

    assert texts(store) == {"{}", "weights one", "weights two"}


@with_project
def test_a_root_that_cannot_be_read_expires_as_any_other(store: Store) -> None:
    (root_of(store).parent / "00.json").write_text("")

    result = collected(store, days=91)

    assert [root.name for root in result.roots] == ["00.json"]
    assert texts(store) == {"{}", "weights two"}


@with_project
def test_keys_that_a_later_version_adds_to_a_root_are_no_matter(store: Store) -> None:
    changed_root(store, archives=[], version="1.7")

    collected(store)

    assert texts(store) == {"{}", "weights two"}


@as_root
def test_two_containers_with_one_name_and_path_have_a_root_each(
    store: Store, tmp_path: Path
) -> None:
    """Two file systems that are mounted at one path, as containers have them."""
    app, first, second = tmp_path / "app", publish(store, b"first"), publish(store, b"second")
    lock = app / "models.lock"
    with mounted(app, "tmpfs", "size=64k"):
        lock.touch()
        add_root(store.root, str(lock), [first])
        with mounted(app, "tmpfs", "size=64k"):
            lock.touch()
            add_root(store.root, str(lock), [second])
            lock.unlink()

            result = collected(store)

    assert [root.digests for root in result.roots] == [{second}]
    assert texts(store) == {"first"}


def test_what_interrupted_runs_left_goes_after_a_day(store: Store) -> None:
    publish(store, b"x")
    staged, value = Path(store.root, "v1", "staged"), sha256_of_bytes(b"y").value
    for name in (f"{value}-{'0' * 16}", f"unknown-{'1' * 16}", f"{value}.part", "notes.txt"):
        (staged / name).write_text("bytes")
    (staged / f"{value}.part.json").write_text("{}")

    assert collected(store, days=0.9).leftovers == ()
    result = collected(store, days=1.1)

    kinds = [one.kind for one in result.leftovers]
    assert kinds == [Kind.STAGED, Kind.PARTIAL, Kind.PARTIAL, Kind.STAGED]
    assert files_of(store, "staged") == ["notes.txt"]


def test_half_a_tag_of_the_store_goes_and_what_others_keep_beside_it_stays(store: Store) -> None:
    publish(store, b"x")
    for name in (f"CACHEDIR.TAG.{'0' * 8}", f"backup.{'0' * 8}"):
        Path(store.root, name).write_text("Signature")

    result = collected(store, days=1.1)

    assert [one.kind for one in result.leftovers] == [Kind.STAGED]
    assert set(os.listdir(store.root)) == {"CACHEDIR.TAG", f"backup.{'0' * 8}", "v1"}


def test_a_partial_file_that_a_process_writes_to_stays(store: Store) -> None:
    digest = sha256_of_bytes(b"large")
    partial = open_partial(store, digest, 5)
    assert partial is not None
    partial.write(0, b"lar")

    result = collected(store, days=30)

    assert result.leftovers == ()
    partial.close()
    assert len(collected(store, days=30).leftovers) == 2


def test_a_partial_file_that_a_project_waits_for_stays(store: Store, tmp_path: Path) -> None:
    digest = sha256_of_bytes(b"large")
    partial = open_partial(store, digest, 5)
    assert partial is not None
    partial.write(0, b"lar")
    partial.close()
    (tmp_path / "models.lock").write_text("")
    add_root(store.root, str(tmp_path / "models.lock"), [digest])

    assert collected(store, days=30).leftovers == ()


def test_damaged_blobs_go_after_a_day(store: Store) -> None:
    digest = publish(store, b"x")
    store.discard_damaged(digest, os.lstat(store.path_of(digest)))

    assert collected(store, days=0.9).leftovers == ()
    result = collected(store, days=1.1)

    assert [one.kind for one in result.leftovers] == [Kind.DAMAGED, Kind.RECORD]
    assert files_of(store, "damaged") == files_of(store, "records") == []


def test_a_largest_size_keeps_what_was_used_last(store: Store) -> None:
    for content in (b"1111", b"2222", b"3333"):
        publish(store, content)
        time.sleep(0.02)

    result = collected(store, max_size=8)

    assert texts(store) == {"2222", "3333"}
    assert (result.left, result.excess) == (8, 0)


def test_files_that_are_not_of_the_layout_are_nobodys_business(store: Store) -> None:
    publish(store, b"x")
    strange = [Path(store.root, "v1", "blobs", "readme"), Path(store.root, "v1", "extra", "file")]
    for path in strange:
        path.parent.mkdir(exist_ok=True)
        path.write_text("mine")

    collected(store, days=100)

    assert [path.read_text() for path in strange] == ["mine", "mine"]


def test_the_next_sync_of_a_forgotten_project_is_noted_again(
    project: LocalProject, store: Store
) -> None:
    assert project.unchanged() is not None
    root_of(store).unlink()

    assert project.unchanged() is None
    project.sync()

    assert len(files_of(store, "roots")) == 1
    assert project.unchanged() is not None


def test_a_store_that_is_gone_slows_one_sync_down(project: LocalProject, store: Store) -> None:
    shutil.rmtree(store.root)

    assert project.unchanged() is None
    project.sync()
    assert project.unchanged() is not None


def test_a_lock_is_a_root_before_anybody_syncs_it(tmp_path: Path, store: Store) -> None:
    project = LocalProject(tmp_path)
    publish(store, b"weights one")
    project.publish("minilm", ONE)

    project.lock()
    collected(store)

    assert "weights one" in texts(store)


@as_root
def test_a_store_that_cannot_be_written_says_so_and_can_still_be_asked(tmp_path: Path) -> None:
    with mounted(tmp_path / "disk", "tmpfs", "size=1m") as disk:
        store = Store(str(disk / "store"))
        publish(store, b"x")
        remounted_read_only(disk)

        assert len(collected(store, dry_run=True).blobs) == 1
        with pytest.raises(FileAccessError, match="Read-only file system"):
            collected(store)


@pytest.mark.parametrize("folder", ["blobs", "staged", "damaged", "records", "roots"])
@with_project
def test_a_link_in_place_of_a_directory_leads_to_no_files_of_others(
    store: Store, tmp_path: Path, folder: str
) -> None:
    other = tmp_path / "hostile" / "v1"
    other.mkdir(parents=True)
    (other / folder).symlink_to(Path(store.root, "v1", folder))
    before = files_of(store, folder)

    with pytest.raises(UnsafeNameError, match="is a symbolic link"):
        collected(Store(str(other.parent)), days=200)

    assert files_of(store, folder) == before


@with_project
def test_a_link_in_place_of_a_directory_of_blobs_is_told(store: Store, tmp_path: Path) -> None:
    folder = next(Path(store.root, "v1", "blobs").iterdir())
    folder.rename(tmp_path / "elsewhere")
    folder.symlink_to(tmp_path / "elsewhere")

    with pytest.raises(UnsafeNameError, match="is a symbolic link"):
        collected(store)

    assert list((tmp_path / "elsewhere").iterdir()) != []


@with_project
def test_a_root_whose_path_no_file_can_have_is_unreadable(store: Store) -> None:
    (path,) = Path(store.root, "v1", "roots").glob("*.json")
    root = json.loads(path.read_text())
    path.write_text(json.dumps({**root, "lock": "/srv/\ud800/models.lock"}))

    (found,) = read_roots(store.root, time.time())

    assert found.root.standing is Standing.UNREADABLE
