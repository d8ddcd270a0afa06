"""Several users of one store: a group that trusts each other, and one of it who should not be."""

import os
import stat
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from modellock.errors import FileAccessError, UnsafeNameError
from modellock.ports.reporting import Reporter
from modellock.shell.disk import disk_errors
from modellock.shell.store import Store
from modellock.shell.store_leftovers import remove_leftovers
from modellock.shell.store_published import content_of
from modellock.shell.store_records import format_record, record_now
from modellock.shell.store_turns import alone, beside_others
from modellock.values.dates import mtime_ns_of
from modellock.values.digest import ContentHasher, Digest, sha256_of_bytes
from tests.integration.filesystems import as_root
from tests.integration.local_project import LocalProject
from tests.integration.trees import let_pass
from tests.integration.users import (
    ALICE,
    BOB,
    PRIVATE_UMASK,
    TEAM,
    USUAL_UMASK,
    as_user,
    home_of,
    shared_directory,
)

pytestmark = [as_root, pytest.mark.slow]

CONTENT, FORGERY, SIZE = b"weights", b"forgery", 7
DIGEST = sha256_of_bytes(CONTENT)
FILES = {"config.json": '{"a": 1}', "sub/__init__.py": "", "weights.bin": "weights one"}
LINKS = Path("/proc/sys/fs/protected_hardlinks")


@pytest.fixture
def volume(tmp_path: Path) -> Path:
    """A directory that every user can look into."""
    let_pass(tmp_path / "volume")
    (tmp_path / "volume").mkdir()
    return tmp_path / "volume"


@pytest.fixture
def team(volume: Path) -> str:
    """A store of the group."""
    return str(shared_directory(volume / "store"))


def put(home: Path, store: str) -> LocalProject:
    """Sync a project of one model, locked by whoever does it."""
    project = LocalProject(home, store=Path(store))
    project.put("m", FILES)
    assert project.heard.warnings == []
    return project


def publish(root: str, content: bytes = CONTENT) -> Digest:
    hasher = ContentHasher()
    hasher.update(content)
    store = Store(root)
    with store.stage(hasher.sha256) as staging:
        staging.write(content)
        staging.publish(hasher)
    return hasher.sha256


def entries(root: str) -> Iterator[os.stat_result]:
    for folder, folders, files in os.walk(root):
        for name in (*folders, *files):
            yield os.lstat(os.path.join(folder, name))


class Opened:
    """How often a path was opened by this process, which is to end soon."""

    def __init__(self, path: str) -> None:
        self.times = 0
        self._path = path
        sys.addaudithook(self._hear)

    def _hear(self, event: str, arguments: tuple[object, ...]) -> None:
        if event == "open" and arguments[0] == self._path:
            self.times += 1


def test_what_one_of_a_group_begins_another_goes_on_with(volume: Path, team: str) -> None:
    alice, bob = home_of(ALICE, volume), home_of(BOB, volume)

    def add_more() -> None:
        project = put(bob, team)
        project.put("m", {**FILES, "more.bin": "more"})
        assert project.shown("models/m") == {**FILES, "more.bin": "more"}

    as_user(ALICE, lambda: put(alice, team))
    as_user(BOB, add_more)
    as_user(ALICE, lambda: LocalProject(alice, store=Path(team)).put("m", {"more.bin": "more"}))

    everything = list(entries(team))
    assert {status.st_gid for status in everything} == {TEAM}
    assert {status.st_uid for status in everything} == {ALICE, BOB}
    folders = [status for status in everything if stat.S_ISDIR(status.st_mode)]
    assert {stat.S_IMODE(status.st_mode) for status in folders} == {0o2775}
    blobs = entries(os.path.join(team, "v1", "blobs"))
    files = [status for status in blobs if stat.S_ISREG(status.st_mode)]
    assert {stat.S_IMODE(status.st_mode) for status in files} == {0o444}


