"""Files of others in the store: by their bytes, linked where that can be, and left as they were."""

import os
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from modellock.documents.project_settings import LinkMode
from modellock.errors import FileAccessError, NoSpaceError
from modellock.ports.settings import Settings
from modellock.shell.crew import StoppedError
from modellock.shell.store import Store
from modellock.values.dates import mtime_ns_of
from modellock.values.digest import Digest
from modellock.verbs.adopt import AdoptRequest, adopt
from modellock.verbs.adopt_result import AdoptResult, Fate
from tests.integration.archives import plain_tar
from tests.integration.filesystems import (
    as_root,
    btrfs,
    mounted,
    remounted_read_only,
    second_disk,
)
from tests.integration.local_project import Heard, LocalProject
from tests.integration.shared_caches import sha256
from tests.integration.stats import written

WEIGHTS = "weights of a model"
SIZE = 18
CONFIG = "{}"


@pytest.fixture
def project(tmp_path: Path) -> LocalProject:
    """A lock whose blobs no store has."""
    locked = LocalProject(tmp_path)
    locked.publish("m", {"config.json": CONFIG, "model.bin": WEIGHTS})
    locked.lock()
    return locked


@pytest.fixture
def elsewhere(tmp_path: Path) -> Path:
    """A directory that somebody else filled."""
    return put(tmp_path / "elsewhere", {"deep/below/of.bin": WEIGHTS, "note.txt": "hello"})


