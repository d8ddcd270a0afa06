"""The store on real file systems: what is published, what is trusted, what a full disk does."""

import contextlib
import json
import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from modellock.errors import FileAccessError, MismatchError, NoSpaceError
from modellock.shell.store import Store
from modellock.shell.store_published import restore
from modellock.shell.store_roots import add_root
from modellock.values.dates import mtime_ns_of
from modellock.values.digest import ContentHasher, Digest, sha256_of_bytes
from tests.integration.filesystems import as_root, mounted, remounted_read_only, second_disk

CONTENT = b"weights"
SIZE = 7
DIGEST = sha256_of_bytes(CONTENT)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(str(tmp_path / "store"))


def publish(store: Store, content: bytes = CONTENT, *, announced: Digest | None = None) -> Digest:
    hasher = ContentHasher()
    hasher.update(content)
    with store.stage(announced) as staging:
        staging.write(content)
        staging.publish(hasher)
    return hasher.sha256


def overwrite(path: str, content: bytes) -> None:
    """Write in place, as an editor does through a hard link, with a time that shows it."""
    os.chmod(path, 0o644)
    with open(path, "r+b") as file:
        file.write(content)
    os.utime(path, (1, 1))


def files_below(root: str) -> set[str]:
    return {
        os.path.relpath(os.path.join(folder, name), root)
        for folder, _, names in os.walk(root)
        for name in names
    }


def test_making_a_store_touches_nothing(tmp_path: Path) -> None:
    store = Store(str(tmp_path / "store"))

    assert not store.has(DIGEST, SIZE)
    assert list(store.digests()) == []
    assert list(tmp_path.iterdir()) == []


def test_a_published_blob_is_there_under_its_sha256(store: Store) -> None:
    publish(store, announced=DIGEST)

    assert store.has(DIGEST, SIZE)
    assert store.path_of(DIGEST) == os.path.join(
        store.root, "v1", "blobs", DIGEST.value[:2], DIGEST.value
    )
    assert Path(store.path_of(DIGEST)).read_bytes() == CONTENT
    assert list(store.digests()) == [DIGEST]


def test_a_blob_is_read_only_and_its_directory_is_not(store: Store) -> None:
    publish(store)

    blob = store.path_of(DIGEST)

    assert stat.S_IMODE(os.stat(blob).st_mode) == 0o444
    assert os.stat(os.path.dirname(blob)).st_mode & stat.S_IWUSR


def test_backups_are_told_to_leave_the_store_out(store: Store) -> None:
    publish(store)

    tag = Path(store.root, "CACHEDIR.TAG").read_text()

    assert tag.startswith("Signature: 8a477f597d28d172789f06886806bc55\n")


def test_the_record_holds_size_blake3_and_time_of_the_pass_that_checked_the_bytes(
    store: Store,
) -> None:
    publish(store)

    record = store.record_of(DIGEST)

    assert record is not None
    assert record.chunks.total == SIZE
    assert str(record.chunks.digests[0]) == (
        "blake3:3edc5c4a5df8c79ef4f8dbdc373cd21ca041ccf39fe5693250d004092094dc4a"
    )
    assert record.hashed_at > 1_700_000_000


def test_a_blob_whose_digest_only_its_bytes_tell_is_published_under_it(store: Store) -> None:
    assert publish(store, announced=None) == DIGEST
    assert store.has(DIGEST, SIZE)


def test_bytes_other_than_the_announced_ones_are_never_published(store: Store) -> None:
    with pytest.raises(MismatchError, match=f"expected {DIGEST}, received sha256:"):
        publish(store, b"forgery", announced=DIGEST)

    assert list(store.digests()) == []
    assert os.listdir(os.path.join(store.root, "v1", "staged")) == []


def test_a_file_that_holds_less_than_was_hashed_is_never_published(store: Store) -> None:
    hasher = ContentHasher()
    hasher.update(CONTENT)

    with store.stage(DIGEST) as staging:
        staging.write(CONTENT[:4])
        with pytest.raises(MismatchError, match="expected 7 bytes, received 4"):
            staging.publish(hasher)

    assert list(store.digests()) == []


