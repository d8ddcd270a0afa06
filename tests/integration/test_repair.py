"""`verify --repair`: what is damaged is mended, and nothing else is fetched."""

import json
import os
import random
import shutil
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from modellock.decisions.collection import Bounds
from modellock.documents.project_settings import LinkMode
from modellock.errors import MismatchError, OfflineError, SeveralErrors
from modellock.shell.project import Project
from modellock.shell.store import Store
from modellock.testing import EmbeddedFiles, Lie
from modellock.values.digest import ContentHasher, sha256_of_bytes
from modellock.verbs.collecting import collect_garbage
from modellock.verbs.repair import repair
from modellock.verbs.sync import sync
from modellock.verbs.sync_result import SyncRequest
from modellock.verbs.verify import verify_deep
from modellock.verbs.verify_result import VerifyResult
from tests.integration.processes import ended, killed_before, start
from tests.integration.workspace import Heard, Workspace

CHUNK = 1 << 18
WEIGHTS = random.Random(1).randbytes(20 * CHUNK + 7)  # noqa: S311 - bytes that differ
DIGEST = sha256_of_bytes(WEIGHTS)
FILES: dict[str, bytes | None] = {"config.json": b"{}", "model.safetensors": WEIGHTS}


@pytest.fixture
def placed(workspace: Workspace) -> Workspace:
    """A synced project, whose weights were recorded in small chunks."""
    workspace.hub.publish("acme/m", FILES)
    workspace.write('[models.m]\nhub = "acme/m"\n')
    workspace.lock()
    sync(workspace.project, workspace.settings, Heard())
    record_chunks(workspace)
    workspace.hub.requests.clear()
    return workspace


def record_chunks(workspace: Workspace, size: int = CHUNK) -> None:
    hasher = ContentHasher(chunk_size=size)
    hasher.update(WEIGHTS)
    status = blob_of(workspace).stat()
    Store(str(workspace.store)).note_hashed(DIGEST, hasher.chunks, status)


def blob_of(workspace: Workspace) -> Path:
    return Path(Store(str(workspace.store)).path_of(DIGEST))


def weights_of(workspace: Workspace) -> Path:
    return workspace.directory / "models/m/model.safetensors"


def rot(path: Path, *positions: int) -> None:
    """Turn bits of a file in place; size and times stay as they were."""
    before = path.stat()
    path.chmod(0o644)
    with path.open("r+b") as file:
        for position in positions:
            file.seek(position)
            byte = file.read(1)[0]
            file.seek(position)
            file.write(bytes([byte ^ 1]))
    path.chmod(0o444)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def repaired(workspace: Workspace, reporter: Heard | None = None) -> VerifyResult:
    return repair(workspace.project, workspace.settings, reporter or Heard())


def bytes_asked_for(workspace: Workspace) -> list[tuple[int, int]]:
    """The ranges that were asked for, as first byte and the one after the last."""
    asked = []
    for request in workspace.hub.requests:
        if request.origin == "objects":
            asked_for = request.headers.get("Range", f"bytes=0-{len(WEIGHTS) - 1}")
            start, end = asked_for.removeprefix("bytes=").split("-")
            asked.append((int(start), int(end) + 1))
    return asked


def check_mended(workspace: Workspace) -> None:
    """What is placed is right, is the blob, and nothing is left of what was on its way."""
    check_right(workspace)
    assert list((workspace.store / "v1/staged").iterdir()) == []


def check_right(workspace: Workspace) -> None:
    assert weights_of(workspace).read_bytes() == WEIGHTS
    assert blob_of(workspace).read_bytes() == WEIGHTS
    assert weights_of(workspace).stat().st_ino == blob_of(workspace).stat().st_ino
    assert verify_deep(workspace.project, workspace.settings, Heard()).is_whole


def test_only_the_damaged_chunks_of_a_large_blob_are_fetched(placed: Workspace) -> None:
    rot(weights_of(placed), 3 * CHUNK + 5, 12 * CHUNK)

    result = repaired(placed)

    assert result.is_whole
    assert bytes_asked_for(placed) == [
        (3 * CHUNK, 4 * CHUNK),
        (12 * CHUNK, 13 * CHUNK),
    ]
    assert list(result.fetches) == ["m/model.safetensors"]
    check_mended(placed)


def test_the_short_last_chunk_is_one_as_well(placed: Workspace) -> None:
    rot(weights_of(placed), len(WEIGHTS) - 1)

    repaired(placed)

    assert bytes_asked_for(placed) == [(20 * CHUNK, len(WEIGHTS))]
    check_mended(placed)


def test_a_sync_after_damage_was_found_fetches_only_the_damaged_chunks(placed: Workspace) -> None:
    rot(weights_of(placed), 0)
    assert not verify_deep(placed.project, placed.settings, Heard()).is_whole

    sync(placed.project, placed.settings, Heard())

    assert bytes_asked_for(placed) == [(0, CHUNK)]
    check_mended(placed)


