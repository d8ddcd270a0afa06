"""Other file systems to test on: what a kernel and a user's rights give."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount and chown")


@contextmanager
def mounted(where: Path, kind: str, options: str, *, device: str | None = None) -> Iterator[Path]:
    """A file system of its own below `where`; skips the test where none can be mounted."""
    where.mkdir(exist_ok=True)
    command = ["mount", "-t", kind, "-o", options, device or kind, str(where)]
    try:
        ended = subprocess.run(command, check=False, capture_output=True, text=True)
    except OSError as error:
        pytest.skip(f"mount cannot be run: {error}")
    if ended.returncode != 0:
        pytest.skip(f"{kind} cannot be mounted here: {ended.stderr.strip()}")
    try:
        yield where
    finally:
        subprocess.run(["umount", "-l", str(where)], check=True)


@contextmanager
def btrfs(where: Path) -> Iterator[Path]:
    """A file system with reflinks; skips the test where none can be made."""
    if shutil.which("mkfs.btrfs") is None:
        pytest.skip("no mkfs.btrfs to make a file system with reflinks")
    image = where.with_suffix(".image")
    with image.open("wb") as file:
        file.truncate(128 << 20)
    subprocess.run(["mkfs.btrfs", "-q", str(image)], check=True)
    where.mkdir()
    subprocess.run(["mount", "-o", "loop", str(image), str(where)], check=True)
    try:
        yield where
    finally:
        subprocess.run(["umount", "-l", str(where)], check=True)


@contextmanager
def mounted_over(file: Path, where: Path) -> Iterator[None]:
    """A file in place of another; skips the test where that cannot be."""
    ended = subprocess.run(
        ["mount", "--bind", str(file), str(where)], check=False, capture_output=True, text=True
    )
    if ended.returncode != 0:
        pytest.skip(f"nothing can be mounted over a file here: {ended.stderr.strip()}")
    try:
        yield
    finally:
        subprocess.run(["umount", str(where)], check=True)


def remounted_read_only(where: Path) -> None:
    remounted(where, "ro")


def remounted(where: Path, options: str) -> None:
    subprocess.run(["mount", "-o", f"remount,{options}", str(where)], check=True)


@contextmanager
def immutable(file: Path) -> Iterator[None]:
    """A file that not even root can replace; skips the test where none can be had."""
    try:
        ended = subprocess.run(
            ["chattr", "+i", str(file)], check=False, capture_output=True, text=True
        )
    except OSError as error:
        pytest.skip(f"chattr cannot be run: {error}")
    if ended.returncode != 0:
        pytest.skip(f"no file can be immutable here: {ended.stderr.strip()}")
    try:
        yield
    finally:
        subprocess.run(["chattr", "-i", str(file)], check=True)


@contextmanager
def second_disk() -> Iterator[Path]:
    """A directory on another file system than temporary files; skips the test where none is."""
    memory = "/dev/shm"  # noqa: S108 - a file system, and the directory in it has a name of its own
    if not os.path.isdir(memory):
        pytest.skip("no second file system")
    with tempfile.TemporaryDirectory(dir=memory) as directory:
        yield Path(directory)


@contextmanager
def overlay(where: Path, lower: Path) -> Iterator[Path]:
    """An overlay like a container's, with `lower` as the layer below."""
    upper, work = where / "upper", where / "work"
    upper.mkdir(parents=True)
    work.mkdir()
    options = f"lowerdir={lower},upperdir={upper},workdir={work},redirect_dir=nofollow"
    with mounted(where / "merged", "overlay", options) as merged:
        yield merged


@contextmanager
def disk_of(where: Path, kind: str, megabytes: int) -> Iterator[Path]:
    """A disk of its own with a file system of that kind; skips the test where none can be made."""
    image = where.with_suffix(".disk")
    with image.open("wb") as file:
        file.truncate(megabytes << 20)
    try:
        subprocess.run([f"mkfs.{kind}", "-q", str(image)], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"no {kind} can be made here: {error}")
    with mounted(where, kind, "loop", device=str(image)) as disk:
        yield disk
