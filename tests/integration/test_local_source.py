"""A directory of this machine as an origin."""

import os
import socket
import tempfile
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest

from modellock.documents.offers import Snapshot
from modellock.errors import FileAccessError, NotFoundError, UnsafeNameError
from modellock.shell.local_files import path_of_url
from modellock.sources.local import LocalSource
from tests.integration.filesystems import as_root
from tests.integration.sources import Pin
from tests.unit.specs import spec_of

SHA256 = "sha256:9a129038d9a00aed0cf6a7ea059ca50a813449061ab87848cf1a13eafdf33b2c"


@pytest.fixture
def origin(tmp_path: Path) -> Path:
    """A directory `style` beside a project `project`."""
    (tmp_path / "project").mkdir()
    folder = tmp_path / "style"
    folder.mkdir()
    (folder / "w.bin").write_bytes(b"weights")
    return folder


def snapshot_of(origin: Path, more: str = "", written: str = "../style") -> Snapshot:
    spec = spec_of(f'local = "{written}"\n{more}')
    source = LocalSource(str(origin.parent / "project"))
    return source.snapshot(spec, source.candidates(spec)[0])


def paths(snapshot: Snapshot) -> list[str]:
    return [file.path for file in snapshot.files]


def test_each_file_has_its_size_and_sha256(origin: Path) -> None:
    (file,) = snapshot_of(origin).files

    assert (file.path, file.size, str(file.sha256)) == ("w.bin", 7, SHA256)


def test_a_directory_answers_by_the_name_that_was_asked_for(origin: Path) -> None:
    assert snapshot_of(origin).name == "../style"


def test_files_come_sorted_and_with_their_directories(origin: Path) -> None:
    for path in ("b/c/d.txt", "b.txt", "B.txt", "a/z.txt"):
        (origin / path).parent.mkdir(parents=True, exist_ok=True)
        (origin / path).write_bytes(b"x")

    assert paths(snapshot_of(origin)) == ["B.txt", "a/z.txt", "b.txt", "b/c/d.txt", "w.bin"]


def test_git_is_left_out_wherever_it_is(origin: Path) -> None:
    (origin / ".git").mkdir()
    (origin / ".git" / "config").write_text("[core]")
    (origin / "sub").mkdir()
    (origin / "sub" / ".git").write_text("gitdir: ../.git/modules/sub")
    (origin / ".gitattributes").write_text("*.bin filter=lfs")

    assert paths(snapshot_of(origin)) == [".gitattributes", "w.bin"]


def test_an_absolute_path_is_taken_as_it_is(origin: Path) -> None:
    assert paths(snapshot_of(origin, written=str(origin))) == ["w.bin"]


def test_one_file_is_an_origin_too(origin: Path) -> None:
    snapshot = snapshot_of(origin, written="../style/w.bin")

    assert [(file.path, str(file.sha256)) for file in snapshot.files] == [("w.bin", SHA256)]


def test_a_link_that_models_toml_names_itself_is_followed(origin: Path) -> None:
    (origin.parent / "link").symlink_to(origin, target_is_directory=True)
    (origin.parent / "link.bin").symlink_to(origin / "w.bin")

    assert paths(snapshot_of(origin, written="../link")) == ["w.bin"]
    assert paths(snapshot_of(origin, written="../link.bin")) == ["link.bin"]


@pytest.mark.parametrize("target", ["w.bin", "/etc/hostname", "missing", "."])
def test_a_link_inside_is_refused_by_name(origin: Path, target: str) -> None:
    (origin / "sub").mkdir()
    (origin / "sub" / "link").symlink_to(target)

    with pytest.raises(UnsafeNameError) as caught:
        snapshot_of(origin)

    assert str(caught.value) == "m/sub/link: is a symbolic link: expected a regular file"
    assert caught.value.hint == "leave it out with `exclude` below [models.m]"


def test_a_link_that_is_left_out_harms_nobody(origin: Path) -> None:
    (origin / "link").symlink_to("/etc/hostname")

    excluded = snapshot_of(origin, 'exclude = ["link"]')
    not_included = snapshot_of(origin, 'include = ["*.bin"]')

    assert paths(excluded) == paths(not_included) == ["link", "w.bin"]
    assert [file.sha256 is None for file in excluded.files] == [True, False]


@pytest.mark.parametrize("kind", ["pipe", "socket"])
def test_what_is_no_file_is_refused_and_not_waited_for(
    origin: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if kind == "pipe":
        os.mkfifo(origin / "odd")
    else:
        monkeypatch.chdir(origin)  # a socket's path is short
        with socket.socket(socket.AF_UNIX) as server:
            server.bind("odd")

    with pytest.raises(UnsafeNameError, match=r"^m/odd: is not a regular file: expected a regular"):
        snapshot_of(origin)


def test_a_name_that_hides_something_is_shown_inert(origin: Path) -> None:
    (origin / "\x1b[2Jlink").symlink_to("w.bin")

    with pytest.raises(UnsafeNameError, match=r"^m/\\x1b\[2Jlink: is a symbolic link"):
        snapshot_of(origin)


def test_a_directory_that_is_not_there_is_not_found(origin: Path) -> None:
    with pytest.raises(NotFoundError) as caught:
        snapshot_of(origin, written="../missing")

    assert str(caught.value) == "m: there is no '../missing'"
    assert caught.value.hint == "correct `local` below [models.m]"


@pytest.mark.slow
def test_a_file_that_changes_while_it_is_read_is_not_locked(origin: Path) -> None:
    large = origin / "w.bin"
    os.truncate(large, 256 << 20)
    over = threading.Event()

    def keep_changing() -> None:
        while not over.is_set():
            with large.open("r+b") as file:
                file.write(b"x")

    writer = threading.Thread(target=keep_changing)
    writer.start()
    try:
        with pytest.raises(FileAccessError) as caught:
            snapshot_of(origin)
    finally:
        over.set()
        writer.join()

    assert str(caught.value) == "m/w.bin: changed while it was read"
    assert caught.value.hint == "run `modellock lock` again"


@as_root
def test_what_may_not_be_read_is_named() -> None:
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o711)
        file, closed = Path(folder, "w.bin"), Path(folder, "closed")
        file.write_bytes(b"weights")
        file.chmod(0)
        closed.mkdir(mode=0o700)
        os.seteuid(65534)
        try:
            with pytest.raises(FileAccessError, match=r"^m/w\.bin: Permission denied$"):
                snapshot_of(file, written=str(file))
            with pytest.raises(FileAccessError, match=r"/closed: Permission denied$"):
                snapshot_of(closed, written=str(closed))
        finally:
            os.seteuid(0)


def test_a_locked_file_comes_from_where_it_lies(origin: Path) -> None:
    source = LocalSource(str(origin.parent / "project"))

    (below,) = source.locations(Pin("../style"), "sub/50%?#.bin")
    (itself,) = source.locations(Pin("../style/w.bin"), "w.bin")

    assert below.url == f"file://{origin}/sub/50%25%3F%23.bin"
    assert path_of_url(below.url) == f"{origin}/sub/50%?#.bin"
    assert path_of_url(itself.url) == f"{origin}/w.bin"


def test_there_is_one_version_without_a_time_and_nothing_leads_to_it() -> None:
    spec, source = spec_of('local = "m"'), LocalSource("/")
    (candidate,) = source.candidates(spec)

    assert source.dated(spec, candidate, datetime(2026, 1, 1, tzinfo=UTC)) == candidate
    assert source.within(spec, "main") is None
