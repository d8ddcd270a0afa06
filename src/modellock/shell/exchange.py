"""Two names swapped in one step, so that a directory changes as a whole."""

import ctypes
import errno
import os
import sys

_AT_FDCWD = -100
_RENAME_EXCHANGE = 2
# Besides what no kernel or file system can do at all: a directory out of a lower layer of overlayfs
# answers EXDEV, a mount point EBUSY, and a directory that may not be written EACCES or EPERM.
_REFUSALS = frozenset(
    [
        errno.ENOSYS,
        errno.EINVAL,
        errno.ENOTSUP,
        errno.EXDEV,
        errno.EBUSY,
        errno.EACCES,
        errno.EPERM,
    ]
)


def exchange(one: str, other: str) -> bool:
    """Swap what two names show, atomically; False where system or file system cannot.

    renameat2(2), Linux 3.15; other systems are not asked.
    """
    if sys.platform != "linux":
        return False
    libc = ctypes.CDLL(None, use_errno=True)
    # musl has no such function.
    renameat2 = getattr(libc, "renameat2", None)
    if renameat2 is None:
        return False
    if renameat2(_AT_FDCWD, os.fsencode(one), _AT_FDCWD, os.fsencode(other), _RENAME_EXCHANGE) == 0:
        return True
    number = ctypes.get_errno()
    if number in _REFUSALS:
        return False
    raise OSError(number, os.strerror(number), one)