def test_the_damaged_file_is_never_written_to(placed: Workspace) -> None:
    rot(weights_of(placed), 9)
    damaged, inode = weights_of(placed).read_bytes(), weights_of(placed).stat().st_ino

    result = repaired(placed)

    (kept,) = map(Path, result.kept)
    assert kept == weights_of(placed).with_name("model.safetensors.edited")
    assert (kept.read_bytes(), kept.stat().st_ino) == (damaged, inode)
    (aside,) = (placed.store / "v1/damaged").iterdir()
    assert aside.stat().st_ino == inode
    assert weights_of(placed).stat().st_ino != inode


DAMAGE: dict[str, Callable[[bytes], bytes]] = {
    "truncated": lambda content: content[: 15 * CHUNK + 3],
    "extended": lambda content: content + b"more",
    "zeros in the middle": lambda content: (
        content[: 5 * CHUNK] + bytes(10 * CHUNK) + content[15 * CHUNK :]
    ),
    "all zeros": lambda content: bytes(len(content)),
    "another file": lambda content: content[::-1],
    "empty": lambda content: content[:0],
    "moved by a byte": lambda content: content[1:] + b"x",
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE.keys())
def test_whatever_became_of_the_bytes_they_are_right_again(
    damage: Callable[[bytes], bytes], placed: Workspace
) -> None:
    times = weights_of(placed).stat()
    weights_of(placed).chmod(0o644)
    weights_of(placed).write_bytes(damage(WEIGHTS))
    os.utime(weights_of(placed), ns=(times.st_atime_ns, times.st_mtime_ns))

    repaired(placed)

    check_mended(placed)


def test_what_is_right_in_a_truncated_blob_is_not_fetched(placed: Workspace) -> None:
    weights_of(placed).chmod(0o644)
    os.truncate(weights_of(placed), 15 * CHUNK + 3)

    repaired(placed)

    assert bytes_asked_for(placed) == [(15 * CHUNK, len(WEIGHTS))]
    check_mended(placed)


RECORDS = {
    "absent": None,
    "torn": '{"size": 5242887, "chunks": {"size": 262144, "bl',
    "of another size": json.dumps(
        {"size": 3, "blake3": f"blake3:{'0' * 64}", "hashed-at": 1, "mtime-ns": 1}
    ),
    "of chunks of no size": json.dumps(
        {"size": 3, "chunks": {"size": 0, "blake3": []}, "hashed-at": 1, "mtime-ns": 1}
    ),
    "with a digest that is none": json.dumps(
        {"size": 3, "chunks": {"size": 65536, "blake3": ["x"]}, "hashed-at": 1, "mtime-ns": 1}
    ),
    "nested without end": "[" * 100_000,
}


@pytest.mark.parametrize("text", RECORDS.values(), ids=RECORDS.keys())
def test_without_a_usable_record_the_whole_blob_is_fetched(
    text: str | None, placed: Workspace
) -> None:
    (record,) = (placed.store / "v1/records").rglob(f"{DIGEST.value}.json")
    record.unlink()
    if text is not None:
        record.write_text(text)
    rot(weights_of(placed), 7)

    repaired(placed)

    check_mended(placed)


def test_a_record_that_calls_a_damaged_chunk_right_costs_a_fetch_and_no_more(
    placed: Workspace,
) -> None:
    rot(weights_of(placed), 2 * CHUNK, 9 * CHUNK)
    (record,) = (placed.store / "v1/records").rglob(f"{DIGEST.value}.json")
    fields = json.loads(record.read_text())
    lying = ContentHasher(chunk_size=CHUNK)
    lying.update(weights_of(placed).read_bytes())
    fields["chunks"]["blake3"][9] = lying.chunks.digests[9].value
    record.write_text(json.dumps(fields))

    repaired(placed)

    assert bytes_asked_for(placed) == [(2 * CHUNK, 3 * CHUNK), (0, len(WEIGHTS))]
    check_mended(placed)


def test_a_blob_whose_damage_its_record_denies_is_left_to_the_next_record(
    placed: Workspace,
) -> None:
    rot(weights_of(placed), 2)
    hasher = ContentHasher()
    hasher.update(weights_of(placed).read_bytes())
    Store(str(placed.store)).note_hashed(DIGEST, hasher.chunks, blob_of(placed).stat())

    assert verify_deep(placed.project, placed.settings, Heard()).is_whole


def test_a_record_of_one_digest_for_a_large_blob_is_one_for_all_of_it(placed: Workspace) -> None:
    record_chunks(placed, size=1 << 30)
    assert verify_deep(placed.project, placed.settings, Heard()).is_whole
    rot(weights_of(placed), 7)

    repaired(placed)

    check_mended(placed)


