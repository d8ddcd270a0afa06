"""Others' files in the way of a shared cache, and file systems that lack links."""

import errno
import os
import shutil
import sys
from pathlib import Path

import pytest

from modellock.documents.project_settings import LinkMode
from modellock.errors import ObstructedError
from modellock.verbs.verify import verify, verify_deep
from tests.integration.processes import Intruder, ended, start
from tests.integration.shared_caches import FOLDER, WEIGHTS, SharedCache, git_id, sha256
from tests.integration.workspace import Heard, Workspace

pytestmark = pytest.mark.slow

CONFIG = "config.json"
OTHER = b"o" * len(WEIGHTS)


@pytest.fixture
def cache(workspace: Workspace) -> SharedCache:
    return SharedCache(workspace, workspace.root / "hub-cache")


def obstructed(cache: SharedCache) -> tuple[Path, Path]:
    """A snapshot of others whose weights are not what upstream has: the link, and the blob."""
    cache.publish()
    cache.locked()
    cache.hf("download", "acme/minilm")
    blob = cache.folder / "blobs" / sha256(WEIGHTS)
    blob.write_bytes(OTHER)
    (link,) = cache.folder.glob("snapshots/*/model.safetensors")
    return link, blob


def test_wrong_bytes_of_others_are_kept_and_reported(cache: SharedCache) -> None:
    link, blob = obstructed(cache)

    with pytest.raises(ObstructedError) as caught:
        cache.sync()

    assert str(caught.value) == (
        "minilm: 1 file in the way with other bytes than the lock has\n"
        f"  {link}: expected sha256:{sha256(WEIGHTS)}, "
        f"found a link to other bytes, ../../blobs/{sha256(WEIGHTS)}"
    )
    assert blob.read_bytes() == OTHER
    assert link.is_symlink()


def test_wrong_bytes_are_replaced_on_request_by_another_file(cache: SharedCache) -> None:
    link, blob = obstructed(cache)
    held = cache.root / "held"
    os.link(blob, held)

    cache.sync(replace=True)

    assert link.read_bytes() == WEIGHTS
    assert blob.read_bytes() == WEIGHTS
    assert held.read_bytes() == OTHER


def test_a_wrong_blob_with_our_name_is_kept_and_reported(cache: SharedCache) -> None:
    cache.publish()
    cache.locked()
    blob = cache.put(f"blobs/{sha256(WEIGHTS)}", "wrong")

    with pytest.raises(ObstructedError, match="is not what its name says"):
        cache.sync()

    assert blob.read_text() == "wrong"
    assert not (cache.folder / "refs").exists()

    cache.sync(replace=True)

    assert blob.read_bytes() == WEIGHTS


def test_a_directory_that_has_a_blobs_name_is_named(cache: SharedCache) -> None:
    _, blob = obstructed(cache)
    blob.unlink()
    blob.mkdir()

    with pytest.raises(ObstructedError) as caught:
        cache.sync(replace=True)

    assert str(caught.value) == f"{blob}: expected sha256:{sha256(WEIGHTS)}, found a directory"
    assert caught.value.hint == "move it away and run `modellock sync` again"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("hf_a_token_of_who_syncs", id="a secret at the end of a link"),
        pytest.param("{commit}\n", id="a newline, which no loader bears"),
    ],
)
def test_a_note_quotes_nothing_but_commits(cache: SharedCache, text: str) -> None:
    commit = cache.publish()
    cache.locked()
    secret = cache.put("secret", text.format(commit=commit))
    ref = cache.put("refs/main", "")
    ref.unlink()
    ref.symlink_to(secret)

    (note,) = cache.notes()

    assert note == (
        f"minilm: CACHE/{FOLDER}/refs/main holds no commit: load the locked commit with "
        f'`revision="{commit}"`, or from CACHE/{FOLDER}/snapshots/{commit}'
    )


def test_a_link_that_leads_nowhere_is_mended(cache: SharedCache) -> None:
    commit = cache.publish()
    cache.locked()
    cache.hf("download", "acme/minilm")
    (cache.folder / "blobs" / git_id(b"{}")).unlink()

    cache.sync()

    assert (cache.folder / "snapshots" / commit / CONFIG).read_text() == "{}"


def test_a_blob_that_leads_nowhere_is_mended(cache: SharedCache) -> None:
    commit = cache.publish()
    cache.locked()
    blob = cache.folder / "blobs" / git_id(b"{}")
    blob.parent.mkdir(parents=True)
    blob.symlink_to("../../blobs/e2/gone")

    cache.sync()

    assert (cache.folder / "snapshots" / commit / CONFIG).read_text() == "{}"
    assert not blob.is_symlink()


