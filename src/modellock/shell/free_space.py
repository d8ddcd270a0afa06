"""What file systems say of their space, and whether a file can be on two paths without a copy."""

import os
import secrets
import shutil
import tempfile
from dataclasses import replace

from modellock.decisions.space import Disk
from modellock.documents.project_settings import LinkMode
from modellock.shell.disk import free_bytes, nearest_directory, says_full, unlink_if_there
from modellock.shell.links import refusal_of
from modellock.shell.placement_site import STAGE_PREFIX

_TRIED = 1 << 16
"""Bytes that are written to see whether any can be."""

_WITHOUT_A_COPY = (LinkMode.HARDLINK, LinkMode.REFLINK)


def disk_of(path: str) -> Disk:
    """The file system of a path, which need not be there yet. Raises OSError."""
    directory = nearest_directory(path)
    free = free_bytes(directory)
    if free is None:
        free = shutil.disk_usage(directory).free
    # Those that have no notion of free space say that there is none.
    return Disk(os.stat(directory).st_dev, path, free or None)


def tried_disk_of(path: str) -> Disk:
    """The same, where a disk that says nothing of its space is tried out. Raises OSError."""
    disk = disk_of(path)
    return replace(disk, free=0) if disk.free is None and _is_full(path) else disk


def _is_full(path: str) -> bool:
    """Whether nothing more can be written; nothing of the try is left."""
    try:
        with tempfile.TemporaryFile(dir=nearest_directory(path)) as file:
            file.write(bytes(_TRIED))
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        return says_full(error)
    return False


def can_share(store: str, directory: str) -> bool:
    """Whether a file of the store can be shown below a directory without a copy, found by trying.

    Device numbers do not tell: two mounts of one file system have the same, and two subvolumes
    others. Where it cannot be tried, it is taken to be so. Nothing of the try is left.
    """
    name = f"{STAGE_PREFIX}{secrets.token_hex(4)}"
    blob = os.path.join(nearest_directory(store), name)
    target = os.path.join(nearest_directory(directory), f"{name}-shown")
    try:
        with open(blob, "xb") as file:
            file.write(b"modellock")
        return any(_works(method, blob, target) for method in _WITHOUT_A_COPY)
    except OSError:
        return True
    finally:
        _unlink(blob)


def _works(method: LinkMode, blob: str, target: str) -> bool:
    try:
        return refusal_of(method, blob, target) is None
    finally:
        _unlink(target)


def _unlink(path: str) -> None:
    try:
        unlink_if_there(path)
    except OSError:
        return
