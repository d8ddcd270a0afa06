"""Models that come in archives and parts, synced: from files, from archives, or from upstream."""

import gzip
import hashlib
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from modellock.documents.lock_writer import format_lock
from modellock.documents.lockfile import Lock, tree_of
from modellock.errors import (
    ArchiveError,
    DistrustError,
    MismatchError,
    MissingFilesError,
    ModellockError,
    OfflineError,
    ReplacedError,
)
from modellock.ports.reporting import Reporter
from modellock.testing import EmbeddedFiles, EmbeddedGitHub, Lie
from modellock.values.digest import Digest
from modellock.verbs.status import status
from modellock.verbs.sync import sync
from modellock.verbs.sync_result import SyncMode, SyncRequest, SyncResult
from modellock.verbs.verify_upstream import verify_upstream
from tests.integration.archives import plain_tar, plain_zip
from tests.integration.local_project import texts_below
from tests.integration.workspace import Heard, Workspace

TREE = {"small/model.bin": b"weights" * 1000, "small/tokenizer.json": b"{}"}
SHOWN = {"model.bin": "weights" * 1000, "tokenizer.json": "{}"}
ARCHIVE = gzip.compress(plain_tar(TREE), mtime=0)
KEYS = "unpack = true\nstrip-components = 1\n"
GITHUB = f'[models.small]\ngithub = "acme/small"\n{KEYS}'


class Unpacking(Heard):
    """Remembers what was unpacked, too."""

    def __init__(self) -> None:
        super().__init__()
        self.archives: list[tuple[str, int]] = []
        self.size = 0
        """Bytes that came out of them."""

    def unpacking(self, subject: str, size: int, *, model: str) -> None:
        del model
        self.archives.append((subject, size))

    def unpacked(self, count: int) -> None:
        self.size += count


@pytest.fixture
def locked(workspace: Workspace, github: EmbeddedGitHub) -> Workspace:
    github.publish("acme/small", "v1.0", {"small.tar.gz": ARCHIVE})
    workspace.write(GITHUB)
    workspace.lock()
    return workspace


@pytest.fixture
def files() -> Iterator[EmbeddedFiles]:
    with EmbeddedFiles() as files:
        yield files


def synced(workspace: Workspace, heard: Reporter | None = None, **flags: object) -> SyncResult:
    request = SyncRequest(**flags)  # type: ignore[arg-type]  # as a test wants them
    return sync(workspace.project, workspace.settings, heard or Reporter(), request)


def shown(workspace: Workspace) -> dict[str, str]:
    return texts_below(workspace.directory / "models" / "small")


def blob(workspace: Workspace, content: bytes) -> Path:
    name = hashlib.sha256(content).hexdigest()
    return workspace.store / "v1" / "blobs" / name[:2] / name


def test_what_was_locked_here_is_placed_without_a_request(
    locked: Workspace, github: EmbeddedGitHub
) -> None:
    asked, heard = len(github.requests), Unpacking()

    result = synced(locked, heard)

    assert shown(locked) == SHOWN
    assert result.fetches == {}
    assert (heard.archives, len(github.requests)) == ([], asked)


def test_elsewhere_the_archive_is_fetched_and_unpacked(locked: Workspace) -> None:
    shutil.rmtree(locked.store)
    heard = Unpacking()

    result = synced(locked, heard)

    assert shown(locked) == SHOWN
    assert result.fetches == {"small/small.tar.gz": len(ARCHIVE)}
    assert heard.archives == [("small/small.tar.gz", len(ARCHIVE))]
    assert heard.size == sum(map(len, TREE.values()))


def test_files_of_an_archive_are_as_read_only_as_others(locked: Workspace) -> None:
    synced(locked)

    assert (locked.directory / "models/small/model.bin").stat().st_mode & 0o777 == 0o444


def test_the_archive_need_not_stay_in_the_store(locked: Workspace, github: EmbeddedGitHub) -> None:
    blob(locked, ARCHIVE).unlink()
    asked = len(github.requests)

    assert synced(locked).fetches == {}
    assert shown(locked) == SHOWN
    assert len(github.requests) == asked


def test_a_file_that_the_store_lost_comes_out_of_the_archive_again(
    locked: Workspace, github: EmbeddedGitHub
) -> None:
    blob(locked, b"{}").unlink()
    asked, heard = len(github.requests), Unpacking()

    assert synced(locked, heard).fetches == {}
    assert shown(locked) == SHOWN
    assert len(github.requests) == asked
    assert heard.archives == [("small/small.tar.gz", len(ARCHIVE))]