def test_a_group_shares_a_store_whose_names_only_their_owners_remove(
    volume: Path, team: str
) -> None:
    alice, bob = home_of(ALICE, volume), home_of(BOB, volume)
    as_user(ALICE, lambda: put(alice, team))
    for folder, _, _ in os.walk(team):
        os.chmod(folder, os.stat(folder).st_mode | stat.S_ISVTX)

    def add_more() -> None:
        put(bob, team)
        LocalProject(bob, store=Path(team)).put("m", {**FILES, "more.bin": "more"})

    as_user(BOB, add_more)
    as_user(ALICE, lambda: LocalProject(alice, store=Path(team)).put("m", {"more.bin": "more"}))


@pytest.mark.skipif(
    not LINKS.exists() or LINKS.read_text().strip() == "0", reason="links to files of others"
)
def test_files_of_others_that_may_not_be_linked_are_copied_and_one_line_says_why(
    volume: Path, team: str
) -> None:
    alice, bob = home_of(ALICE, volume), home_of(BOB, volume)

    def look() -> None:
        why = "its files are another user's, see fs.protected_hardlinks"
        note = f"models are copied: no hard links from the store ({why})"
        assert put(bob, team).heard.notes == [note]

    as_user(ALICE, lambda: put(alice, team))
    as_user(BOB, look)


@pytest.mark.parametrize(("umask", "mode"), [(USUAL_UMASK, 0o755), (PRIVATE_UMASK, 0o700)])
def test_a_store_of_ones_own_is_as_open_as_the_umask_says(
    volume: Path, umask: int, mode: int
) -> None:
    alice = home_of(ALICE, volume)

    as_user(ALICE, lambda: put(alice, str(alice / "store")), umask=umask)

    folders = [one for one in entries(str(alice / "store")) if stat.S_ISDIR(one.st_mode)]
    assert {stat.S_IMODE(status.st_mode) for status in folders} == {mode}


def test_a_blob_of_another_user_is_hashed_once_by_each_who_uses_it(team: str) -> None:
    as_user(ALICE, lambda: publish(team))

    def use_twice() -> None:
        blob = Opened(Store(team).path_of(DIGEST))
        assert Store(team).has(DIGEST, SIZE)
        assert blob.times == 1
        assert Store(team).has(DIGEST, SIZE)
        assert blob.times == 1

    as_user(BOB, use_twice)
    as_user(0, use_twice)


def lie_about(root: str, path: str) -> None:
    """Say of what a blob's path shows that it was found right."""
    record = record_now(DIGEST, content_of(path).chunks, os.lstat(path))
    note = Path(root, "v1", "records", DIGEST.value[:2], f"{DIGEST.value}.json")
    note.parent.mkdir(parents=True, exist_ok=True)
    note.unlink(missing_ok=True)
    note.write_text(format_record(record))


def forge(root: str) -> None:
    """Put other bytes in place of a blob, with all that a stat of it shows, and a record."""
    path = Store(root).path_of(DIGEST)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    Path(path).unlink(missing_ok=True)
    Path(path).write_bytes(FORGERY)
    os.utime(path, ns=(0, mtime_ns_of(DIGEST)))
    os.chmod(path, 0o444)
    lie_about(root, path)


def write_into(root: str) -> None:
    """Write other bytes into one's own blob, and hide it as well as its owner can."""
    path = Store(root).path_of(DIGEST)
    os.chmod(path, 0o644)
    Path(path).write_bytes(FORGERY)
    os.utime(path, ns=(0, mtime_ns_of(DIGEST)))
    os.chmod(path, 0o444)
    lie_about(root, path)


def exchange(root: str) -> None:
    """Give a blob of Bob's the name of another one, with all that was noted of it."""
    other, store = sha256_of_bytes(FORGERY), Store(root)
    os.rename(store.path_of(other), store.path_of(DIGEST))
    records = Path(root, "v1", "records")
    note = records / other.value[:2] / f"{other.value}.json"
    note.rename(records / DIGEST.value[:2] / f"{DIGEST.value}.json")


@pytest.mark.parametrize("deceive", [forge, write_into, exchange])
def test_nobody_is_made_to_use_a_wrong_blob_by_another_user(
    team: str, deceive: Callable[[str], None]
) -> None:
    def use() -> None:
        assert Store(team).has(DIGEST, SIZE)
        publish(team, FORGERY)

    def look_again() -> None:
        assert not Store(team).has(DIGEST, SIZE)

    as_user(ALICE, lambda: publish(team))
    as_user(BOB, use)
    as_user(ALICE, lambda: deceive(team))

    as_user(BOB, look_again)


