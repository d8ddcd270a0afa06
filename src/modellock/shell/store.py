"""The content-addressed store: one file for each sha256, shared by all projects of a machine.

    CACHEDIR.TAG
    v1/blobs/ab/abcdef…           the bytes, read-only, because hard links share them with projects
    v1/records/ab/abcdef….json    what is known of a blob (`modellock.shell.store_records`)
    v1/staged/…                   bytes on their way; nobody else looks at them
    v1/roots/….json               the projects that use the store
    v1/lock                       held by who collects garbage, and by who may not be disturbed
    v1/damaged/…                  blobs whose bytes changed after they were published

A blob becomes visible by a rename after its digest matched, so any number of processes may share a
store, on any file system: a race costs bandwidth and never correctness.
"""

import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import suppress

from modellock.errors import FileAccessError
from modellock.shell.chunk_hashing import has_chunks
from modellock.shell.disk import (
    add_name,
    disk_errors,
    make_directories,
    refuse_link,
    replace_text,
    sync_directory,
)
from modellock.shell.regular_files import NO_LINK, open_regular
from modellock.shell.store_access import store_errors
from modellock.shell.store_folders import Folders, digests_in
from modellock.shell.store_published import (
    content_of,
    content_stamp,
    looks_published,
    own_uid,
    renew,
    restore,
    set_aside,
)
from modellock.shell.store_records import BlobRecord, Records
from modellock.shell.store_staging import Staging
from modellock.values.digest import Chunks, ContentHasher, Digest

SHARED_MODE = 0o444
"""Of blobs: an edit through one of their hard links would change every project's file."""

_TAG = (
    "Signature: 8a477f597d28d172789f06886806bc55\n"
    "# This directory can be made anew: see https://bford.info/cachedir/\n"
)
_CHUNK = 1 << 20