# Servers that do something else


def test_a_server_without_ranges_sends_all_of_it(placed: Workspace) -> None:
    placed.hub.lies.add("model.safetensors", Lie.IGNORED_RANGE, origin="objects")
    rot(weights_of(placed), 4 * CHUNK)

    repaired(placed)

    check_mended(placed)


def test_a_server_that_lies_in_a_chunk_gets_nothing_into_the_store(placed: Workspace) -> None:
    placed.hub.lies.add("model.safetensors", Lie.WRONG_BYTES, origin="objects")
    rot(weights_of(placed), 20 * CHUNK)
    reporter = Heard()

    with pytest.raises(MismatchError, match=r"m/model\.safetensors: expected sha256:"):
        repaired(placed, reporter)

    assert not blob_of(placed).exists()
    assert f"is damaged: expected {DIGEST}" in reporter.warnings[0]
    placed.hub.lies.clear()
    sync(placed.project, placed.settings, Heard())
    check_mended(placed)


def test_a_mirror_with_a_damaged_chunk_is_left_for_the_next(placed: Workspace) -> None:
    other = WEIGHTS[: 4 * CHUNK] + bytes(CHUNK) + WEIGHTS[5 * CHUNK :]
    with EmbeddedFiles({"/w": other}) as bad, EmbeddedFiles({"/w": WEIGHTS}) as good:
        placed.write(f'[models.m]\nhub = "acme/m"\nmirrors = ["{bad.url}/w", "{good.url}/w"]\n')
        placed.lock()
        placed.hub.delete("acme/m")
        rot(weights_of(placed), 4 * CHUNK)

        repaired(placed)

    check_mended(placed)


# What is at hand


def beside(placed: Workspace, link_mode: LinkMode) -> Project:
    """Another project with the same lock and its own files."""
    directory = placed.root / "beside"
    directory.mkdir()
    for name in ("models.toml", "models.lock"):
        shutil.copy(placed.directory / name, directory)
    project = Project(str(directory))
    sync(project, placed.settings, Heard(), SyncRequest(link_mode=link_mode))
    return project


def test_a_project_that_holds_the_right_bytes_spares_the_fetch(placed: Workspace) -> None:
    beside(placed, LinkMode.COPY)
    rot(weights_of(placed), 1)

    result = repaired(placed)

    assert len(placed.hub.requests) == 0
    assert result.fetches == {}
    check_mended(placed)


def test_every_project_that_shares_the_blob_is_mended_by_its_own_repair(
    placed: Workspace,
) -> None:
    other = beside(placed, LinkMode.HARDLINK)
    shown = Path(other.directory, "models/m/model.safetensors")
    rot(weights_of(placed), 1)
    repaired(placed)
    placed.hub.requests.clear()
    assert shown.read_bytes() != WEIGHTS

    result = repair(other, placed.settings, Heard())

    assert result.is_repaired
    assert shown.read_bytes() == WEIGHTS
    assert shown.stat().st_ino == blob_of(placed).stat().st_ino
    assert len(placed.hub.requests) == 0


def test_a_damaged_copy_is_mended_from_the_store(placed: Workspace) -> None:
    sync(placed.project, placed.settings, Heard(), SyncRequest(link_mode=LinkMode.COPY))
    rot(weights_of(placed), 1)

    repaired(placed)

    assert weights_of(placed).read_bytes() == WEIGHTS
    assert len(placed.hub.requests) == 0


def test_a_damaged_blob_is_mended_from_a_copy_that_is_placed(placed: Workspace) -> None:
    sync(placed.project, placed.settings, Heard(), SyncRequest(link_mode=LinkMode.COPY))
    rot(blob_of(placed), 1)

    result = repaired(placed)

    assert result.is_repaired
    assert blob_of(placed).read_bytes() == WEIGHTS
    assert len(placed.hub.requests) == 0


def test_without_a_network_a_repair_does_what_it_can_and_names_what_is_missing(
    placed: Workspace,
) -> None:
    placed.hub.publish("acme/n", {"other.bin": b"n" * 99})
    placed.write('[models.m]\nhub = "acme/m"\n[models.n]\nhub = "acme/n"\n')
    placed.lock()
    sync(placed.project, placed.settings, Heard())
    placed.hub.requests.clear()
    (placed.directory / "models/n/other.bin").unlink()
    rot(weights_of(placed), 1)
    placed.offline = True

    with pytest.raises(OfflineError, match=r"m: 1 file .* not in the store") as caught:
        repaired(placed)

    assert not isinstance(caught.value, SeveralErrors)
    assert (placed.directory / "models/n/other.bin").read_bytes() == b"n" * 99
    assert len(placed.hub.requests) == 0


