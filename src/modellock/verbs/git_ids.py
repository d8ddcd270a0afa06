"""The git object ids of blobs, which is all that a Hub says of the content of small files."""

from modellock.digest import ContentHasher
from modellock.disk import disk_errors
from modellock.lockfile import LockedFile
from modellock.store import Store

_BLOCK = 1 << 20


def git_id_of(file: LockedFile, store: Store) -> str:
    """The id that git gives the bytes of a file that the store has. Raises FileAccessError."""
    hasher = ContentHasher(git_size=file.size)
    path = store.path_of(file.digest)
    with disk_errors(path), open(path, "rb") as blob:
        while block := blob.read(_BLOCK):
            hasher.update(block)
    return hasher.git_sha1 or ""