def put(directory: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (directory / name).parent.mkdir(parents=True, exist_ok=True)
        (directory / name).write_text(text)
    return directory


def adopted(project: LocalProject, *directories: Path, **asked: object) -> AdoptResult:
    project.heard = Heard()
    request = AdoptRequest(
        directories=tuple(map(str, directories)),
        **asked,  # type: ignore[arg-type]
    )
    return adopt(project.project, project.settings, project.heard, request)


def store_of(project: LocalProject) -> Store:
    return Store(str(project.store))


def digest(text: str) -> Digest:
    return Digest("sha256", sha256(text.encode()))


def blob(project: LocalProject, text: str = WEIGHTS) -> Path:
    return Path(store_of(project).path_of(digest(text)))


def blobs(project: LocalProject) -> set[str]:
    return {one.value for one in store_of(project).digests()}


def test_what_a_lock_asks_for_is_taken_over_whatever_it_is_called(
    project: LocalProject, elsewhere: Path
) -> None:
    result = adopted(project, elsewhere)

    assert blob(project).read_text() == WEIGHTS
    assert (result.files, result.size) == (1, SIZE)
    assert result.lacked == {"m/config.json": 2, "m/model.bin": SIZE}
    assert result.lacking == {"m/config.json": 2}


def test_progress_hears_of_a_file_that_is_read_and_of_one_that_came_in(
    project: LocalProject, elsewhere: Path
) -> None:
    adopted(project, elsewhere)

    assert project.heard.hashing_told == [(1, SIZE), (1, SIZE)]


def test_a_sync_then_places_it_and_fetches_only_the_rest(
    project: LocalProject, elsewhere: Path
) -> None:
    adopted(project, elsewhere)

    result = project.sync()

    assert result.fetches == {"m/config.json": 2}
    assert project.shown()["m/model.bin"] == WEIGHTS


def test_nothing_there_is_moved_or_touched(project: LocalProject, elsewhere: Path) -> None:
    before = {path: written(path) for path in sorted(elsewhere.rglob("*"))}

    adopted(project, elsewhere, everything=True)

    assert {path: written(path) for path in sorted(elsewhere.rglob("*"))} == before


def test_only_files_of_a_locked_size_are_read(project: LocalProject, elsewhere: Path) -> None:
    (elsewhere / "deep/below/of.bin").write_text("same size as those")

    (told,) = adopted(project, elsewhere).directories

    assert (told.seen, told.fates) == (2, {Fate.OTHER: 1})
    assert blobs(project) == set()


def test_a_name_that_lies_brings_nothing_in(project: LocalProject, tmp_path: Path) -> None:
    liar = put(tmp_path / "elsewhere", {sha256(WEIGHTS.encode()): "same size as those"})

    result = adopted(project, liar)

    assert result.files == 0
    assert blobs(project) == set()


def test_where_a_name_leads_to_the_bytes_no_other_file_of_that_size_is_read(
    project: LocalProject, elsewhere: Path
) -> None:
    put(elsewhere, {sha256(WEIGHTS.encode()): WEIGHTS, "0.bin": "same size as those"})

    (told,) = adopted(project, elsewhere).directories

    assert (told.seen, told.fates) == (4, {Fate.COPIED: 1})


def test_everything_is_taken_over_where_that_is_asked_for(
    project: LocalProject, elsewhere: Path
) -> None:
    result = adopted(project, elsewhere, everything=True)

    assert blobs(project) == {sha256(WEIGHTS.encode()), sha256(b"hello")}
    assert result.lacked is None


def test_so_it_is_without_a_lock(tmp_path: Path, elsewhere: Path) -> None:
    request = AdoptRequest(directories=(str(elsewhere),))

    result = adopt(None, Settings(store=str(tmp_path / "store")), Heard(), request)

    assert (result.files, result.lacked) == (2, None)


def test_what_caches_keep_for_themselves_is_no_part_of_everything(
    project: LocalProject, tmp_path: Path
) -> None:
    cache = put(
        tmp_path / "hub",
        {
            "CACHEDIR.TAG": "tag",
            ".locks/models--acme--m/0.lock": "",
            "models--acme--m/refs/main": "0" * 40,
            "models--acme--m/trees/0.json": "[]",
            f"models--acme--m/blobs/{'a' * 64}.0badcafe.incomplete": "half of",
            f"models--acme--m/blobs/{sha256(WEIGHTS.encode())}": WEIGHTS,
        },
    )

    adopted(project, cache, everything=True)

    assert blobs(project) == {sha256(WEIGHTS.encode())}


def test_a_locked_file_is_found_in_hidden_directories_too(
    project: LocalProject, tmp_path: Path
) -> None:
    clone = put(tmp_path / "clone", {".git/lfs/objects/ab/cd/abcd": WEIGHTS})

    assert adopted(project, clone).files == 1


def test_a_second_run_finds_nothing_lacking_and_reads_nothing(
    project: LocalProject, elsewhere: Path
) -> None:
    put(elsewhere, {"config.json": CONFIG})
    adopted(project, elsewhere)

    result = adopted(project, elsewhere)

    assert (result.files, result.lacked, project.heard.notes) == (0, {}, [])


def test_of_everything_what_the_store_has_is_told_apart(
    project: LocalProject, elsewhere: Path
) -> None:
    put(elsewhere, {"twin.bin": WEIGHTS})
    adopted(project, elsewhere, everything=True)

    (told,) = adopted(project, elsewhere, everything=True).directories

    assert told.fates == {Fate.HERE: 3}


def test_a_dry_run_reads_and_takes_nothing(project: LocalProject, elsewhere: Path) -> None:
    result = adopted(project, elsewhere, dry_run=True)

    assert (result.files, result.size) == (1, SIZE)
    assert result.lacking == {"m/config.json": 2}
    assert blobs(project) == set()
    assert not (project.root / "store").exists()


def test_what_was_adopted_is_kept_from_garbage_collection_for_the_project(
    project: LocalProject, elsewhere: Path
) -> None:
    adopted(project, elsewhere)

    (root,) = (project.root / "store/v1/roots").iterdir()
    assert str(project.directory / "models.lock") in root.read_text()
    assert sha256(WEIGHTS.encode()) in root.read_text()


def test_an_archive_that_locked_files_come_out_of_is_as_good(tmp_path: Path) -> None:
    project = LocalProject(tmp_path, keys={"m": "unpack = true"})
    origin = tmp_path / "origins/m/all.tar"
    origin.parent.mkdir(parents=True)
    origin.write_bytes(plain_tar({"model.bin": WEIGHTS.encode()}))
    project.declare("m")
    project.lock()
    project.store = tmp_path / "new"
    elsewhere = tmp_path / "elsewhere"
    origin.parent.rename(elsewhere)

    result = adopted(project, elsewhere)

    assert (result.files, result.lacking) == (1, {})
    project.sync()
    assert project.shown()["m/model.bin"] == WEIGHTS


def test_a_projects_hand_made_models_are_a_directory_like_any_other(
    project: LocalProject, tmp_path: Path
) -> None:
    put(project.directory, {"models/m/model.bin": WEIGHTS, "models/m/config.json": CONFIG})

    assert adopted(project, project.directory / "models").lacking == {}

    second = LocalProject(tmp_path / "second", store=project.store)
    second.publish("m", {"config.json": CONFIG, "model.bin": WEIGHTS})
    second.lock()
    assert second.sync().fetches == {}
    assert os.path.samefile(second.directory / "models/m/model.bin", blob(project))


def test_what_sync_placed_is_the_stores_own_already(project: LocalProject) -> None:
    project.sync()

    (told,) = adopted(project, project.directory / "models", everything=True).directories

    assert told.fates == {Fate.HERE: 2}
    assert project.heard.notes == []


@pytest.mark.parametrize("link_mode", [LinkMode.AUTO, LinkMode.HARDLINK])
def test_an_emptied_store_gets_its_hard_links_back_without_a_copy(
    project: LocalProject, link_mode: LinkMode
) -> None:
    project.sync()
    inode = blob(project).stat().st_ino
    blob(project).unlink()

    (told,) = adopted(project, project.directory / "models", link_mode=link_mode).directories

    assert told.fates == {Fate.LINKED: 1}
    assert blob(project).stat().st_ino == inode


def test_a_directory_that_is_not_there_is_an_error(project: LocalProject) -> None:
    with pytest.raises(FileAccessError, match="nowhere: is not a directory"):
        adopted(project, project.root / "nowhere")


def test_the_store_itself_is_no_source(project: LocalProject, elsewhere: Path) -> None:
    adopted(project, elsewhere)

    (told,) = adopted(project, project.root / "store", everything=True).directories

    assert told.seen == 0


@pytest.mark.parametrize("everything", [False, True])
def test_nor_is_a_part_of_it_or_what_leads_there(
    project: LocalProject, elsewhere: Path, tmp_path: Path, everything: bool
) -> None:
    adopted(project, elsewhere)
    part = tmp_path / "store/v1/staged/left"
    part.write_text(WEIGHTS)
    (tmp_path / "links").mkdir()
    (tmp_path / "links/model.bin").symlink_to(part)

    result = adopted(project, part.parent, tmp_path / "links", everything=everything)

    assert [one.seen for one in result.directories] == [0, 0]


def test_links_to_files_lead_to_locked_bytes(
    project: LocalProject, elsewhere: Path, tmp_path: Path
) -> None:
    (tmp_path / "links").mkdir()
    (tmp_path / "links/model.bin").symlink_to(elsewhere / "deep/below/of.bin")
    (tmp_path / "links/gone.bin").symlink_to(elsewhere / "gone")

    assert adopted(project, tmp_path / "links").files == 1


def test_everything_does_not_mean_what_links_lead_to(
    project: LocalProject, elsewhere: Path, tmp_path: Path
) -> None:
    (tmp_path / "links").mkdir()
    (tmp_path / "links/secret").symlink_to(elsewhere / "note.txt")

    result = adopted(project, tmp_path / "links", everything=True)

    assert (result.files, blobs(project)) == (0, set())


@pytest.mark.parametrize("everything", [False, True])
def test_no_directory_is_entered_through_a_link(
    project: LocalProject, elsewhere: Path, tmp_path: Path, everything: bool
) -> None:
    (tmp_path / "links").mkdir()
    (tmp_path / "links/out").symlink_to(elsewhere)
    (tmp_path / "links/round").symlink_to(tmp_path / "links")

    assert adopted(project, tmp_path / "links", everything=everything).files == 0


def test_the_directory_that_is_named_may_be_a_link(
    project: LocalProject, elsewhere: Path, tmp_path: Path
) -> None:
    (tmp_path / "named").symlink_to(elsewhere)

    assert adopted(project, tmp_path / "named").files == 1


def test_a_file_with_several_names_is_read_once(project: LocalProject, elsewhere: Path) -> None:
    os.link(elsewhere / "deep/below/of.bin", elsewhere / "again.bin")

    (told,) = adopted(project, elsewhere).directories

    assert (told.seen, told.fates) == (2, {Fate.COPIED: 1})


def test_empty_files_are_nothing_to_keep_unless_a_lock_has_one(tmp_path: Path) -> None:
    project = LocalProject(tmp_path)
    project.publish("m", {"__init__.py": ""})
    project.lock()
    elsewhere = put(tmp_path / "elsewhere", {"one": "", "two": ""})

    assert adopted(project, elsewhere, everything=True).files == 0
    assert adopted(project, elsewhere).lacking == {}


def test_several_at_once_find_all_of_it(project: LocalProject, tmp_path: Path) -> None:
    texts = [f"{number} {WEIGHTS}" for number in range(8)]
    repository = tmp_path / "hub/models--acme--m/blobs"
    put(repository, {sha256(text.encode()): text for text in texts})

    def adopt_all(_: int) -> AdoptResult:
        request = AdoptRequest(directories=(str(tmp_path / "hub"),), everything=True)
        return adopt(project.project, project.settings, Heard(), request)

    with ThreadPoolExecutor(4) as threads:
        results = list(threads.map(adopt_all, range(4)))

    assert blobs(project) == {sha256(text.encode()) for text in texts}
    assert {blob(project, text).read_text() for text in texts} == set(texts)
    assert all(Fate.CHANGED not in one.fates for result in results for one in result.directories)
    assert os.listdir(tmp_path / "store/v1/staged") == []


def test_special_files_are_nothing_to_read(project: LocalProject, elsewhere: Path) -> None:
    os.mkfifo(elsewhere / "pipe")
    (elsewhere / "null").symlink_to("/dev/null")

    assert adopted(project, elsewhere).files == 1


@as_root
@pytest.mark.slow
def test_what_may_not_be_read_is_told_and_hinders_nothing_else() -> None:
    with second_disk() as disk:
        project = LocalProject(disk)
        project.publish("m", {"model.bin": WEIGHTS})
        project.lock()
        elsewhere = put(disk / "elsewhere", {"private/0.bin": WEIGHTS, "1.bin": WEIGHTS})
        for path in (disk, *disk.rglob("*")):
            os.chown(path, 12345, 12345)
        for path in (elsewhere / "private", elsewhere / "1.bin"):
            os.chown(path, 0, 0)
            path.chmod(0o700)

        assert as_user(project, elsewhere) == f"[0, ['{elsewhere}/private'], {{'changed': 1}}]"


AS_USER = """
import os, sys
from modellock.ports.reporting import Reporter
from modellock.ports.settings import Settings
from modellock.shell.project import Project
from modellock.verbs.adopt import AdoptRequest, adopt
directory, store, elsewhere = sys.argv[1:]
os.setgid(12345)
os.setuid(12345)
request = AdoptRequest(directories=(elsewhere,))
result = adopt(Project(directory), Settings(store=store), Reporter(), request)
fates = {str(fate): count for fate, count in result.directories[0].fates.items()}
print([result.files, list(result.unread), fates])
"""


def as_user(project: LocalProject, directory: Path) -> str:
    """What a process of another user, who is not root, finds."""
    words = [str(project.directory), str(project.store), str(directory)]
    ended = subprocess.run(
        [sys.executable, "-c", AS_USER, *words], capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout.strip()


@pytest.fixture
def cached(tmp_path: Path) -> Path:
    name = sha256(WEIGHTS.encode())
    put(tmp_path / "hub", {f"models--acme--m/blobs/{name}": WEIGHTS})
    return tmp_path / "hub/models--acme--m/blobs" / name


def test_a_blob_of_a_hubs_cache_becomes_the_stores_too(
    project: LocalProject, cached: Path, tmp_path: Path
) -> None:
    (told,) = adopted(project, tmp_path / "hub").directories

    assert told.fates == {Fate.LINKED: 1}
    assert os.path.samefile(cached, blob(project))
    status = cached.stat()
    assert stat.S_IMODE(status.st_mode) == 0o444
    assert status.st_mtime_ns == mtime_ns_of(digest(WEIGHTS))


def test_a_linked_blob_stays_when_the_cache_goes(
    project: LocalProject, cached: Path, tmp_path: Path
) -> None:
    adopted(project, tmp_path / "hub")

    cached.unlink()

    assert store_of(project).has(digest(WEIGHTS), SIZE)


def test_a_write_through_the_cache_is_found_by_the_next_use(
    project: LocalProject, cached: Path, tmp_path: Path
) -> None:
    adopted(project, tmp_path / "hub")

    cached.chmod(0o644)
    cached.write_text("same size as those")

    assert not Store(str(project.store)).has(digest(WEIGHTS), SIZE)
    assert cached.read_text() == "same size as those"


def test_what_is_private_is_copied_and_stays_private(
    project: LocalProject, cached: Path, tmp_path: Path
) -> None:
    cached.chmod(0o600)

    (told,) = adopted(project, tmp_path / "hub").directories

    assert told.fates == {Fate.COPIED: 1}
    assert stat.S_IMODE(cached.stat().st_mode) == 0o600


def test_who_asks_for_copies_shares_nothing(
    project: LocalProject, cached: Path, tmp_path: Path
) -> None:
    adopted(project, tmp_path / "hub", link_mode=LinkMode.COPY)

    assert not os.path.samefile(cached, blob(project))


@as_root
def test_what_belongs_to_somebody_else_is_copied(
    project: LocalProject, cached: Path, tmp_path: Path
) -> None:
    os.chown(cached, 12345, 12345)

    (told,) = adopted(project, tmp_path / "hub").directories

    assert told.fates == {Fate.COPIED: 1}


def test_a_hard_link_of_any_file_is_made_for_who_asks(
    project: LocalProject, elsewhere: Path
) -> None:
    (told,) = adopted(project, elsewhere, link_mode=LinkMode.HARDLINK).directories

    assert told.fates == {Fate.LINKED: 1}
    assert os.path.samefile(elsewhere / "deep/below/of.bin", blob(project))


@as_root
def test_a_clone_is_made_where_the_file_system_has_them(tmp_path: Path) -> None:
    with btrfs(tmp_path / "disk") as disk:
        project = LocalProject(disk)
        project.publish("m", {"model.bin": WEIGHTS})
        project.lock()
        elsewhere = put(disk / "elsewhere", {"model.bin": WEIGHTS})
        before = written(elsewhere / "model.bin")

        (told,) = adopted(project, elsewhere).directories

        assert told.fates == {Fate.CLONED: 1}
        assert written(elsewhere / "model.bin") == before
        assert store_of(project).record_of(digest(WEIGHTS)) is not None
        assert stat.S_IMODE(blob(project).stat().st_mode) == 0o444


@as_root
@pytest.mark.slow
def test_clones_take_no_space(tmp_path: Path) -> None:
    with btrfs(tmp_path / "disk") as disk:
        elsewhere = put(disk / "elsewhere", {"model.bin": ""})
        project = LocalProject(tmp_path, store=disk / "store")
        project.publish("m", {"model.bin": ""})
        for file in (elsewhere / "model.bin", tmp_path / "origins/m/model.bin"):
            # Of holes alone, so that the disk is smaller than the file.
            os.truncate(file, 200_000_000)
        project.lock()

        (told,) = adopted(project, elsewhere).directories

        assert told.fates == {Fate.CLONED: 1}


def test_from_another_file_system_files_are_copied(project: LocalProject) -> None:
    with second_disk() as disk:
        cached = put(disk / "hub", {f"models--acme--m/blobs/{'0' * 64}": WEIGHTS})

        (told,) = adopted(project, cached).directories

        assert told.fates == {Fate.COPIED: 1}


@as_root
def test_from_a_read_only_file_system_too(project: LocalProject, tmp_path: Path) -> None:
    with mounted(tmp_path / "disk", "tmpfs", "size=1m") as disk:
        put(disk / "hub", {f"models--acme--m/blobs/{'0' * 64}": WEIGHTS})
        remounted_read_only(disk)

        assert adopted(project, disk).files == 1


@as_root
def test_copies_that_do_not_fit_are_refused_before_the_first_one(tmp_path: Path) -> None:
    large = {f"{number}.bin": str(number) * 100_000 for number in range(4)}
    with mounted(tmp_path / "disk", "tmpfs", "size=256k") as disk:
        project = LocalProject(tmp_path, store=disk / "store")
        project.publish("m", large)
        project.lock()
        elsewhere = put(tmp_path / "elsewhere", large)

        with pytest.raises(NoSpaceError, match=rf"^{disk}/store: not enough space: needed 400.0"):
            adopted(project, elsewhere)

        assert blobs(project) == set()


def test_a_cancel_is_heard_while_files_are_read(project: LocalProject, elsewhere: Path) -> None:
    class Cancelling(Heard):
        def pulse(self) -> None:
            raise StoppedError

    request = AdoptRequest(directories=(str(elsewhere),))

    with pytest.raises(StoppedError):
        adopt(project.project, project.settings, Cancelling(), request)

    assert blobs(project) == set()