class Store:
    """A directory of blobs, safe to use from several threads; untouched before it is needed.

    Without records, every blob that was there before is hashed by sha256 before its first use.
    """

    def __init__(self, root: str, *, mode: int = SHARED_MODE, keeps_records: bool = True) -> None:
        self.root = root
        self.mode = mode
        self.discarded: list[str] = []
        """Where damaged blobs were moved to by this process."""

        self._trusted: dict[str, tuple[int, int, int]] = {}
        self._records = Records(self._path("records"), kept=keeps_records)
        # Joined once: a sync of 5,000 files asks for 45,000 paths.
        self._blobs = self._path("blobs", "")
        self._folders = Folders(self._path("blobs"))

    def path_of(self, digest: Digest) -> str:
        """Where a blob is, or would be."""
        return f"{self._blobs}{digest.value[:2]}{os.sep}{digest.value}"

    def has(self, digest: Digest, size: int) -> bool:
        """Whether the blob is here and right; a damaged one is moved aside and counts as missing.

        So does a right one of another size, which stays: the lock is wrong then. Raises
        FileAccessError where it cannot be read.
        """
        status = self._status_of(digest)
        if status is None:
            return False
        if not self._vouches_for(digest, status):
            self._discard_if_writable(digest, status)
            return False
        right = restore(self.path_of(digest), digest, self.mode, status)
        self._trusted[digest.value] = content_stamp(right)
        return status.st_size == size

    def vouches_for(self, digest: Digest, size: int) -> bool:
        """Whether the blob is here and right; a damaged one stays where it is.

        Its bytes are hashed again where a stat cannot vouch for them: they were written to since
        they were last hashed, or they belong to somebody who is neither this user nor root. Raises
        FileAccessError where it cannot be read.
        """
        status = self._status_of(digest)
        return status is not None and status.st_size == size and self._vouches_for(digest, status)

    def is_as_vouched_for(self, digest: Digest, made: os.stat_result) -> bool:
        """Whether a blob is as this store vouched for it, by what was `made` from it, or itself."""
        # A copy, which may have the same inode number on another disk, tells nothing of the blob.
        status = made if made.st_nlink > 1 else self._status_of(digest)
        return status is not None and self._trusted.get(digest.value) == content_stamp(status)

    def holds(self, digest: Digest, size: int) -> bool:
        """Whether a file of that name and size is here; not a word on its bytes."""
        status = self._status_of(digest)
        return status is not None and stat.S_ISREG(status.st_mode) and status.st_size == size

    def digests(self) -> Iterator[Digest]:
        """The name of every blob, in no order. Raises FileAccessError and UnsafeNameError."""
        return digests_in(self._path("blobs"))

    def stage(self, digest: Digest | None) -> Staging:
        """Begin a blob; its digest is None where only its bytes will tell.

        To be used in a `with` statement, at whose end it is removed unless it was published.
        Raises FileAccessError or NoSpaceError, like everything that writes here.
        """
        with store_errors(self.root):
            name = "unknown" if digest is None else digest.value
            path = os.path.join(self.staging_directory(), f"{name}-{secrets.token_hex(8)}")
            return Staging(path, digest, mode=self.mode, show=self.show)

    def staging_directory(self) -> str:
        """Where bytes on their way lie, which is made if need be.

        Raises OSError, and UnsafeNameError where somebody put a link there.
        """
        self._make_root()
        directory = self._path("staged")
        make_directories(directory)
        refuse_link(directory)
        return directory

    def take_in(self, path: str, digest: Digest, size: int) -> bool:
        """Publish a file that lies elsewhere; False where it is not what its digest says.

        Only a regular file of that size is read: it may be a stranger who names it.
        One with a blob's mode and time is not copied, since it was a hard link to one, unless files
        are private: a link to a file of a lower image layer copies that up.
        Raises what `stage` raises.
        """
        try:
            status = os.lstat(path)
            if not stat.S_ISREG(status.st_mode) or status.st_size != size:
                return False
            if self.was_linked(status, digest):
                with suppress(OSError):
                    return self.take_link(path, digest)
            return self._take_copy(path, digest)
        except OSError:
            return False

    def was_linked(self, status: os.stat_result, digest: Digest) -> bool:
        """Whether a file has the looks of a hard link to that blob."""
        return self.mode == SHARED_MODE and looks_published(status, digest, self.mode)

    def record_of(self, digest: Digest) -> BlobRecord | None:
        """What the last hashing of a blob found; None where nobody noted it whose word counts."""
        return self._records.of(digest)

    def note_hashed(self, digest: Digest, chunks: Chunks, status: os.stat_result) -> None:
        """Note that a blob is right, where the store can be written.

        `status` is its stat from before it was hashed, so that a later write shows.
        """
        self._trusted[digest.value] = content_stamp(status)
        self._records.note(digest, chunks, status)

    def discard_damaged(self, digest: Digest, damaged: os.stat_result) -> str | None:
        """Move a damaged blob aside, never deleting it; returns where it is now.

        `damaged` is its stat; None where another file is in its place by now, which somebody else
        may have put there because of the same damage.
        """
        self._folders.check(digest)
        aside = self._path("damaged", f"{digest.value}-{secrets.token_hex(4)}")
        with disk_errors(self.root):
            if not set_aside(self.path_of(digest), aside, digest, damaged):
                return None
        self._trusted.pop(digest.value, None)
        self._records.forget(digest)
        self.discarded.append(aside)
        return aside

    def take_link(self, path: str, digest: Digest) -> bool:
        """Publish what was a hard link to a blob as one again; False where its bytes are others.

        Raises OSError, and what `stage` raises.
        """
        with self.stage(digest) as staging:
            os.unlink(staging.path)
            add_name(path, staging.path)
            hasher = content_of(staging.path)
            # Others may write to it: what they do after it was hashed shows by its time.
            untouched = looks_published(os.lstat(staging.path), digest, self.mode)
            return untouched and hasher.sha256 == digest and self.show(staging.path, hasher)

    def _take_copy(self, path: str, digest: Digest) -> bool:
        hasher = ContentHasher()
        with open_regular(path, NO_LINK) as file, self.stage(digest) as staging:
            while chunk := file.read(_CHUNK):
                hasher.update(chunk)
                staging.write(chunk)
            if hasher.sha256 == digest:
                staging.publish(hasher)
        return hasher.sha256 == digest

    def show(self, staged: str, hasher: ContentHasher) -> bool:
        """Make a staged file the blob of its bytes, unless a right one is there already.

        Raises OSError, UnsafeNameError where somebody put a link there, and what `has` raises.
        """
        digest, blob = hasher.sha256, self.path_of(hasher.sha256)
        if self.has(digest, hasher.size):
            renew(blob, self.mode)
        else:
            folder = os.path.dirname(blob)
            make_directories(folder)
            status = os.lstat(staged)
            os.replace(staged, blob)
            sync_directory(folder)
            self.note_hashed(digest, hasher.chunks, status)
        return True

    def _discard_if_writable(self, digest: Digest, damaged: os.stat_result) -> None:
        with suppress(FileAccessError):
            self.discard_damaged(digest, damaged)

    def _status_of(self, digest: Digest) -> os.stat_result | None:
        self._folders.check(digest)
        try:
            return os.lstat(self.path_of(digest))
        except OSError:
            return None

    def _vouches_for(self, digest: Digest, status: os.stat_result) -> bool:
        path = self.path_of(digest)
        with disk_errors(path):
            try:
                known = self._trusted.get(digest.value) == content_stamp(status)
                right = known or self._is_right(digest, status)
            except FileNotFoundError:
                # Another process found it damaged, and was faster.
                return False
        if right:
            self._trusted[digest.value] = content_stamp(status)
        return right

    def _is_right(self, digest: Digest, status: os.stat_result) -> bool:
        if not stat.S_ISREG(status.st_mode):
            return False
        record = self.record_of(digest)
        # Of others, a blob may be anything again once somebody touched it.
        is_ours = status.st_uid in (0, own_uid())
        if record is not None and (record.fits(status) if is_ours else record.is_of(status)):
            return True
        path = self.path_of(digest)
        if record is not None:
            chunks = record.chunks
            right = has_chunks(path, chunks)
        else:
            hasher = content_of(path)
            chunks, right = hasher.chunks, hasher.sha256 == digest
        if right:
            self.note_hashed(digest, chunks, status)
        return right

    def _path(self, *parts: str) -> str:
        return os.path.join(self.root, "v1", *parts)

    def _make_root(self) -> None:
        tag = os.path.join(self.root, "CACHEDIR.TAG")
        if not os.path.lexists(tag):
            make_directories(self.root)
            replace_text(tag, _TAG)
