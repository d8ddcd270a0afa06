"""A shared cache while others write to it, and after kills: what shows is right and heals."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from tests.integration.filesystems import second_disk
from tests.integration.processes import killed_before
from tests.integration.shared_caches import WEIGHTS, SharedCache
from tests.integration.workspace import Workspace
from tests.waiting import LONG

pytestmark = pytest.mark.slow

FILES = {f"part{number}.json": b"{}" * number for number in range(1, 6)}
PARTS = 4


@pytest.fixture
def cache(workspace: Workspace) -> Iterator[SharedCache]:
    """In memory, where nothing is gained by waiting for a disk."""
    with second_disk() as memory:
        yield SharedCache(workspace, memory / "hub")


def started_sync(cache: SharedCache, project: str = "project") -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "modellock", "sync", "--shared-cache", str(cache.root)]
    store = {"MODELLOCK_STORE": str(cache.workspace.store)}
    return subprocess.Popen(
        command,
        cwd=cache.workspace.root / project,
        env={**cache.environ(), **store},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def started_download(cache: SharedCache) -> subprocess.Popen[str]:
    command = [str(Path(sys.executable).parent / "hf"), "download", "acme/minilm"]
    return subprocess.Popen(
        command, env=cache.environ(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


def check_whole(cache: SharedCache, commit: str) -> None:
    """The snapshot is whole in every eye, and each of its files right."""
    expected = {"config.json": b"{}", "model.safetensors": WEIGHTS, **FILES}
    snapshot = cache.folder / "snapshots" / commit
    assert {path.name: path.read_bytes() for path in snapshot.iterdir()} == expected
    assert "main" in cache.revisions()[commit]
    cache.hf("cache", "verify", "acme/minilm")


def silence(cache: SharedCache) -> None:
    """Nothing is fetched from now on; threads of servers would only slow down each fork."""
    cache.workspace.offline = True
    cache.settings = cache.workspace.settings
    cache.workspace.hub.stop()
    cache.workspace.github.stop()


@pytest.mark.parametrize("number", range(4))
@pytest.mark.parametrize("is_filled", [True, False])
def test_downloads_and_syncs_at_once_all_end_well(
    cache: SharedCache, number: int, *, is_filled: bool
) -> None:
    commit = cache.publish(**{name.replace(".", "_"): text for name, text in FILES.items()})
    cache.locked()
    if is_filled:
        cache.sync()
        shutil.rmtree(cache.root)
        shutil.rmtree(cache.workspace.directory / ".modellock")
    shutil.copytree(cache.workspace.directory, cache.workspace.root / "second")
    starts: list[Callable[[SharedCache], subprocess.Popen[str]]] = [started_download] * 3
    starts[number:number] = [started_sync, partial(started_sync, project="second")]

    processes = [start(cache) for start in starts]
    said = [process.communicate(timeout=5 * LONG)[0] for process in processes]

    assert [process.returncode for process in processes] == [0] * 5, said
    check_whole(cache, commit)
    cache.sync()
    assert cache.sync().is_unchanged
    assert list(cache.root.rglob(".modellock-*")) == []


@pytest.mark.parametrize("part", range(PARTS))
def test_a_sync_killed_at_any_moment_shows_a_whole_snapshot_or_none(
    cache: SharedCache, part: int
) -> None:
    commit = cache.publish(model_safetensors=b"small")
    cache.locked()
    cache.sync()
    silence(cache)
    for change in range(part + 1, 200, PARTS):
        shutil.rmtree(cache.root)
        shutil.rmtree(cache.workspace.directory / ".modellock")

        killed = killed_before(change, cache.sync)

        shown = cache.shown(f"snapshots/{commit}")
        assert shown in ([], ["config.json", "model.safetensors"])
        assert shown or not (cache.folder / "refs").exists()
        cache.sync()
        assert cache.shown(f"snapshots/{commit}") == ["config.json", "model.safetensors"]
        assert [name for name in os.listdir(cache.folder) if name.startswith(".")] == []
        if not killed:
            return
    pytest.fail("a sync has more changes than were tried")


@pytest.mark.parametrize("part", range(PARTS))
def test_a_move_killed_at_any_moment_leaves_refs_that_lead_somewhere(
    cache: SharedCache, part: int
) -> None:
    old = cache.publish(model_safetensors=b"small")
    cache.locked()
    cache.sync()
    new = cache.publish(config_json=b"[]", model_safetensors=b"small")
    before = cache.workspace.lock_text
    cache.workspace.lock("minilm")
    after = cache.workspace.lock_text
    cache.sync()
    silence(cache)
    for change in range(part + 1, 200, PARTS):
        shutil.rmtree(cache.root)
        (cache.workspace.directory / "models.lock").write_text(before)
        cache.sync()
        (cache.workspace.directory / "models.lock").write_text(after)

        killed = killed_before(change, cache.sync)

        loaded = {old: b"{}", new: b"[]"}
        for ref in (cache.folder / "refs").rglob("*"):
            if ref.is_file():
                config = cache.folder / "snapshots" / ref.read_text() / "config.json"
                assert config.read_bytes() == loaded[ref.read_text()]
        cache.sync()
        assert (cache.folder / "refs" / "main").read_text() == new
        if not killed:
            return
    pytest.fail("a sync has more changes than were tried")
