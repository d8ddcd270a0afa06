"""Disks that are too small: refused before the first byte, and never where it would have fitted."""

import hashlib
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from modellock.documents.project_settings import LinkMode
from modellock.errors import NoSpaceError
from modellock.shell.store import Store
from modellock.shell.store_partials import begun_in, open_partial
from modellock.testing import EmbeddedHub
from modellock.values.digest import Digest
from modellock.verbs.sync_result import SyncMode
from tests.cli.command import Command
from tests.integration.filesystems import as_root, mounted, second_disk
from tests.integration.local_project import LocalProject

pytestmark = as_root

KB = 1000
WEIGHTS = "w" * 300 * KB


@contextmanager
def small_disk(where: Path, size: str = "512k") -> Iterator[Path]:
    with mounted(where, "tmpfs", f"size={size}") as disk:
        yield disk


def locked(root: Path, store: Path, files: dict[str, str] | None = None) -> LocalProject:
    project = LocalProject(root, store=store)
    project.publish("m", files or {"w": WEIGHTS})
    project.lock()
    return project


def moved(project: LocalProject, disk: Path) -> LocalProject:
    """The project on another disk, its origin where it was."""
    there = LocalProject(disk, store=project.store)
    text = (project.directory / "models.toml").read_text().replace("..", str(project.root))
    (there.directory / "models.toml").write_text(text)
    there.lock()
    return there


def blobs(store: Path) -> list[str]:
    """What was fetched, or began to be."""
    return [
        path.name
        for kind in ("blobs", "staged")
        for path in (store / "v1" / kind).rglob("*")
        if path.is_file()
    ]


