"""The git object ids of blobs, which is all that a Hub says of the content of small files."""

from modellock.documents.lockfile import LockedFile
from modellock.shell.disk import disk_errors
from modellock.shell.store import Store
from modellock.values.digest import ContentHasher

_BLOCK = 1 << 20


def git_id_of(file: LockedFile, store: Store) -> str:
    """The id that git gives the bytes of a file that the store has. Raises FileAccessError."""
    hasher = ContentHasher(git_size=file.size)
    path = store.path_of(file.digest)
    with disk_errors(path), open(path, "rb") as blob:
        while block := blob.read(_BLOCK):
            hasher.update(block)
    return hasher.git_sha1 or ""
