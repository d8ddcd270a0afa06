"""Files in a Hub's cache as huggingface_hub writes them: `blobs/<etag>`, and a link to that."""

import os
import secrets
import stat
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field

from modellock.decisions.layouts.shared_cache import LARGE, is_large_upstream
from modellock.decisions.plan import WRITES, Plan, Step
from modellock.errors import ObstructedError
from modellock.shell.disk import unlink_if_there
from modellock.shell.links import NEXT, Linker
from modellock.shell.placement_look import digest_among
from modellock.shell.store import Store
from modellock.values.digest import Digest, git_id_of_bytes


@dataclass(slots=True, kw_only=True)
class BlobLinker:
    """Makes files of one repository in a cache that huggingface_hub downloads into at any moment.

    A blob appears whole, under a name that says what it holds; one that is there already is used
    if its bytes are right. Where no symbolic links can be made, huggingface_hub has no blobs
    either, and the files are made by the linker alone.
    """

    store: Store
    linker: Linker
    folder: str
    """The repository's, like the next one a full path."""

    stage: str
    """A directory on the same file system, which is there when something is linked."""

    files: Mapping[str, Step]
    """What is to be shown of each of the store's blobs, by full path."""

    replaces: bool
    """Whether other bytes under a blob's name are given up."""

    takes_links: bool | None = field(default=None, init=False)
    """Whether the file system has symbolic links; None until it was tried."""

    def link(self, blob: str, target: str, *, mtime_ns: int | None = None) -> None:
        """Make `target`, a free name as deep below the repository as the file's own, show a blob.

        Raises ObstructedError where other bytes have the blob's name, LinkModeError, OSError.
        """
        if not self._can_link():
            self.linker.link(blob, target, mtime_ns=mtime_ns)
            return
        os.symlink(_way(self._shown(blob, mtime_ns), target), target)

    def link_at_once(self, blob: str, target: str) -> bool:
        """Make `target`, a free name that others may look at, in one step.

        False where that cannot be done: make it elsewhere then, and rename it. Raises what `link`
        raises.
        """
        if not self._can_link():
            return self.linker.link_at_once(blob, target)
        os.symlink(_way(self._shown(blob, None), target), target)
        return True

    def _shown(self, blob: str, mtime_ns: int | None) -> str:
        """The full path of the blob in the cache, which is there now."""
        step = self.files[blob]
        names = list(_names(blob, step))
        for name in names:
            path = f"{self.folder}/blobs/{name}"
            if self._is_right(path, blob, step):
                return path
        path = f"{self.folder}/blobs/{names[0]}"
        if os.path.isdir(path):
            raise ObstructedError(
                f"{path}: expected {step.digest}, found a directory",
                hint="move it away and run `modellock sync` again",
            )
        self._put(blob, path, mtime_ns)
        if not self._is_right(path, blob, step):
            raise ObstructedError(
                f"{path}: is not what its name says: expected {step.digest}",
                hint="give it up with `modellock sync --replace`",
            )
        return path

    def _is_right(self, path: str, blob: str, step: Step) -> bool:
        try:
            status = os.stat(path)
        except OSError:
            return False
        if os.path.samestat(status, os.stat(blob)):
            return True
        if not stat.S_ISREG(status.st_mode) or status.st_size != step.size:
            return False
        assert step.digest is not None  # noqa: S101 - a file with a blob has a digest
        return digest_among(path, [step.digest], self.store) == step.digest

    def _put(self, blob: str, path: str, mtime_ns: int | None) -> None:
        """Give the blob its name: never by writing into what has it, and whole from the start."""
        os.makedirs(os.path.dirname(path), exist_ok=True)
        staged = self._free_name()
        self.linker.link(blob, staged, mtime_ns=mtime_ns)
        try:
            if self.replaces or _leads_nowhere(path):
                os.replace(staged, path)
            else:
                _show_new(staged, path)
        finally:
            unlink_if_there(staged)

    def _can_link(self) -> bool:
        if self.takes_links is None:
            probe = self._free_name()
            try:
                os.symlink("nothing", probe)
            except OSError:
                # As different as the systems without them; what else is wrong, the next call says.
                self.takes_links = False
            else:
                os.unlink(probe)
                self.takes_links = True
        return self.takes_links

    def _free_name(self) -> str:
        return f"{self.stage}/blob-{secrets.token_hex(4)}"


def _show_new(staged: str, path: str) -> None:
    """Rename a file to a name that is free; where somebody has it meanwhile, it stays theirs."""
    try:
        os.link(staged, path)
    except FileExistsError:
        return
    except OSError as error:
        if error.errno not in NEXT:
            raise
        if not os.path.lexists(path):
            os.rename(staged, path)


def _leads_nowhere(path: str) -> bool:
    """Whether a link's end is gone, such as that of a blob which huggingface_hub shared."""
    return os.path.islink(path) and not os.path.exists(path)


def _way(path: str, link: str) -> str:
    """What a link to a path says: relative, so that the cache can be moved."""
    return os.path.relpath(path, os.path.dirname(link))


def _names(blob: str, step: Step) -> Iterator[str]:
    """The etags that a file can have upstream, the likelier one first."""
    assert step.digest is not None  # noqa: S101 - a file with a blob has a digest
    large = is_large_upstream(step.path, step.size)
    if large:
        yield step.digest.value
    if step.size <= LARGE:
        with open(blob, "rb") as file:
            yield git_id_of_bytes(file.read())
    if not large:
        yield step.digest.value


def take_from_cache(store: Store, base: str, plan: Plan, lacking: Mapping[Digest, int]) -> None:
    """Give a store the blobs that a cache has already, wherever their names lead; each is hashed.

    Under the etag that is a sha256, or at the file's path in a snapshot of any commit.
    """
    left = dict(lacking)
    for digest, path in _candidates(base, plan):
        if digest in left and store.take_in(os.path.realpath(path), digest, left[digest]):
            del left[digest]


def likely_in_cache(base: str, plan: Plan, lacking: Mapping[Digest, int]) -> set[Digest]:
    """Which of these blobs a cache seems to have, by name and size; nothing is read."""
    return {
        digest
        for digest, path in _candidates(base, plan)
        if digest in lacking and _size_of(path) == lacking[digest]
    }


def _candidates(base: str, plan: Plan) -> Iterator[tuple[Digest, str]]:
    for model in plan.models:
        for step in model.having(*WRITES):
            if model.cache is not None and step.digest is not None and not step.made:
                for path in _paths_in_cache(f"{base}/{model.cache}", step.digest, step.path):
                    yield step.digest, path


def _paths_in_cache(folder: str, digest: Digest, path: str) -> Iterator[str]:
    yield f"{folder}/blobs/{digest.value}"
    _, snapshots, _, *relative = path.split("/")
    with suppress(FileNotFoundError):
        for commit in sorted(os.listdir(f"{folder}/{snapshots}")):
            yield "/".join([folder, snapshots, commit, *relative])


def _size_of(path: str) -> int | None:
    try:
        return os.stat(path).st_size
    except OSError:
        return None
