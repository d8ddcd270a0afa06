"""Files on their way into the store that outlive the process which fetches them.

    v1/staged/<sha256>.part         the bytes, each at its place
    v1/staged/<sha256>.part.json    which of them are here

A digest names what is missing from any later process. Whoever has the file's lock writes to it.
Where a lock does not keep everybody away, as on a network disk, each process begins a file of its
own, `<sha256>-<random>.part`, into which it copies what it finds; only processes of the same
machine go on with that. A published blob is one that no other process ever wrote to.
"""

import os
import secrets
import stat
from collections.abc import Iterable
from contextlib import suppress
from typing import Literal

from modellock.errors import ModellockError
from modellock.shell.file_locks import Hold, hold, is_local
from modellock.shell.partial_files import Partial, PartialHandle
from modellock.shell.partial_records import arrived_at, is_of_this_boot, record_path
from modellock.shell.regular_files import NO_LINK
from modellock.shell.store import Store
from modellock.shell.store_access import store_errors
from modellock.shell.store_published import own_uid
from modellock.shell.turns import end_turn, is_still
from modellock.values.digest import Digest

_SUFFIX = ".part"

_FLAGS = os.O_RDWR | NO_LINK | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)


def open_partial(store: Store, digest: Digest, size: int) -> Partial | None:
    """The bytes of a blob that are here so far; None while another process fetches it.

    Raises NoSpaceError and FileAccessError.
    """
    with store_errors(store.root):
        directory = store.staging_directory()
        for path in _lockable(directory, digest):
            taken = _take(path)
            if taken is Hold.THEIRS:
                return None
            if taken is not None:
                return Partial(store, taken, size)
        return _open_own(store, directory, digest, size)


def open_own_partial(store: Store, digest: Digest, size: int) -> Partial | None:
    """A file of one's own, with what another process has brought so far, which does not go on.

    None while one has it that was only just begun. Raises NoSpaceError and FileAccessError.
    """
    with store_errors(store.root):
        return _open_own(store, store.staging_directory(), digest, size)


def arrived_so_far(store: Store, digest: Digest) -> int:
    """Bytes of a blob that are here, from an earlier process or one that fetches it now."""
    return begun_in(store, [digest])


def begun_in(store: Store, digests: Iterable[Digest]) -> int:
    """Bytes of all these blobs that are here, of each those of its fullest partial file."""
    wanted = {digest.value for digest in digests}
    fullest: dict[str, int] = {}
    for path in _partials(os.path.join(store.root, "v1", "staged")):
        value = os.path.basename(path)[:64]
        if value in wanted:
            fullest[value] = max(arrived_at(path), fullest.get(value, 0))
    return sum(fullest.values())


def _lockable(directory: str, digest: Digest) -> list[str]:
    """The files whose lock keeps away all who may write to them, the one to go on with first."""
    shared = os.path.join(directory, digest.value + _SUFFIX)
    own = [path for path in _partials_of(directory, digest) if path != shared]
    own = sorted(filter(arrived_at, own), key=arrived_at, reverse=True)
    if is_local(directory):
        return [*own, shared]
    # Other machines keep to what they began themselves, and here the lock keeps others away.
    return [path for path in own if is_of_this_boot(path)]


def _take(path: str) -> PartialHandle | Literal[Hold.THEIRS] | None:
    """Open a partial file, made if it is not there; None where its lock keeps not all away."""
    try:
        descriptor = _opened(path)
    except OSError:
        # Somebody else's file, or no file at all.
        return None
    whose = _whose(descriptor, path)
    record = _opened_record(path) if whose is Hold.OURS else None
    if record is not None:
        return PartialHandle(path=path, bytes=descriptor, record=record)
    if whose is not Hold.THEIRS and _is_of_no_use(path, os.fstat(descriptor)):
        with suppress(OSError):
            os.unlink(path)
    end_turn(descriptor)
    return whose if whose is Hold.THEIRS else None


def _open_own(store: Store, directory: str, digest: Digest, size: int) -> Partial | None:
    """A file that this process begins, with the bytes of the fullest one that there is."""
    others = _partials_of(directory, digest)
    path = os.path.join(directory, f"{digest.value}-{secrets.token_hex(8)}{_SUFFIX}")
    descriptor = os.open(path, _FLAGS | os.O_CREAT | os.O_EXCL, 0o666)
    try:
        if hold(descriptor, path) is Hold.THEIRS:
            # Another process of this machine found it before it was locked.
            os.close(descriptor)
            return None
        record = os.open(record_path(path), _FLAGS | os.O_CREAT, 0o666)
    except OSError:
        os.close(descriptor)
        raise
    partial = Partial(store, PartialHandle(path=path, bytes=descriptor, record=record), size)
    fullest = max(others, key=arrived_at, default=None)
    if fullest is not None and arrived_at(fullest):
        try:
            partial.copy(fullest)
        except ModellockError:
            partial.close()
            raise
    return partial


def _opened(path: str) -> int:
    with suppress(PermissionError):
        return os.open(path, _FLAGS | os.O_CREAT, 0o666)
    # A kill just before it became a blob left it read-only.
    status = os.lstat(path)
    if _is_alone(status):
        os.chmod(path, stat.S_IMODE(status.st_mode) | stat.S_IWUSR)
    return os.open(path, _FLAGS)


def _opened_record(path: str) -> int | None:
    """The record of a file that is locked; None where others may write to it."""
    with suppress(OSError):
        descriptor = os.open(record_path(path), _FLAGS | os.O_CREAT, 0o666)
        if _is_alone(os.fstat(descriptor)):
            return descriptor
        os.close(descriptor)
    return None


def _is_of_no_use(path: str, status: os.stat_result) -> bool:
    """Whether it was made for nothing; not one that another process has just begun as its own."""
    is_shared = "-" not in os.path.basename(path)
    return is_shared and not status.st_size and _is_alone(status)


def _whose(descriptor: int, path: str) -> Hold:
    """Whose a partial file is that was just opened; THEIRS also where it lost its name since."""
    whose = hold(descriptor, path)
    if not is_still(path, descriptor):
        return Hold.THEIRS
    is_ours = whose is Hold.OURS and _is_alone(os.fstat(descriptor))
    return Hold.UNSURE if whose is Hold.OURS and not is_ours else whose


def _is_alone(status: os.stat_result) -> bool:
    """Whether nobody but this user can change a file, who has it under this name alone."""
    is_own = status.st_uid == own_uid() and status.st_nlink == 1
    return is_own and stat.S_ISREG(status.st_mode)


def _partials_of(directory: str, digest: Digest) -> list[str]:
    start = os.path.join(directory, digest.value)
    return [path for path in _partials(directory) if path.startswith(start)]


def _partials(directory: str) -> list[str]:
    try:
        names = os.listdir(directory)
    except OSError:
        return []
    return [os.path.join(directory, name) for name in names if name.endswith(_SUFFIX)]
