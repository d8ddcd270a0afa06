"""Roots: which projects use a store, so that garbage collection spares their blobs."""

import json
import os
from collections.abc import Iterable, Iterator
from typing import Any

from modellock.shell.regular_files import read_regular
from modellock.values.digest import Digest, sha256_of_bytes


def root_name(lock_path: str) -> str:
    """The name of a project's root: one for each host and models.lock."""
    name = f"{_host()}\0{lock_path}".encode("utf-8", "surrogateescape")
    return sha256_of_bytes(name).value[:32]


def format_root(lock_path: str, digests: Iterable[Digest]) -> str:
    """Describe a project to any later collector, which may run on another host or in a container.

    Its digests stand here because the project's path means nothing elsewhere; only the same host
    and mount may conclude from a missing models.lock that the project is gone. When it was last
    seen is the file's modification time, which a sync with nothing to do renews by one system call.
    """
    root: dict[str, Any] = {
        "lock": lock_path,
        "host": _host(),
        "mount": _mount(os.path.dirname(lock_path)),
        "digests": sorted(str(digest) for digest in digests),
    }
    return json.dumps(root, indent=1) + "\n"


def _host() -> str:
    """The machine's own name, which a container has for itself."""
    return os.uname().nodename if hasattr(os, "uname") else os.environ.get("COMPUTERNAME", "")


def _mount(directory: str) -> dict[str, str | int]:
    """The mount point above a directory, and its device number, which tells containers apart."""
    while not os.path.ismount(directory):
        directory = os.path.dirname(directory)
    return {"point": directory, "device": os.stat(directory).st_dev}


def locks_with(store: str, digests: Iterable[Digest]) -> Iterator[str]:
    """The models.lock of each project that notes one of these blobs; it may long be gone."""
    wanted = {str(digest) for digest in digests}
    directory = os.path.join(store, "v1", "roots")
    try:
        names = sorted(os.listdir(directory))
    except OSError:
        return
    for name in names:
        lock = _lock_with(os.path.join(directory, name), wanted)
        if lock is not None:
            yield lock


def _lock_with(path: str, wanted: set[str]) -> str | None:
    try:
        root = json.loads(read_regular(path))
        return str(root["lock"]) if not wanted.isdisjoint(root["digests"]) else None
    except (OSError, ValueError, LookupError, TypeError):
        return None