def test_what_is_not_published_is_removed(store: Store) -> None:
    with store.stage(DIGEST) as staging:
        staging.write(b"wei")

    assert not os.path.exists(staging.path)


def test_a_right_blob_that_is_there_already_stays_the_same_file(store: Store) -> None:
    publish(store)
    before = os.stat(store.path_of(DIGEST)).st_ino

    publish(store)

    assert os.stat(store.path_of(DIGEST)).st_ino == before


def test_a_blob_written_to_in_place_is_moved_aside_and_counts_as_missing(store: Store) -> None:
    publish(store)
    overwrite(store.path_of(DIGEST), b"edited!")

    fresh = Store(store.root)

    assert not fresh.has(DIGEST, SIZE)
    assert not os.path.exists(store.path_of(DIGEST))
    assert [Path(path).read_bytes() for path in fresh.discarded] == [b"edited!"]


def test_a_blob_of_another_size_is_moved_aside(store: Store) -> None:
    publish(store)
    overwrite(store.path_of(DIGEST), b"longer than before")

    assert not Store(store.root).has(DIGEST, SIZE)


def test_a_right_blob_of_which_another_size_is_said_is_missing_and_stays(store: Store) -> None:
    publish(store)
    fresh = Store(store.root)

    assert not fresh.has(DIGEST, SIZE + 1)
    assert not fresh.vouches_for(DIGEST, SIZE + 1)
    assert fresh.discarded == []
    assert fresh.has(DIGEST, SIZE)
    # What this process vouches for has the size that it has, too.
    assert not fresh.has(DIGEST, SIZE + 1)


def test_a_touched_blob_is_hashed_again_and_believed_from_then_on(store: Store) -> None:
    publish(store)
    os.utime(store.path_of(DIGEST), (1, 1))

    fresh = Store(store.root)

    assert fresh.has(DIGEST, SIZE)
    record = fresh.record_of(DIGEST)
    assert record is not None
    assert record.mtime_ns == 1_000_000_000


def test_a_blob_has_a_time_that_follows_from_its_digest(tmp_path: Path) -> None:
    stores = [Store(str(tmp_path / "one")), Store(str(tmp_path / "other"), mode=0o644)]

    for store in stores:
        publish(store)

    # The first seven digits, 9a12903, count two seconds each from the beginning of 2001.
    times = {os.stat(store.path_of(DIGEST)).st_mtime_ns for store in stores}
    assert times == {(978_307_200 + 2 * 0x9A12903) * 10**9}


def test_a_right_blob_that_was_touched_and_opened_looks_as_published_before_it_is_used(
    store: Store,
) -> None:
    publish(store)
    published = os.stat(store.path_of(DIGEST))
    os.chmod(store.path_of(DIGEST), 0o644)
    os.utime(store.path_of(DIGEST), (1, 1))

    assert Store(store.root).has(DIGEST, SIZE)

    now = os.stat(store.path_of(DIGEST))
    assert (now.st_mode, now.st_mtime_ns) == (published.st_mode, published.st_mtime_ns)


def test_a_look_at_a_touched_blob_leaves_it_as_it_is(store: Store) -> None:
    publish(store)
    os.utime(store.path_of(DIGEST), (1, 1))

    assert Store(store.root).vouches_for(DIGEST, SIZE)

    assert os.stat(store.path_of(DIGEST)).st_mtime == 1


def test_a_blob_that_is_written_to_while_it_is_hashed_keeps_the_time_that_shows_it(
    store: Store,
) -> None:
    publish(store)
    blob = store.path_of(DIGEST)
    os.utime(blob, (1, 1))
    hashed = os.stat(blob)
    overwrite(blob, b"changed")

    restore(blob, DIGEST, 0o444, hashed)

    assert os.stat(blob).st_mode & 0o777 == 0o644
    assert not Store(store.root).has(DIGEST, SIZE)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"size": "7"}', "not json"])
def test_without_a_usable_record_a_blob_is_hashed_and_noted(store: Store, text: str) -> None:
    publish(store)
    (record,) = Path(store.root, "v1", "records").rglob("*.json")
    record.write_text(text)

    fresh = Store(store.root)

    assert fresh.has(DIGEST, SIZE)
    assert fresh.record_of(DIGEST) is not None