def test_where_both_are_lost_the_archive_is_fetched(locked: Workspace) -> None:
    blob(locked, b"{}").unlink()
    blob(locked, ARCHIVE).unlink()

    assert synced(locked).fetches == {"small/small.tar.gz": len(ARCHIVE)}
    assert shown(locked) == SHOWN


def test_a_look_says_how_large_the_archive_is(locked: Workspace) -> None:
    shutil.rmtree(locked.store)

    result = synced(locked, mode=SyncMode.DRY_RUN)

    assert result.fetches == {"small/small.tar.gz": len(ARCHIVE)}
    assert result.size == 7002
    assert not locked.store.exists()


def test_without_a_store_nothing_of_the_archive_is_left(locked: Workspace) -> None:
    shutil.rmtree(locked.store)

    synced(locked, no_store=True)

    assert shown(locked) == SHOWN
    assert not locked.store.exists()
    assert list(locked.directory.rglob(".modellock-*")) == []


def test_status_goes_by_the_files(locked: Workspace) -> None:
    blob(locked, ARCHIVE).unlink()

    (model,) = status(locked.project, locked.settings).models

    assert (model.files, model.size, model.stored, model.missing) == (2, 7002, 2, 2)


def test_without_a_network_the_archive_is_what_is_missing(locked: Workspace) -> None:
    shutil.rmtree(locked.store)
    locked.offline = True

    with pytest.raises(OfflineError, match=r"^small: 1 file \([0-9]+ bytes\) not in the store"):
        synced(locked)


def test_an_archive_with_wrong_bytes_is_never_unpacked(
    locked: Workspace, github: EmbeddedGitHub
) -> None:
    shutil.rmtree(locked.store)
    github.lies.add("small.tar.gz", Lie.WRONG_BYTES)

    with pytest.raises(MismatchError, match=r"^small/small\.tar\.gz: expected sha256:"):
        synced(locked)
    assert locked.blobs() == []
    assert not (locked.directory / "models").exists()


def test_an_archive_that_its_publisher_replaced_is_told(
    locked: Workspace, github: EmbeddedGitHub
) -> None:
    shutil.rmtree(locked.store)
    other = gzip.compress(plain_tar({"small/model.bin": b"other"}), mtime=0)
    github.repository("acme/small").set_asset("v1.0", "small.tar.gz", other)

    with pytest.raises(ReplacedError) as caught:
        synced(locked)

    digest = hashlib.sha256(other).hexdigest()
    assert caught.value.hint == (
        f"upstream now publishes sha256:{digest}; if you trust that, run `modellock update small`"
    )


def edit_lock(workspace: Workspace, old: str, new: str) -> None:
    """As an attacker would."""
    path = workspace.directory / "models.lock"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def relocked(workspace: Workspace, tree: dict[str, bytes]) -> None:
    """Pin files that the pinned archive does not have."""
    other = gzip.compress(plain_tar(tree), mtime=0)
    workspace.github.publish("acme/small", "v0.1", {"small.tar.gz": other})
    honest = workspace.read_lock().models["small"].archives[0]
    workspace.write(f'{GITHUB}tag = "v0.1"\n')
    workspace.lock()
    pinned = workspace.read_lock().models["small"].archives[0]
    edit_lock(workspace, pinned.digest.value, honest.digest.value)
    edit_lock(workspace, f"size = {pinned.size}, ", f"size = {honest.size}, ")
    edit_lock(workspace, f"asset-id = {pinned.asset_id}", f"asset-id = {honest.asset_id}")
    # Nobody serves such a release: the archive that the lock names now is in the store alone.
    kept = blob(workspace, ARCHIVE)
    shutil.rmtree(workspace.store)
    kept.parent.mkdir(parents=True)
    kept.write_bytes(ARCHIVE)


@pytest.mark.parametrize(
    ("tree", "message"),
    [
        ({"small/model.bin": b"gold"}, r"^small/model\.bin: expected 4 bytes, unpacked more$"),
        (
            {"small/model.bin": b"WEIGHTS" * 1000},
            r"^small/model\.bin: expected sha256:[0-9a-f]{64}, unpacked sha256:[0-9a-f]{64}$",
        ),
        (
            {"small/model.bin": b"weights" * 1000, "small/extra.bin": b"e"},
            r"^small/extra\.bin: expected sha256:[0-9a-f]{64}, unpacked no such file$",
        ),
    ],
)
def test_files_that_the_locked_archive_does_not_have_are_distrusted(
    locked: Workspace, tree: dict[str, bytes], message: str
) -> None:
    relocked(locked, tree)

    with pytest.raises(DistrustError, match=message) as caught:
        synced(locked)

    assert caught.value.model == "small"
    assert not (locked.directory / "models").exists()


