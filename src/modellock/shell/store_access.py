"""What a store refuses to whoever would write to it, and what helps."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager

from modellock.shell.disk import disk_error

_HINTS = {
    errno.EROFS: "name a store that can be written to: `modellock --store DIRECTORY sync`",
    errno.EACCES: "whoever owns it can open it to their group: `chmod -R g+rwX {root}`",
}


@contextmanager
def store_errors(root: str) -> Iterator[None]:
    """Turn any OSError inside into a ModellockError about a store that is to take something in."""
    try:
        yield
    except OSError as error:
        refusal = disk_error(error, root)
        refusal.hint = _HINTS.get(error.errno or 0, "").format(root=root) or None
        raise refusal from error
