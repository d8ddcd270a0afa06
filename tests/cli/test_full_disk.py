"""A disk that is full before the last byte: what is here stays, and comes first the next time.

It had room when `sync` counted; then somebody else filled it.
"""

import errno
import os
import random
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import modellock as api
from modellock.testing import EmbeddedHub, Lie
from modellock.testing.wire.exchange import Reply, Request
from tests.cli.command import Command
from tests.integration.filesystems import as_root, mounted

pytestmark = [pytest.mark.slow, as_root]

PAGE = 4096
BLOCK = 1 << 20
"""Bytes that are written at once, and lost where not all of them fit."""

SMALL, LARGE = 300 * PAGE // 2 + 1, 700 * PAGE + 1
CONTENT = {
    size: random.Random(size).randbytes(size)  # noqa: S311 - bytes that differ from one another
    for size in (SMALL, LARGE)
}


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    with mounted(tmp_path / "disk", "tmpfs", "size=8m") as disk:
        yield disk


@pytest.fixture(params=[SMALL, LARGE], ids=["small", "large"])
def size(request: pytest.FixtureRequest) -> int:
    count: int = request.param
    return count


@pytest.fixture
def hub(size: int) -> Iterator[EmbeddedHub]:
    with EmbeddedHub() as hub:
        hub.publish("acme/m", {"model.safetensors": CONTENT[size]})
        yield hub


def locked(folder: Path, hub: EmbeddedHub, monkeypatch: pytest.MonkeyPatch, home: Path) -> Command:
    folder.mkdir(exist_ok=True)
    (folder / "models.toml").write_text('[models.m]\nhub = "acme/m"\n')
    monkeypatch.setenv("HF_ENDPOINT", hub.url)
    api.lock(directory=folder, store=home / "other")
    hub.requests.clear()
    return Command(folder, home)


def filling(disk: Path, left: int) -> Lie:
    """The truth; but before it is told, the disk is filled but for so many bytes."""

    def tell(_request: Request, reply: Reply) -> Reply:
        if not (disk / "filler").exists():
            (disk / "filler").write_bytes(bytes(free(disk) - left))
        return reply

    return Lie(lambda _request, reply: reply.is_file, tell)


def free(disk: Path) -> int:
    found = os.statvfs(disk)
    return found.f_bavail * found.f_frsize


def make_room(disk: Path, hub: EmbeddedHub) -> None:
    hub.lies.clear()
    (disk / "filler").unlink()
    hub.requests.clear()


def first_byte_asked_for(hub: EmbeddedHub) -> int:
    (request,) = [request for request in hub.requests if request.origin == "objects"]
    found = re.match(r"bytes=(\d+)-", request.headers.get("Range", ""))
    return int(found[1]) if found else 0


def visible(*roots: Path) -> list[bytes]:
    return [path.read_bytes() for root in roots for path in root.rglob("*") if path.is_file()]


@pytest.mark.parametrize("pages", [-200, -2, -1, 0])
def test_a_store_that_is_full_at_the_last_bytes_shows_nothing_and_goes_on_from_there(
    disk: Path,
    hub: EmbeddedHub,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    size: int,
    pages: int,
) -> None:
    store = disk / "store"
    project = locked(tmp_path / "project", hub, monkeypatch, tmp_path / "home")
    hub.lies.add("*", filling(disk, max(PAGE, size - 1 + pages * PAGE)), origin="objects")

    ended = project.run("sync", "--store", str(store), HF_ENDPOINT=hub.url)

    assert ended.code == 3
    assert "no space left: No space left on device" in ended.stderr
    assert visible(store / "v1" / "blobs", project.folder / "models") == []
    make_room(disk, hub)
    assert project.run("sync", "--store", str(store), HF_ENDPOINT=hub.url).code == 0
    assert visible(store / "v1" / "blobs") == [CONTENT[size]]
    assert (project.folder / "models/m/model.safetensors").read_bytes() == CONTENT[size]
    assert first_byte_asked_for(hub) > (size + pages * PAGE - BLOCK if size == LARGE else -1)


def test_a_project_that_is_full_at_the_last_bytes_needs_no_network_the_next_time(
    disk: Path, hub: EmbeddedHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    project = locked(disk / "project", hub, monkeypatch, tmp_path / "home")
    store = tmp_path / "store"
    hub.lies.add("*", filling(disk, size - 1), origin="objects")

    ended = project.run("sync", "--store", str(store), HF_ENDPOINT=hub.url)

    assert ended.code == 3
    assert os.strerror(errno.ENOSPC) in ended.stderr
    assert visible(project.folder / "models") == []
    make_room(disk, hub)
    assert project.run("sync", "--store", str(store), HF_ENDPOINT=hub.url).code == 0
    assert len(hub.requests) == 0
    assert (project.folder / "models/m/model.safetensors").read_bytes() == CONTENT[size]