def test_a_name_that_no_archive_has_may_have_bytes_that_one_has(locked: Workspace) -> None:
    relocked(locked, {"small/copy.json": b"{}", **TREE})

    synced(locked)

    assert shown(locked) == {"copy.json": "{}", **SHOWN}


def test_a_size_that_a_file_of_the_archive_does_not_have_is_distrusted(
    locked: Workspace,
) -> None:
    edit_lock(locked, "size = 7000,", "size = 7001,")
    edit_lock(locked, "size = 7002\n", "size = 7003\n")

    with pytest.raises(MismatchError) as caught:
        synced(locked)

    assert str(caught.value) == "small/model.bin: expected 7001 bytes, unpacked 7000"
    assert not (locked.directory / "models").exists()
    assert blob(locked, b"weights" * 1000).exists()


def test_what_the_lock_does_not_name_is_not_published(locked: Workspace) -> None:
    relocked(locked, {"small/model.bin": b"weights" * 1000})

    synced(locked)

    assert shown(locked) == {"model.bin": "weights" * 1000}
    assert not blob(locked, b"{}").exists()


def test_a_lock_whose_parts_have_a_gap_is_refused(
    workspace: Workspace, github: EmbeddedGitHub
) -> None:
    github.publish("acme/small", "v1.0", {"m.part-aa": b"one", "m.part-ab": b"two"})
    workspace.write('[models.small]\ngithub = "acme/small"\njoin = true\n')
    workspace.lock()
    edit_lock(workspace, "m.part-ab", "m.part-ac")
    blob(workspace, b"onetwo").unlink()

    with pytest.raises(ArchiveError, match=r"^small: the parts of 'm' have a gap"):
        synced(workspace)


def test_parts_are_fetched_and_joined(workspace: Workspace, github: EmbeddedGitHub) -> None:
    assets = {"m.part-aa": b"one", "m.part-ab": b"two", "LICENSE": b"free"}
    github.publish("acme/small", "v1.0", assets)
    workspace.write('[models.small]\ngithub = "acme/small"\njoin = true\n')
    workspace.lock()
    shutil.rmtree(workspace.store)

    result = synced(workspace)

    assert shown(workspace) == {"LICENSE": "free", "m": "onetwo"}
    assert result.fetches == {"small/LICENSE": 4, "small/m.part-aa": 3, "small/m.part-ab": 3}


def test_a_file_beside_parts_needs_no_part(workspace: Workspace, github: EmbeddedGitHub) -> None:
    assets = {"m.part-aa": b"one", "m.part-ab": b"two", "LICENSE": b"free"}
    github.publish("acme/small", "v1.0", assets)
    workspace.write('[models.small]\ngithub = "acme/small"\njoin = true\n')
    workspace.lock()
    for content in (b"free", b"one", b"two"):
        blob(workspace, content).unlink()

    assert synced(workspace).fetches == {"small/LICENSE": 4}


def test_a_file_beside_parts_that_is_locked_in_two_ways_is_distrusted(
    workspace: Workspace, github: EmbeddedGitHub
) -> None:
    assets = {"m.part-aa": b"one", "LICENSE": b"free"}
    github.publish("acme/small", "v1.0", assets)
    workspace.write('[models.small]\ngithub = "acme/small"\njoin = true\n')
    workspace.lock()
    (workspace.directory / "models.lock").write_text(
        format_lock(with_other_bytes(workspace.read_lock(), "LICENSE"))
    )

    with pytest.raises(MismatchError, match=r"^small/LICENSE: expected sha256:0+, and what is fe"):
        synced(workspace)


def with_other_bytes(lock: Lock, path: str) -> Lock:
    model = lock.models["small"]
    files = tuple(
        replace(file, digest=Digest("sha256", "0" * 64)) if file.path == path else file
        for file in model.files
    )
    return replace(lock, models={"small": replace(model, files=files, tree=tree_of(files))})