def plant(root: str, path: str, target: Path) -> None:
    """Put a link in place of a directory of the store."""
    place = Path(root, path)
    place.parent.mkdir(parents=True, exist_ok=True)
    if place.exists():
        place.rename(place.with_name("aside"))
    place.symlink_to(target)


@pytest.mark.parametrize("path", ["v1/staged", "v1/blobs", f"v1/blobs/{DIGEST.value[:2]}"])
def test_a_link_in_the_store_leads_nobody_elsewhere(volume: Path, team: str, path: str) -> None:
    home = home_of(BOB, volume)

    def go_on() -> None:
        (home / "mine").write_text("mine")
        with pytest.raises(UnsafeNameError, match=f"{path}: is a symbolic link"):
            publish(team)
        store = Store(team)
        remove_leftovers(store, now=(home / "mine").stat().st_ctime + 1_000_000)
        assert os.listdir(home) == ["mine"]

    as_user(ALICE, lambda: plant(team, path, home))
    as_user(BOB, go_on)


def write_a_terabyte(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(1 << 40)


@pytest.mark.parametrize("make", [os.mkfifo, Path.mkdir, write_a_terabyte])
@pytest.mark.parametrize("name", [f"{DIGEST.value}.json", f"{DIGEST.value}.{BOB}.json"])
def test_a_record_can_be_anything(team: str, name: str, make: Callable[[Path], None]) -> None:
    record = Path(team, "v1", "records", DIGEST.value[:2], name)

    def litter() -> None:
        publish(team)
        record.unlink(missing_ok=True)
        make(record)

    def use() -> None:
        assert Store(team).has(DIGEST, SIZE)

    as_user(ALICE, litter)
    as_user(BOB, use)


@pytest.mark.parametrize("mode", [0o666, 0o444])
def test_a_pipe_in_place_of_the_lock_makes_nobody_wait(team: str, mode: int) -> None:
    lock = Path(team, "v1", "lock")

    def litter() -> None:
        publish(team)
        os.mkfifo(lock)
        lock.chmod(mode)

    def use() -> None:
        with beside_others(team, Reporter(), "lock"):
            assert Store(team).has(DIGEST, SIZE)
        with (
            pytest.raises(FileAccessError, match="not a regular file"),
            alone(team, Reporter(), "store gc"),
        ):
            pytest.fail("two at once")

    as_user(ALICE, litter)
    as_user(BOB, use)


def test_who_keeps_a_part_of_a_shared_store_from_others_is_named(volume: Path, team: str) -> None:
    alice, bob = home_of(ALICE, volume), home_of(BOB, volume)
    as_user(ALICE, lambda: put(alice, team), umask=PRIVATE_UMASK)

    def be_refused() -> None:
        with pytest.raises(FileAccessError) as caught:
            put(bob, team)
        assert str(caught.value) == (
            f"{team}: Permission denied: {team}/v1 belongs to user {ALICE} and has mode 2700"
        )
        assert caught.value.hint == (
            f"its owner can open it to the group again: `chmod -R g+rwX {team}`"
        )

    as_user(BOB, be_refused)


@pytest.mark.parametrize(
    ("closed", "mode"), [("", 0o700), ("folder", 0o600), ("folder/file", 0o200)]
)
def test_what_lets_a_user_not_in_is_named_with_its_owner(
    volume: Path, closed: str, mode: int
) -> None:
    alice = home_of(ALICE, volume)
    path = alice / "folder" / "file"

    def make() -> None:
        path.parent.mkdir()
        path.write_text("hers")
        (alice / closed).chmod(mode)

    def read() -> None:
        with pytest.raises(FileAccessError) as caught, disk_errors("models.lock"):
            path.read_text()
        named = f"{alice / closed} belongs to user {ALICE} and has mode {mode:04o}"
        assert str(caught.value) == f"models.lock: Permission denied: {named}"

    as_user(ALICE, make)
    as_user(BOB, read)
