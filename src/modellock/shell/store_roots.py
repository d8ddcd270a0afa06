"""Roots: which projects use a store, so that garbage collection spares their blobs."""

import errno
import json
import os
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from modellock.decisions.collection import ROOT_LASTS, Root, Standing
from modellock.shell.disk import disk_errors, make_directories, refuse_link, replace_text
from modellock.shell.partial_records import this_boot
from modellock.shell.regular_files import NO_LINK, open_regular, read_document, read_regular
from modellock.values.digest import Digest, sha256_of_bytes

_SUFFIX = ".json"
_MACHINE_ID = "/etc/machine-id"
_LONGEST_ID = 64
_CLOSED = (errno.EACCES, errno.EPERM, errno.EROFS)


@dataclass(frozen=True, slots=True)
class RootFile:
    """A root as it was read, and what tells whether it still is that one."""

    root: Root
    path: str
    mark: tuple[int, int]
    """Its inode and modification time: one that is written anew has another of both."""


def add_root(store: str, lock_path: str, digests: Iterable[Digest]) -> str:
    """Note that a project uses these blobs; returns the file that says so.

    It is not there where the store may not be written. Raises NoSpaceError and FileAccessError
    where it may be, and the disk fails.
    """
    directory = _directory(store)
    with disk_errors(store):
        path = os.path.join(directory, root_name(lock_path) + _SUFFIX)
        try:
            make_directories(directory)
            replace_text(path, format_root(lock_path, digests))
        except OSError as error:
            if error.errno not in _CLOSED:
                raise
    return path


def root_name(lock_path: str) -> str:
    """The name of a project's root: one for each host, mount and models.lock. Raises OSError.

    Two containers of one host name may have the same path, but not the same mount at it.
    """
    mount = _mount(os.path.dirname(lock_path))
    parts = (host_name(), machine(), mount["device"], mount["inode"], lock_path)
    name = "\0".join(map(str, parts)).encode("utf-8", "surrogateescape")
    return sha256_of_bytes(name).value[:32]


def format_root(lock_path: str, digests: Iterable[Digest]) -> str:
    """Describe a project to any later collector, which may run on another host or in a container.

    Its digests stand here because the project's path means nothing elsewhere; only the same host
    and mount may conclude from a missing models.lock that the project is gone. When it was last
    seen is the file's modification time, which a sync with nothing to do renews by one system call.
    """
    root: dict[str, Any] = {
        "lock": lock_path,
        "host": host_name(),
        "machine": machine(),
        "mount": _mount(os.path.dirname(lock_path)),
        "digests": sorted(str(digest) for digest in digests),
    }
    return json.dumps(root, indent=1) + "\n"


def host_name() -> str:
    """The machine's own name, which a container has for itself."""
    return os.uname().nodename if hasattr(os, "uname") else os.environ.get("COMPUTERNAME", "")


def machine() -> str:
    """Tells machines apart whose containers have one name; empty where nothing does.

    Hashed, since machine-id(5) is to be kept from others. A container seldom has that, and lives no
    longer than its system runs: there the start of the system is as good.
    """
    with suppress(OSError, ValueError), open(_MACHINE_ID, encoding="utf-8") as file:
        name = file.read(_LONGEST_ID).strip()
        if re.fullmatch("[0-9a-f]{32}", name):
            return sha256_of_bytes(name.encode()).value[:32]
    return this_boot()


def read_roots(store: str, now: float) -> list[RootFile]:
    """Every root of a store, by name; `now` by the clock of its file system.

    Raises OSError, and UnsafeNameError where somebody put a link in place of their directory.
    """
    refuse_link(_directory(store))
    return [
        found
        for name in _names(store)
        if (found := _read_root(os.path.join(_directory(store), name), now)) is not None
    ]


def root_marks(store: str) -> frozenset[tuple[str, int, int]]:
    """What differs when a root came, went or was written anew. Raises OSError."""
    marks = set()
    for name in _names(store):
        with suppress(FileNotFoundError):
            status = os.lstat(os.path.join(_directory(store), name))
            marks.add((name, *mark_of(status)))
    return frozenset(marks)


def mark_of(status: os.stat_result) -> tuple[int, int]:
    """What tells one root file from the next of its name."""
    return status.st_ino, status.st_mtime_ns


def locks_with(store: str, digests: Iterable[Digest]) -> Iterator[str]:
    """The models.lock of each project that notes one of these blobs; it may long be gone."""
    wanted = {str(digest) for digest in digests}
    try:
        names = _names(store)
    except OSError:
        return
    for name in names:
        lock = _lock_with(os.path.join(_directory(store), name), wanted)
        if lock is not None:
            yield lock


def _read_root(path: str, now: float) -> RootFile | None:
    """One root; None where it went meanwhile."""
    try:
        # Who can write here can put a link here: what it leads to says nothing of a project.
        with open_regular(path, NO_LINK) as file:
            status, text = os.fstat(file.fileno()), read_document(file)
    except FileNotFoundError:
        return None
    except OSError:
        status, text = os.lstat(path), b""
    age = now - status.st_mtime
    return RootFile(_parsed(os.path.basename(path), text, age), path, mark_of(status))


def _parsed(name: str, text: bytes, age: float) -> Root:
    try:
        fields = json.loads(text)
        lock, host = fields["lock"] + "", fields["host"] + ""
        digests = frozenset(map(Digest.parse, fields["digests"]))
        is_here = (host, fields.get("machine")) == (host_name(), machine())
        is_here = is_here and fields["mount"] == _mount_of(lock)
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
        standing = Standing.EXPIRED if age > ROOT_LASTS else Standing.UNREADABLE
        return Root(name=name, lock="", host="", digests=frozenset(), standing=standing, age=age)
    standing = _standing(lock, age, is_here=is_here)
    return Root(name=name, lock=lock, host=host, digests=digests, standing=standing, age=age)


def _standing(lock: str, age: float, *, is_here: bool) -> Standing:
    with suppress(OSError):
        # Of what may not be looked into, nobody can say that it is gone.
        if is_here:
            return Standing.HERE if _is_there(lock) else Standing.GONE
    return Standing.EXPIRED if age > ROOT_LASTS else Standing.ELSEWHERE


def _is_there(path: str) -> bool:
    """Whether something has that name. Raises OSError where that cannot be seen."""
    try:
        os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return False
    return True


def _lock_with(path: str, wanted: set[str]) -> str | None:
    try:
        root = json.loads(read_regular(path))
        return str(root["lock"]) if not wanted.isdisjoint(root["digests"]) else None
    except (OSError, ValueError, LookupError, TypeError):
        return None


def _mount_of(lock: str) -> dict[str, str | int]:
    """That of a file which somebody names. Raises OSError, ValueError."""
    if not os.path.isabs(lock) or b"\0" in os.fsencode(lock):
        raise ValueError(f"{lock!r} is not the full path of a file")
    return _mount(os.path.dirname(lock))


def _mount(directory: str) -> dict[str, str | int]:
    """The mount point above a directory, and what tells apart what containers have mounted there.

    By device alone not: that may be one disk, of which each has another directory.
    """
    while not os.path.ismount(directory):
        directory = os.path.dirname(directory)
    status = os.stat(directory)
    return {"point": directory, "device": status.st_dev, "inode": status.st_ino}


def _directory(store: str) -> str:
    return os.path.join(store, "v1", "roots")


def _names(store: str) -> list[str]:
    """Of root files; what a write that was killed left behind is none."""
    try:
        return sorted(name for name in os.listdir(_directory(store)) if name.endswith(_SUFFIX))
    except FileNotFoundError:
        return []