def test_parts_behind_a_url_are_fetched_from_beside_it(
    workspace: Workspace, files: EmbeddedFiles
) -> None:
    cut = {"/m.zip.001": plain_zip(TREE)[:100], "/m.zip.002": plain_zip(TREE)[100:]}
    files.files.update(cut)
    workspace.write(f'[models.small]\nurl = "{files.url}/m.zip.001"\njoin = true\n{KEYS}')
    workspace.lock()
    shutil.rmtree(workspace.store)

    result = synced(workspace)

    assert shown(workspace) == SHOWN
    assert result.fetches == {f"small{path}": len(content) for path, content in cut.items()}


def test_upstream_is_asked_about_archives(locked: Workspace, github: EmbeddedGitHub) -> None:
    honest = verify_upstream(locked.project, locked.settings, Reporter())
    assert (honest.findings, honest.files, honest.size) == ((), 1, len(ARCHIVE))

    github.repository("acme/small").set_asset("v1.0", "small.tar.gz", b"other")
    (finding,) = verify_upstream(locked.project, locked.settings, Reporter()).findings

    assert str(finding).startswith("small/small.tar.gz: was replaced upstream: expected")


def test_upstream_is_asked_about_each_part_of_a_url(
    workspace: Workspace, files: EmbeddedFiles
) -> None:
    files.files.update({"/m.001": b"one", "/m.002": b"two"})
    workspace.write(f'[models.small]\nurl = "{files.url}/m.001"\njoin = true\n')
    workspace.lock()
    honest = verify_upstream(workspace.project, workspace.settings, Reporter())
    assert (honest.findings, honest.unsure) == ((), ("small/m.001", "small/m.002"))

    files.files["/m.002"] = b"four"
    (finding,) = verify_upstream(workspace.project, workspace.settings, Reporter()).findings

    assert str(finding) == "small/m.002: was replaced upstream: expected 3 bytes, received 4"


def test_a_model_that_shares_a_file_with_an_archive_gets_it_from_there(
    locked: Workspace, github: EmbeddedGitHub
) -> None:
    github.publish("acme/plain", "v1.0", {"tokenizer.json": b"{}"})
    locked.write(f'{GITHUB}\n[models.plain]\ngithub = "acme/plain"\n')
    locked.lock()
    blob(locked, b"{}").unlink()

    assert synced(locked).fetches == {"plain/tokenizer.json": 2}
    assert shown(locked) == SHOWN


def test_an_archive_that_fails_stops_no_other_model(
    locked: Workspace, github: EmbeddedGitHub
) -> None:
    github.publish("acme/plain", "v1.0", {"weights.bin": b"plain"})
    locked.write(f'{GITHUB}\n[models.plain]\ngithub = "acme/plain"\n')
    locked.lock()
    shutil.rmtree(locked.store)
    github.lies.add("small.tar.gz", Lie.WRONG_BYTES)

    with pytest.raises(ModellockError) as caught:
        synced(locked)

    assert not isinstance(caught.value, MissingFilesError)
    assert (locked.directory / "models/plain/weights.bin").read_bytes() == b"plain"
    assert not (locked.directory / "models/small").exists()


def test_a_new_version_of_an_archive_is_switched_to_as_a_whole(
    locked: Workspace, github: EmbeddedGitHub
) -> None:
    synced(locked)
    tree = {"small/model.bin": b"new weights", "small/vocab.txt": b"a b c"}
    github.publish("acme/small", "v1.1", {"small.zip": plain_zip(tree)})
    locked.lock("small")

    synced(locked)

    assert shown(locked) == {"model.bin": "new weights", "vocab.txt": "a b c"}


@pytest.mark.slow
def test_an_interrupted_run_ends_in_the_middle_of_an_archive(
    workspace: Workspace, github: EmbeddedGitHub
) -> None:
    github.publish("acme/small", "v1.0", {"small.tar.gz": gzip.compress(plain_tar(LARGE), 1)})
    workspace.write(GITHUB)

    with pytest.raises(KeyboardInterrupt):
        workspace.lock(reporter=Impatient())

    assert list((workspace.store / "v1" / "staged").iterdir()) == []
    assert not (workspace.directory / "models.lock").exists()


LARGE = {f"small/{number}.bin": bytes(20 << 20) for number in range(10)}


class Impatient(Reporter):
    """Interrupts the run once something is being unpacked."""

    def __init__(self) -> None:
        self._unpacking = False

    def unpacking(self, subject: str, size: int, *, model: str) -> None:
        del subject, size, model
        self._unpacking = True

    def pulse(self) -> None:
        if self._unpacking:
            raise KeyboardInterrupt
