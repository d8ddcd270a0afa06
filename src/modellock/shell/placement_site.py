"""Where models are placed, and the name under which new files wait there before they are shown."""

import os
import shutil
import stat
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count
from zlib import crc32

from modellock.decisions.plan import Found, ModelPlan, Shows
from modellock.errors import ObstructedError
from modellock.shell.cache_blobs import BlobLinker
from modellock.shell.disk import add_name, unlink_if_there
from modellock.shell.links import NEXT, Linker, write_file
from modellock.shell.placement_directories import Directories
from modellock.shell.placement_look import digest_among
from modellock.shell.store import Store
from modellock.values.dates import mtime_ns_of
from modellock.values.digest import Digest

STAGE_PREFIX = ".modellock-"


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A directory that models are placed below, and what makes files there."""

    base: str
    """Absolute."""

    store: Store
    linker: Linker | BlobLinker
    directories: Directories
    stage_name: str
    """How the directory beside a model's own begins, so that a rename takes one to the other."""

    follows: bool = False
    """Whether a link in a file's place counts for whatever it leads to."""

    noted: Container[str] = frozenset()
    """Paths below the base that an earlier sync placed, or was about to."""

    contents: Mapping[Digest, bytes] = field(default_factory=dict)
    """Of files that layouts make, which no store has."""

    def full(self, path: str) -> str:
        """A path below the base, as the system takes it."""
        return f"{self.base}/{path}"

    def stage_of(self, plan: ModelPlan) -> str:
        """Where a model's new files wait, below the base.

        In a Hub's cache that is beside `snapshots`, whose every entry counts as a commit. Its name
        is the model's own: a stage that cannot be removed is in no other's way.
        """
        above = plan.cache or plan.place.rpartition("/")[0]
        name = f"{self.stage_name}{crc32(plan.name.encode()):08x}"
        return f"{above}/{name}" if above else name

    def bring_back(self, old: str, target: str) -> str:
        """Move a file to a full path, or beside what is there; returns where it is."""
        if os.path.lexists(target):
            target = free_name(target)
        self.directories.make(os.path.dirname(target))
        os.rename(old, target)
        return target

    def shows(self, path: str, digest: Digest | None) -> bool:
        """Whether a full path is a file with these bytes, or leads to the blob. Raises OSError."""
        if digest is None:
            return False
        status = os.stat(path) if self.follows else os.lstat(path)
        if stat.S_ISLNK(status.st_mode):
            return os.readlink(path) == self.store.path_of(digest)
        return stat.S_ISREG(status.st_mode) and digest_among(path, [digest], self.store) == digest

    def make(self, digest: Digest, target: str) -> os.stat_result:
        """Make `target`, a free name that nobody looks at yet, show a blob.

        Returns its stat with the right bytes: a later one could hide that somebody wrote to the
        blob. Raises what the linker raises, and ObstructedError.
        """
        self.linker.link(self.store.path_of(digest), target, mtime_ns=mtime_ns_of(digest))
        try:
            status = os.stat(target)
        except FileNotFoundError:
            # A link to a blob that was collected meanwhile, which then says so itself.
            os.lstat(self.store.path_of(digest))
            raise
        self.refuse_if_written_to(digest, target, status)
        return status

    def write(self, digest: Digest, target: str) -> os.stat_result:
        """Make `target`, a free name, one of the files that layouts make. Raises OSError.

        It shares nothing with the store: huggingface_hub, for one, writes refs in place.
        """
        write_file(self.contents[digest], target, mtime_ns_of(digest))
        return os.stat(target)

    def refuse_if_written_to(self, digest: Digest, made: str, status: os.stat_result) -> None:
        """Raise ObstructedError, and remove what was made from a blob, where it was written to.

        Between the store's word for it and now, through a hard link that somebody has. `status` is
        the stat of what was made, which tells as much where that is the blob itself. Raises
        FileNotFoundError where the blob was collected as garbage.
        """
        if not self.store.is_as_vouched_for(digest, status):
            unlink_if_there(made)
            # One that is gone meanwhile is no obstacle: it says so itself.
            os.lstat(self.store.path_of(digest))
            raise ObstructedError(
                f"{self.store.path_of(digest)}: was written to by somebody else during the sync",
                hint="run `modellock sync` again",
            )


def is_as_found(path: str, found: Found) -> bool:
    """Whether a full path is still as it was when the plan was made."""
    try:
        status = os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return found.shows is Shows.NOTHING
    if found.shows is not Shows.FILE:
        return stat.S_ISLNK(status.st_mode) == (found.shows is Shows.LINK)
    numbers = (status.st_size, status.st_mtime_ns, status.st_ino)
    return numbers == (found.size, found.mtime_ns, found.inode)


def files_below(directory: str, prefix: str = "") -> Iterator[str]:
    """Relative paths of all that is no directory below one; `name/` for an empty directory."""
    with os.scandir(directory) as entries:
        listed = sorted(entries, key=lambda entry: entry.name)
    if not listed and prefix:
        yield prefix
    for entry in listed:
        if entry.is_dir(follow_symlinks=False):
            yield from files_below(entry.path, f"{prefix}{entry.name}/")
        else:
            yield prefix + entry.name


def free_name(path: str) -> str:
    """A full path's `NAME.edited`, or the first free one after it."""
    return next(name for name in _names_aside(path) if not os.path.lexists(name))


def set_aside(path: str) -> str:
    """Give a file one more name beside its own, or another one, and return that."""
    status = os.lstat(path)
    for aside in _names_aside(path):
        if not os.path.lexists(aside):
            break
        if os.path.samestat(os.lstat(aside), status):
            # A sync that was killed here came as far as this.
            return aside
    try:
        add_name(path, aside)
    except OSError as error:
        if error.errno not in NEXT:
            raise
        os.rename(path, aside)
    return aside


def remove_emptied(base: str, path: str) -> None:
    """Remove the directories above a withdrawn path that are empty now, but not the base."""
    while path := path.rpartition("/")[0]:
        try:
            os.rmdir(f"{base}/{path}")
        except OSError:
            return


def remove_stage(base: str, path: str) -> None:
    """Remove a stage and all that was not shown, but nothing that is not a stage below the base.

    One that cannot be removed is left for a later sync.
    """
    above, _, name = path.rpartition("/")
    real = os.path.realpath(base)
    if name.startswith(STAGE_PREFIX) and _is_real(os.path.join(real, above)):
        shutil.rmtree(os.path.join(real, above, name), ignore_errors=True)


def _names_aside(path: str) -> Iterator[str]:
    yield f"{path}.edited"
    yield from (f"{path}.edited-{number}" for number in count(2))


def _is_real(directory: str) -> bool:
    """Whether no link leads to it."""
    return os.path.realpath(directory) == os.path.normpath(directory)