def test_a_store_that_is_too_small_is_refused_before_the_first_byte(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", "256k") as disk:
        project = locked(tmp_path, disk / "store")

        with pytest.raises(NoSpaceError) as caught:
            project.sync()

        assert re.fullmatch(
            rf"{disk}/store: not enough space: needed 300\.0 kB, free 2\d\d\.\d kB",
            str(caught.value),
        )
        assert project.heard.fetched == []
        assert blobs(disk / "store") == []


@pytest.mark.slow
def test_a_lock_that_must_fetch_more_than_fits_is_refused_before_the_first_byte(
    tmp_path: Path,
) -> None:
    with small_disk(tmp_path / "disk", "256k") as disk, EmbeddedHub() as hub:
        hub.publish("acme/m", {"notes.txt": WEIGHTS.encode()})
        command = Command(tmp_path / "project", tmp_path / "home")
        for name in (command.folder, command.home):
            name.mkdir()
        (command.folder / "models.toml").write_text('[models.m]\nhub = "acme/m"\n')

        ended = command.run("lock", "--store", str(disk / "store"), HF_ENDPOINT=hub.url)

        assert [one for one in hub.requests if "/resolve/" in one.path] == []
    assert (ended.code, ended.stdout) == (3, "")
    assert re.fullmatch(
        rf"error: {disk}/store: not enough space: needed 300\.0 kB, free 2\d\d\.\d kB\n"
        "hint: free some there, or use another disk: `modellock lock --store DIR`\n",
        ended.stderr,
    )


def test_a_project_on_a_disk_too_small_for_copies_is_refused_before_anything_is_fetched(
    tmp_path: Path,
) -> None:
    with small_disk(tmp_path / "disk", "256k") as disk:
        project = moved(locked(tmp_path, tmp_path / "store"), disk)

        with pytest.raises(NoSpaceError, match=rf"^{disk}/project: not enough space: needed 300"):
            project.sync()

        assert project.heard.fetched == []
        assert not (project.directory / "models").exists()


def test_a_disk_without_any_space_left_is_found_out_by_trying(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", "256k") as disk:
        project = moved(locked(tmp_path, tmp_path / "store"), disk)
        fill(disk)

        with pytest.raises(NoSpaceError, match=rf"^{disk}/project: .*needed 300.0 kB, free 0"):
            project.sync()

        assert project.heard.fetched == []


def fill(disk: Path) -> None:
    with suppress(OSError), open(disk / "filler", "wb", buffering=0) as file:
        while file.write(b"x" * 4096):
            pass


def test_hard_links_take_no_space_of_their_own(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk") as disk:
        project = moved(locked(tmp_path, disk / "store"), disk)

        project.sync()

        assert (project.directory / "models/m/w").read_text() == WEIGHTS


def test_copies_beside_the_store_do(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk") as disk:
        project = moved(locked(tmp_path, disk / "store"), disk)

        with pytest.raises(NoSpaceError, match=r"needed 600\.0 kB, free 5\d\d\.\d kB"):
            project.sync(link_mode=LinkMode.COPY)

        assert project.heard.fetched == []


def test_without_a_store_one_copy_is_enough(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk") as disk:
        project = moved(locked(tmp_path, tmp_path / "store"), disk)

        project.sync(no_store=True)

        assert (project.directory / "models/m/w").read_text() == WEIGHTS


def test_two_mounts_of_one_disk_are_found_out_by_trying(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk") as disk:
        (tmp_path / "again").mkdir()
        subprocess.run(["mount", "--bind", str(disk), str(tmp_path / "again")], check=True)
        try:
            project = moved(locked(tmp_path, disk / "store"), tmp_path / "again")

            with pytest.raises(NoSpaceError, match=r"needed 600\.0 kB"):
                project.sync()

            assert project.heard.fetched == []
            assert [name for name in os.listdir(disk) if name.startswith(".modellock")] == []
        finally:
            subprocess.run(["umount", "-l", str(tmp_path / "again")], check=True)


def test_a_disk_that_is_mounted_below_the_project_is_the_one_that_counts(tmp_path: Path) -> None:
    project = locked(tmp_path, tmp_path / "store")
    with (
        small_disk(project.directory / "models", "256k") as disk,
        pytest.raises(NoSpaceError, match=rf"^{disk}/m: not enough space: needed 300\.0 kB"),
    ):
        project.sync()


def test_what_the_store_has_is_not_needed_again(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk") as disk:
        project = moved(locked(tmp_path, disk / "store"), disk)
        project.sync()
        shutil.rmtree(project.directory / "models")
        (disk / "filler").write_bytes(b"x" * 150 * KB)

        project.sync()

        assert (project.directory / "models/m/w").read_text() == WEIGHTS


def test_a_full_disk_on_which_links_change_alone_is_no_reason_to_refuse(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk") as disk:
        project = moved(locked(tmp_path, disk / "store", {"a": WEIGHTS, "b": "b"}), disk)
        project.sync()
        (project.directory / "models/m/a").unlink()
        (disk / "filler").write_bytes(b"x" * 150 * KB)

        project.sync()

        assert (project.directory / "models/m/a").read_text() == WEIGHTS


def test_of_what_earlier_runs_began_the_bytes_that_are_there_count(tmp_path: Path) -> None:
    store, one, other = Store(str(tmp_path)), Digest("sha256", "1" * 64), Digest("sha256", "2" * 64)
    partial = open_partial(store, one, 500)
    assert partial is not None
    partial.write(400, b"w" * 70)
    partial.close()

    assert begun_in(store, [one, other]) == 70


def test_of_a_file_that_is_half_here_the_other_half_is_needed(tmp_path: Path) -> None:
    project = locked(tmp_path, tmp_path / "store")
    half_of(WEIGHTS.encode(), tmp_path / "store")

    space = project.sync(mode=SyncMode.DRY_RUN).space

    assert space is not None
    assert (space.needed, space.fetch) == (300 * KB, 150 * KB)
    assert [peak.needed for peak in space.peaks] == [150 * KB]


def half_of(content: bytes, store: Path) -> None:
    """Leave what an earlier run fetched of a file."""
    digest = Digest("sha256", hashlib.sha256(content).hexdigest())
    partial = open_partial(Store(str(store)), digest, len(content))
    assert partial is not None
    partial.write(0, content[: len(content) // 2])
    partial.close()


@pytest.mark.parametrize(("size", "code"), [("4700k", 0), ("3m", 3)])
@pytest.mark.slow
def test_a_retry_is_refused_only_where_the_other_half_does_not_fit(
    size: str, code: int, tmp_path: Path
) -> None:
    command, content = Command(tmp_path / "project", tmp_path / "home"), os.urandom(4_000_000)
    for name in (command.folder, command.home):
        name.mkdir()
    with small_disk(tmp_path / "disk", size) as disk, EmbeddedHub() as hub:
        hub.publish("acme/m", {"model.safetensors": content})
        (command.folder / "models.toml").write_text('[models.m]\nhub = "acme/m"\n')
        assert command.run("lock", HF_ENDPOINT=hub.url).code == 0
        half_of(content, disk / "store")

        ended = command.run(
            "sync", "--store", f"{disk}/store", "--link-mode", "symlink", HF_ENDPOINT=hub.url
        )

        assert ended.code == code
        if code:
            assert "not enough space: needed 2.0 MB, free 1.1 MB" in ended.stderr


@pytest.mark.slow
def test_without_a_network_what_is_missing_takes_nothing(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", "256k") as disk, EmbeddedHub() as hub:
        hub.publish("acme/m", {"model.safetensors": WEIGHTS.encode()})
        command = Command(tmp_path / "project", tmp_path / "home")
        for name in (command.folder, command.home):
            name.mkdir()
        (command.folder / "models.toml").write_text('[models.m]\nhub = "acme/m"\n')
        assert command.run("lock", HF_ENDPOINT=hub.url).code == 0

        ended = command.run("sync", "--offline", "--store", str(disk / "store"))

    assert ended.code == 3
    assert "1 file (300.0 kB) not in the store, and --offline turns the network off" in ended.stderr


def test_a_dry_run_says_so_and_refuses_nothing(tmp_path: Path) -> None:
    with second_disk() as other, small_disk(tmp_path / "disk", "256k") as disk:
        project = moved(locked(tmp_path, other / "store"), disk)

        space = project.sync(mode=SyncMode.DRY_RUN).space

    assert space is not None
    assert (space.needed, space.fetch, space.place) == (300 * KB, 300 * KB, 300 * KB)
    assert [(peak.disk.where, peak.needed, peak.is_short) for peak in space.peaks] == [
        (str(other / "store"), 300 * KB, False),
        (str(disk / "project"), 300 * KB, True),
    ]


@pytest.mark.slow
def test_the_command_ends_with_3_and_asks_for_no_file(tmp_path: Path) -> None:
    for name in ("project", "home"):
        (tmp_path / name).mkdir()
    command = Command(tmp_path / "project", tmp_path / "home")
    with EmbeddedHub() as hub, small_disk(tmp_path / "disk", "256k") as disk:
        hub.publish("acme/m", {"model.safetensors": WEIGHTS.encode()})
        (command.folder / "models.toml").write_text('[models.m]\nhub = "acme/m"\n')
        assert command.run("lock", HF_ENDPOINT=hub.url).code == 0
        hub.requests.clear()

        ended = command.run("sync", "--store", str(disk / "store"), HF_ENDPOINT=hub.url)

        assert len(hub.requests) == 0
    assert (ended.code, ended.stdout) == (3, "")
    assert re.fullmatch(
        rf"error: {disk}/store: not enough space: needed 300\.0 kB, free 2\d\d\.\d kB\n"
        "hint: free some there, or use another disk: `modellock sync --store DIR --to DIR`\n",
        ended.stderr,
    )
