"""How a placed file is made from a blob: by hard link, by reflink, by copy, or by symbolic link."""

import errno
import os
import sys
from collections.abc import Callable, Sequence

from modellock.documents.project_settings import LinkMode
from modellock.errors import LinkModeError
from modellock.shell.dating import date
from modellock.shell.disk import set_mode, unlink_if_there
from modellock.shell.store_published import own_uid

if sys.platform != "win32":
    import fcntl

PRIVATE_MODE = 0o644
"""Of files that share nothing with the store."""

# EXDEV also comes from two mounts of one file system, so device numbers predict nothing; EPERM from
# fs.protected_hardlinks, where the blob is somebody else's; EMLINK at 65,000 links on ext4. Not
# among them, because another way would only hide them: ENOSPC, EROFS, EIO.
NEXT = frozenset(
    [
        errno.EXDEV,
        errno.EPERM,
        errno.EACCES,
        errno.EMLINK,
        errno.ENOTSUP,
        errno.EOPNOTSUPP,
        errno.ENOSYS,
    ]
)
REFUSALS = {
    LinkMode.HARDLINK: NEXT,
    # What else ioctl_ficlone(2) answers where a file system has no reflinks.
    LinkMode.REFLINK: NEXT | {errno.EINVAL, errno.ENOTTY},
    LinkMode.COPY: frozenset[int](),
    LinkMode.SYMLINK: NEXT,
}
"""What a system says where another method may do."""

_LADDER = (LinkMode.HARDLINK, LinkMode.REFLINK, LinkMode.COPY)
_WORDS = {LinkMode.REFLINK: "cloned by reflink", LinkMode.COPY: "copied"}
_FICLONE = 0x40049409
_CHUNK = 1 << 20


class Linker:
    """Makes files from blobs by one link mode; `auto` says once where it is not the hard link.

    One that `moves` links a blob that has no other name yet, and never two files to each other: for
    a store that is removed once all is placed. `heed` hears of each block that is copied how many
    bytes it has; where it raises, nothing of the file is left.
    """

    def __init__(
        self,
        mode: LinkMode,
        note: Callable[[str], None],
        *,
        moves: bool = False,
        heed: Callable[[int], None] = lambda _: None,
    ) -> None:
        self._mode = mode
        self._methods = _LADDER if mode is LinkMode.AUTO else (mode,)
        self._moves = moves
        self._note = note
        self._heed = heed
        self._noted: set[str] = set()

    def link(self, blob: str, target: str, *, mtime_ns: int | None = None) -> None:
        """Make `target`, a free name that nobody looks at yet, show a blob.

        What is not the blob itself gets the given modification time, by default the blob's. Raises
        LinkModeError, or the OSError that no other method would mend.
        """
        refusal: OSError | None = None
        mtime_ns = os.stat(blob).st_mtime_ns if mtime_ns is None else mtime_ns
        for method in self._methods_for(blob):
            try:
                _make(method, blob, target, mtime_ns, self._heed)
            except OSError as error:
                if error.errno not in REFUSALS[method]:
                    raise
                refusal = refusal or error
            else:
                if refusal is not None and not self._moves:
                    self._say_once(_news(method, refusal, blob))
                return
        raise LinkModeError(
            f"{target}: cannot be a {self._mode} of {blob}: {refusal and refusal.strerror}",
            hint="`modellock sync --link-mode auto` takes what works",
        )

    def link_at_once(self, blob: str, target: str) -> bool:
        """Make `target`, a free name that others may look at, a hard link, which is one step.

        False where that cannot be done: make it elsewhere then, and rename it. Raises OSError.
        """
        if self._methods_for(blob)[0] is not LinkMode.HARDLINK:
            return False
        try:
            os.link(blob, target)
        except OSError as error:
            if error.errno not in REFUSALS[LinkMode.HARDLINK]:
                raise
            return False
        return True

    def _methods_for(self, blob: str) -> Sequence[LinkMode]:
        if self._moves and os.stat(blob).st_nlink > 1:
            return _LADDER[1:]
        return self._methods

    def _say_once(self, news: str) -> None:
        if news not in self._noted:
            self._noted.add(news)
            self._note(news)


def refusal_of(method: LinkMode, blob: str, target: str) -> str | None:
    """Make `target`, a free name, by one method alone; what the system says against it, or None."""
    try:
        _make(method, blob, target, os.stat(blob).st_mtime_ns)
    except OSError as error:
        return error.strerror or str(error)
    return None


def write_file(content: bytes, target: str, mtime_ns: int) -> None:
    """Make `target`, a free name, a file of its own that is nobody's copy. Raises OSError."""
    _write(target, lambda descriptor: _fill(content, descriptor), mtime_ns)


def _news(method: LinkMode, refusal: OSError, blob: str) -> str:
    """How files are made that were to be hard links, and why."""
    if refusal.errno == errno.EMLINK:
        # It says nothing of others: one that very many places show is small, and mostly empty.
        return f"some files are {_WORDS[method]}: the disk allows no more links to their blobs"
    reason = refusal.strerror or str(refusal)
    # proc_sys_fs(5): Linux links no file that its user neither owns nor may write to.
    if refusal.errno == errno.EPERM and os.stat(blob).st_uid != own_uid():
        reason = "its files are another user's, see fs.protected_hardlinks"
    return f"models are {_WORDS[method]}: no hard links from the store ({reason})"


def _make(
    method: LinkMode,
    blob: str,
    target: str,
    mtime_ns: int,
    heed: Callable[[int], None] = lambda _: None,
) -> None:
    match method:
        case LinkMode.HARDLINK:
            os.link(blob, target)
        case LinkMode.REFLINK:
            _write(target, lambda descriptor: clone(blob, descriptor), mtime_ns)
        case LinkMode.SYMLINK:
            os.symlink(blob, target)
            date(target, mtime_ns)
        case _:
            _write(target, lambda descriptor: _copy(blob, descriptor, heed), mtime_ns)


def _write(target: str, fill: Callable[[int], None], mtime_ns: int) -> None:
    """Make a file whole and durable, or not at all."""
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_MODE)
    try:
        fill(descriptor)
        date(target, mtime_ns)
        os.fsync(descriptor)
    except BaseException:
        os.close(descriptor)
        unlink_if_there(target)
        raise
    os.close(descriptor)
    # What open() makes is cut by the umask; trees that are copied elsewhere shall not differ by it.
    set_mode(target, PRIVATE_MODE)


def clone(blob: str, descriptor: int) -> None:
    """Make an open file share the bytes of another one, until one of them is written to.

    Raises OSError.
    """
    if sys.platform != "linux":
        raise OSError(errno.ENOTSUP, os.strerror(errno.ENOTSUP))
    with open(blob, "rb", buffering=0) as source:
        fcntl.ioctl(descriptor, _FICLONE, source.fileno())


def _fill(content: bytes, descriptor: int) -> None:
    with open(descriptor, "wb", closefd=False) as file:
        file.write(content)


def _copy(blob: str, descriptor: int, heed: Callable[[int], None]) -> None:
    with (
        open(blob, "rb", buffering=0) as source,
        # Buffered, since a raw file writes less than it was given when the disk fills up.
        open(descriptor, "wb", closefd=False) as copy,
    ):
        while chunk := source.read(_CHUNK):
            copy.write(chunk)
            heed(len(chunk))