def test_a_wrong_blob_without_a_record_is_moved_aside(store: Store) -> None:
    publish(store)
    overwrite(store.path_of(DIGEST), b"edited!")
    (record,) = Path(store.root, "v1", "records").rglob("*.json")
    record.unlink()

    assert not Store(store.root).has(DIGEST, SIZE)


@as_root
def test_a_blob_of_another_user_is_hashed_whatever_its_record_says(store: Store) -> None:
    publish(store)
    blob = store.path_of(DIGEST)
    status = os.stat(blob)
    overwrite(blob, b"forgery")
    os.utime(blob, ns=(status.st_atime_ns, status.st_mtime_ns))
    os.chown(blob, 12345, 12345)

    assert not Store(store.root).has(DIGEST, SIZE)


@as_root
def test_a_right_blob_of_another_user_serves(store: Store) -> None:
    publish(store)
    os.chown(store.path_of(DIGEST), 12345, 12345)

    assert Store(store.root).has(DIGEST, SIZE)


def test_a_link_in_the_place_of_a_blob_is_no_blob(store: Store, tmp_path: Path) -> None:
    publish(store)
    blob = store.path_of(DIGEST)
    os.rename(blob, tmp_path / "elsewhere")
    os.symlink(tmp_path / "elsewhere", blob)

    fresh = Store(store.root)

    assert not fresh.holds(DIGEST, SIZE)
    assert not fresh.has(DIGEST, SIZE)


def test_holding_is_a_matter_of_name_and_size(store: Store) -> None:
    publish(store)

    assert store.holds(DIGEST, SIZE)
    assert not store.holds(DIGEST, SIZE + 1)
    assert not store.holds(sha256_of_bytes(b"other"), SIZE)


def test_a_root_says_whose_blobs_these_are_and_where(store: Store) -> None:
    path = add_root(store.root, "/srv/project/models.lock", [DIGEST])

    root = json.loads(Path(path).read_text())

    assert root["lock"] == "/srv/project/models.lock"
    assert root["digests"] == [str(DIGEST)]
    assert root["host"] == os.uname().nodename
    assert os.path.ismount(root["mount"]["point"])
    assert os.path.dirname(path) == os.path.join(store.root, "v1", "roots")


