"""Files of others that a store may take over: which are looked at, and how they come in."""

import re
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass

from modellock.documents.project_settings import LinkMode
from modellock.values.digest import Digest

# What nobody writes into: huggingface_hub (2.4.0, `file_download` and `utils/_shared_blobs`) and
# torch (2.13.0, `hub.download_url_to_file`) give a file such a name once it is whole, and
# to another one by a rename. Whisper and CLIP open the file under its name, and write.
_WRITTEN_ONCE = re.compile(
    r"/(?:models|datasets|spaces|kernels)--[^/]+/blobs/(?:[0-9a-f]{40}|[0-9a-f]{64})\Z"
    r"|/blobs/([0-9a-f]{2})/\1[0-9a-f]{62}\Z"
    r"|/hub/checkpoints/[^/]+\Z"
)
_REPOSITORY = re.compile(r"(?:models|datasets|spaces|kernels)--.+")
_OF_REPOSITORIES = frozenset(["blobs", "snapshots"])
_OF_CACHES = (".incomplete", ".lock", ".metadata", ".part", ".refs")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_READ_BY_ALL = 0o444


@dataclass(frozen=True, slots=True, kw_only=True)
class Find:
    """A regular file that may hold what a store lacks, as a stat showed it."""

    path: str
    """Absolute, and no symbolic link."""

    below: str
    """The directory in which it was found."""

    size: int
    """Bytes."""

    device: int
    inode: int
    mtime_ns: int
    owner: int
    mode: int
    """Its permissions alone."""

    @property
    def claims(self) -> str | None:
        """The sha256 that its name says it has: a hint on where to look first, and no more."""
        name = self.path.rpartition("/")[2]
        return name if _SHA256.fullmatch(name) else None


def is_bookkeeping(directory: str, name: str, *, is_directory: bool) -> bool:
    """Whether a name in a directory is what caches keep for themselves, and no file of a model.

    Only where everything is taken over: where locked files are looked for, their bytes decide.
    """
    if is_directory:
        in_repository = _REPOSITORY.fullmatch(directory.rpartition("/")[2]) is not None
        return name.startswith(".") or (in_repository and name not in _OF_REPOSITORIES)
    return name == "CACHEDIR.TAG" or name.endswith(_OF_CACHES)


def promising(finds: Iterable[Find], sought: Iterable[Digest]) -> list[Find]:
    """First the files that are named by a sha256 which is `sought`, then the largest."""
    names = {digest.value for digest in sought}
    return sorted(finds, key=lambda find: (find.claims not in names, -find.size, find.path))


def likely(finds: Iterable[Find], sought: Mapping[Digest, int]) -> dict[Digest, Find]:
    """For each of the blobs the file that seems to be it, by name or else by size; none is read.

    One file stands for one blob at most.
    """
    left = promising(finds, sought)
    named = {(find.claims, find.size): find for find in left}
    found = {
        digest: named[digest.value, size]
        for digest, size in sought.items()
        if (digest.value, size) in named
    }
    taken = {find.path for find in found.values()}
    pools: dict[int, list[Find]] = {}
    for find in left:
        if find.path not in taken:
            pools.setdefault(find.size, []).append(find)
    for digest, size in sought.items():
        if digest not in found and pools.get(size):
            found[digest] = pools[size].pop(0)
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """What of a store decides how files come into it."""

    device: int
    owner: int
    """Whose files its processes make."""

    shares: bool
    """Whether its blobs may have names outside of it."""


def ways(find: Find, mode: LinkMode, shelf: Shelf) -> Sequence[LinkMode]:
    """How a file may come into a store, the best way first; the last one works everywhere.

    A clone is as good as a copy and takes no space. A hard link is the file itself, which becomes
    read-only and gets a blob's time: so `auto` makes one only of what nobody writes into, and what
    belongs to somebody else, or is not for all to read, never becomes one.
    """
    if mode is LinkMode.COPY:
        return (LinkMode.COPY,)
    may_be_linked = (
        shelf.shares
        and (find.owner, find.device) == (shelf.owner, shelf.device)
        and find.mode & _READ_BY_ALL == _READ_BY_ALL
    )
    if mode is LinkMode.HARDLINK:
        return (LinkMode.HARDLINK, LinkMode.COPY) if may_be_linked else (LinkMode.COPY,)
    if mode is LinkMode.AUTO and may_be_linked and _WRITTEN_ONCE.search(find.path):
        return LinkMode.REFLINK, LinkMode.HARDLINK, LinkMode.COPY
    return LinkMode.REFLINK, LinkMode.COPY


def copied_bytes(find: Find, ladder: Sequence[LinkMode], cloning: Container[int]) -> int:
    """What a file takes of a store's disk if it comes in so.

    `cloning` are the devices of which files can be cloned.
    """
    shares = LinkMode.HARDLINK in ladder or (LinkMode.REFLINK in ladder and find.device in cloning)
    return 0 if shares else find.size