# Nothing else


def test_what_is_whole_is_left_alone(placed: Workspace) -> None:
    before = weights_of(placed).stat()

    result = repaired(placed)

    assert (result.is_whole, result.is_repaired) == (True, False)
    assert weights_of(placed).stat().st_ctime_ns == before.st_ctime_ns
    assert len(placed.hub.requests) == 0


def test_a_repair_of_one_model_leaves_the_others(placed: Workspace) -> None:
    placed.hub.publish("acme/n", {"other.bin": b"n" * 99})
    placed.write('[models.m]\nhub = "acme/m"\n[models.n]\nhub = "acme/n"\ngroups = ["more"]\n')
    placed.lock()
    sync(placed.project, placed.settings, Heard())
    rot(weights_of(placed), 1)
    (placed.directory / "models/n/other.bin").unlink()

    result = repair(placed.project, placed.settings, Heard(), ["m"])

    assert result.is_repaired
    assert not (placed.directory / "models/n/other.bin").exists()


def test_a_repair_needs_no_lock_that_fits_its_manifest(placed: Workspace) -> None:
    placed.write('[models.m]\nhub = "acme/m"\nrevision = "v2"\n')
    rot(weights_of(placed), 1)

    assert repaired(placed).is_repaired
    check_mended(placed)


# Others at the same time


@pytest.mark.slow
def test_two_repairs_at_once_both_leave_the_store_right(placed: Workspace) -> None:
    other = beside(placed, LinkMode.HARDLINK)
    rot(weights_of(placed), 3 * CHUNK, 11 * CHUNK)

    children = [
        start(partial(repair, project, placed.settings, Heard()))
        for project in (placed.project, other)
    ]

    assert [ended(child) for child in children] == [0, 0]
    assert repair(other, placed.settings, Heard()).is_whole
    check_mended(placed)


def test_a_right_blob_that_came_meanwhile_is_not_moved_aside(placed: Workspace) -> None:
    store, before = Store(str(placed.store)), blob_of(placed).stat()
    other = placed.root / "other"
    other.write_bytes(WEIGHTS)
    os.replace(other, blob_of(placed))

    assert store.discard_damaged(DIGEST, before) is None

    assert blob_of(placed).read_bytes() == WEIGHTS
    assert store.discarded == []


@pytest.mark.slow
def test_a_repair_beside_a_collection_and_a_sync_loses_nothing(placed: Workspace) -> None:
    other = beside(placed, LinkMode.HARDLINK)
    rot(weights_of(placed), 3 * CHUNK)
    collect = partial(collect_garbage, placed.settings, Heard(), Bounds(), now=time.time() + 1e6)

    children = [
        start(partial(repair, placed.project, placed.settings, Heard())),
        start(collect),
        start(partial(sync, other, placed.settings, Heard())),
    ]

    assert [ended(child) for child in children] == [0, 0, 0]
    assert repair(other, placed.settings, Heard()).is_whole
    repaired(placed)
    check_mended(placed)


@pytest.mark.slow
@pytest.mark.parametrize("part", range(4))
def test_a_kill_at_any_change_leaves_nothing_worse(part: int, placed: Workspace) -> None:
    change = part + 1

    while True:
        shutil.rmtree(placed.store / "v1/damaged", ignore_errors=True)
        for path in weights_of(placed).parent.glob("*.edited*"):
            path.unlink()
        record_chunks(placed)
        rot(weights_of(placed), 3 * CHUNK, 8 * CHUNK)
        damaged = weights_of(placed).read_bytes()

        was_killed = killed_before(change, partial(repaired, placed))

        for path in (weights_of(placed), blob_of(placed)):
            assert not path.exists() or path.read_bytes() in (damaged, WEIGHTS)
        repaired(placed)
        check_right(placed)
        if not was_killed:
            break
        change += 4

    assert change > 40


@pytest.mark.slow
def test_of_a_file_of_two_hundred_megabytes_64_mib_are_fetched(workspace: Workspace) -> None:
    weights = random.Random(3).randbytes(1 << 20) * 200  # noqa: S311
    workspace.hub.publish("acme/m", {"model.safetensors": weights})
    workspace.write('[models.m]\nhub = "acme/m"\n')
    workspace.lock()
    sync(workspace.project, workspace.settings, Heard())
    workspace.hub.requests.clear()
    rot(weights_of(workspace), 100_000_000)

    result = repaired(workspace)

    assert result.is_repaired
    # Connections that are free share what is left of it.
    starts, ends = zip(*bytes_asked_for(workspace), strict=True)
    assert (min(starts), max(ends)) == (64 << 20, 128 << 20)
    assert sha256_of_bytes(weights_of(workspace).read_bytes()) == sha256_of_bytes(weights)