def test_a_blob_that_huggingface_hub_shares_is_used(cache: SharedCache) -> None:
    commit = cache.publish()
    cache.locked()
    shared = cache.root / "blobs" / "e2" / "shared"
    shared.parent.mkdir(parents=True)
    shared.write_bytes(WEIGHTS)
    blob = cache.folder / "blobs" / sha256(WEIGHTS)
    blob.parent.mkdir(parents=True)
    blob.symlink_to("../../blobs/e2/shared")
    shutil.rmtree(cache.workspace.store / "v1" / "blobs", ignore_errors=True)

    result = cache.sync()

    assert "minilm/model.safetensors" not in result.fetches
    assert blob.is_symlink()
    assert (cache.folder / "snapshots" / commit / "model.safetensors").read_bytes() == WEIGHTS


def test_an_edit_of_a_placed_file_is_kept_and_reported(cache: SharedCache) -> None:
    commit = cache.publish()
    cache.locked()
    cache.sync(link_mode=LinkMode.COPY)
    file = cache.folder / "snapshots" / commit / CONFIG
    file.write_text("{'edited': 1}")

    with pytest.raises(ObstructedError):
        cache.sync(link_mode=LinkMode.COPY)

    assert file.read_text() == "{'edited': 1}"
    assert cache.shown(f"snapshots/{commit}") == [CONFIG, "model.safetensors"]


def test_a_damage_is_found_by_hashing(cache: SharedCache) -> None:
    commit = cache.publish()
    cache.locked()
    cache.sync(link_mode=LinkMode.COPY)
    file = cache.folder / "snapshots" / commit / CONFIG
    before = file.stat()
    file.write_text("[]")
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    project, settings, root = cache.workspace.project, cache.workspace.settings, str(cache.root)

    assert verify(project, settings, shared_cache=root).is_whole
    heard = Heard()
    found = verify_deep(project, settings, heard, shared_cache=root)

    assert heard.hashing_told == [(6, 23_068_756)]
    assert [(fault.model, fault.path) for fault in found.faults] == [("minilm", str(file))]
    assert found.is_damaged


@pytest.mark.parametrize("refused", ["os.symlink", "os.link", "os.symlink os.link"])
def test_a_file_system_without_links_has_the_files_all_the_same(
    cache: SharedCache, refused: str
) -> None:
    commit = cache.publish()
    cache.locked()

    def without_links() -> None:
        sys.addaudithook(lambda event, _: refuse(event, refused.split()))
        cache.sync()

    assert ended(start(without_links)) == 0

    file = cache.folder / "snapshots" / commit / CONFIG
    assert file.is_symlink() is ("os.symlink" not in refused)
    assert (cache.folder / "blobs").exists() is file.is_symlink()
    assert cache.loaded(CONFIG) == "{}"
    assert cache.shown() == sorted(
        [
            *([f"blobs/{git_id(b'{}')}", f"blobs/{sha256(WEIGHTS)}"] if file.is_symlink() else []),
            *(f"refs/{name}" for name in cache.own_refs()),
            "refs/main",
            f"snapshots/{commit}/{CONFIG}",
            f"snapshots/{commit}/model.safetensors",
        ]
    )


def refuse(event: str, refused: list[str]) -> None:
    """As Windows refuses symbolic links to most of its users, and exFAT all links."""
    if event in refused:
        raise OSError(errno.EPERM, os.strerror(errno.EPERM))


def test_a_ref_that_others_write_at_the_last_moment_is_theirs(cache: SharedCache) -> None:
    cache.publish()
    cache.locked()
    cache.hf("download", "acme/minilm")
    ref = cache.folder / "refs" / "main"
    ref.unlink()

    with Intruder("os.link", lambda: ref.write_text("0" * 40)):
        cache.sync()

    assert ref.read_text() == "0" * 40
    assert cache.sync().is_unchanged


def test_a_blob_that_others_write_at_the_last_moment_is_used(cache: SharedCache) -> None:
    cache.publish(model_safetensors=b"small")
    cache.locked()
    cache.sync(link_mode=LinkMode.COPY)
    shutil.rmtree(cache.root)
    blob = cache.folder / "blobs" / git_id(b"{}")

    with Intruder("os.link", lambda: blob.write_bytes(b"{}")):
        cache.sync(link_mode=LinkMode.COPY)

    assert blob.stat().st_nlink == 1
    assert cache.loaded(CONFIG) == "{}"