def test_a_project_has_one_root_however_often_it_is_synced(store: Store) -> None:
    add_root(store.root, "/srv/project/models.lock", [DIGEST])
    add_root(store.root, "/srv/project/models.lock", [])
    add_root(store.root, "/srv/other/models.lock", [])

    assert len(os.listdir(os.path.join(store.root, "v1", "roots"))) == 2


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of one megabyte."""
    with mounted(tmp_path / "small", "tmpfs", "size=1m") as mount:
        yield mount


@as_root
def test_a_full_disk_is_told_with_the_space_that_is_left(small_disk: Path) -> None:
    store = Store(str(small_disk / "store"))

    with pytest.raises(NoSpaceError, match=r"No space left on device, .* free$"):
        publish(store, bytes(2_000_000))

    assert list(store.digests()) == []
    assert files_below(store.root) == {"CACHEDIR.TAG"}


@as_root
def test_a_read_only_store_serves_what_it_has_and_says_that_it_takes_nothing(
    small_disk: Path,
) -> None:
    publish(Store(str(small_disk / "store")))
    remounted_read_only(small_disk)
    store = Store(str(small_disk / "store"))

    assert store.has(DIGEST, SIZE)
    assert not os.path.lexists(add_root(store.root, "/srv/project/models.lock", [DIGEST]))
    with pytest.raises(FileAccessError, match="Read-only file system"):
        publish(store, b"more")


@as_root
def test_a_damaged_blob_of_a_read_only_store_counts_as_missing(small_disk: Path) -> None:
    store = Store(str(small_disk / "store"))
    publish(store)
    overwrite(store.path_of(DIGEST), b"edited!")
    remounted_read_only(small_disk)

    fresh = Store(store.root)

    assert not fresh.has(DIGEST, SIZE)
    assert fresh.discarded == []


def published_elsewhere(path: Path) -> None:
    """A file as a hard link to a blob shows it, after the blob was lost."""
    path.write_bytes(CONTENT)
    path.chmod(0o444)
    os.utime(path, ns=(0, mtime_ns_of(DIGEST)))


def test_what_was_a_link_to_a_blob_becomes_one_without_a_copy(store: Store, tmp_path: Path) -> None:
    published_elsewhere(tmp_path / "placed")

    assert store.take_in(str(tmp_path / "placed"), DIGEST, SIZE)

    assert os.path.samefile(tmp_path / "placed", store.path_of(DIGEST))
    assert store.has(DIGEST, SIZE)


@pytest.mark.parametrize("touched", [1, 1_700_000_000])
def test_a_touched_file_is_copied_into_the_store(
    store: Store, tmp_path: Path, touched: int
) -> None:
    published_elsewhere(tmp_path / "placed")
    os.utime(tmp_path / "placed", (touched, touched))

    assert store.take_in(str(tmp_path / "placed"), DIGEST, SIZE)

    assert not os.path.samefile(tmp_path / "placed", store.path_of(DIGEST))
    assert os.stat(tmp_path / "placed").st_mtime == touched


def test_a_users_own_file_is_copied_into_the_store(store: Store, tmp_path: Path) -> None:
    (tmp_path / "placed").write_bytes(CONTENT)

    assert store.take_in(str(tmp_path / "placed"), DIGEST, SIZE)

    assert not os.path.samefile(tmp_path / "placed", store.path_of(DIGEST))
    assert store.has(DIGEST, SIZE)


def test_a_read_only_file_of_another_file_system_is_copied_into_the_store(tmp_path: Path) -> None:
    with second_disk() as disk:
        store = Store(str(disk / "store"))
        published_elsewhere(tmp_path / "placed")

        assert store.take_in(str(tmp_path / "placed"), DIGEST, SIZE)
        assert store.has(DIGEST, SIZE)


@pytest.mark.parametrize("mode", [0o444, 0o644])
def test_a_file_with_other_bytes_is_not_taken_in(store: Store, tmp_path: Path, mode: int) -> None:
    (tmp_path / "placed").write_bytes(b"forgery")
    (tmp_path / "placed").chmod(mode)

    assert not store.take_in(str(tmp_path / "placed"), DIGEST, SIZE)

    assert not store.has(DIGEST, SIZE)
    assert os.listdir(os.path.join(store.root, "v1", "staged")) == []


def test_a_file_that_is_gone_is_not_taken_in(store: Store, tmp_path: Path) -> None:
    assert not store.take_in(str(tmp_path / "placed"), DIGEST, SIZE)


def test_a_blob_that_cannot_be_read_is_an_error(store: Store) -> None:
    blob = Path(store.path_of(DIGEST))
    blob.parent.mkdir(parents=True)
    blob.parent.rmdir()
    blob.parent.write_text("a file where a directory belongs")

    with pytest.raises(FileAccessError, match=r"File exists|Not a directory"):
        publish(store)


@pytest.mark.parametrize("field", ["size", "hashed-at", "mtime-ns", "blake3"])
def test_a_record_that_lacks_something_is_none(store: Store, field: str) -> None:
    publish(store)
    (record,) = Path(store.root, "v1", "records").rglob("*.json")
    fields = json.loads(record.read_text())
    fields[field] = "surprise"
    record.write_text(json.dumps(fields))

    assert Store(store.root).record_of(DIGEST) is None


def test_what_is_no_blob_is_not_listed(store: Store) -> None:
    publish(store)
    Path(store.root, "v1", "blobs", DIGEST.value[:2], "stray").touch()
    Path(store.root, "v1", "blobs", "stray").touch()

    assert list(store.digests()) == [DIGEST]


@as_root
def test_a_project_that_a_full_store_cannot_note_is_not_synced(small_disk: Path) -> None:
    store = Store(str(small_disk / "store"))
    publish(store)
    with contextlib.suppress(OSError), open(small_disk / "rest", "wb", buffering=0) as rest:
        while True:
            rest.write(bytes(4096))

    with pytest.raises(NoSpaceError, match="no space left"):
        add_root(store.root, "/srv/project/models.lock", [DIGEST])
