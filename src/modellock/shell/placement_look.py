"""What the paths of a project show: stats first, bytes only where a stat cannot tell."""

import os
import stat
import threading
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from modellock.decisions.plan import Found, Shows
from modellock.decisions.planning import Leaving, WantedModel
from modellock.documents.state import PendingFile, PlacedFile, Target
from modellock.errors import ModellockError, UnsafeNameError
from modellock.ports.reporting import Reporter
from modellock.shell.chunk_hashing import has_chunks
from modellock.shell.crew import work_through
from modellock.shell.disk import disk_error
from modellock.shell.store import Store
from modellock.values.digest import Digest, sha256_of

Candidate = tuple[Digest, int]
"""What a path may show: a digest and its size in bytes."""

_Doubtful = tuple[str | None, str, os.stat_result, list[Candidate]]
"""Model, path, stat, and what it may show."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What was found, and the models whose paths could not be looked at."""

    found: dict[str, Found] = field(default_factory=dict)
    refused: dict[str, ModellockError] = field(default_factory=dict)
    """By model, its first trouble."""


def look(  # noqa: PLR0913 - all of what is compared, by name
    base: str,
    store: Store,
    wanted: Iterable[WantedModel],
    target: Target,
    leaving: Leaving,
    *,
    follows: bool = False,
    reporter: Reporter = Reporter(),  # noqa: B008 - it does nothing
) -> Seen:
    """Look at each wanted path, and at each that may be withdrawn.

    `reporter` hears of files that are hashed because a stat of them tells nothing; what its pulse
    raises ends the look.

    Nothing below a link that lies between `base` and the file is ever looked at: a wanted model
    that has one on its way is refused. A link in a file's own place counts for what it leads to
    where that is a blob of the store, or where the look `follows` every link.
    """
    view = _View(base, store, target, follows=follows)
    for model in wanted:
        for file in model.files:
            view.look(model.name, file.path, (file.digest, file.size))
    for path, _ in leaving:
        if path not in view.seen.found:
            view.look(None, path, None)
    view.hash_doubtful(reporter)
    return view.seen


class _View:
    def __init__(self, base: str, store: Store, target: Target, *, follows: bool) -> None:
        self.seen = Seen()
        self._follows = follows
        self._base = base
        self._store = store
        self._target = target
        self._ways: dict[str, Shows] = {"": Shows.DIRECTORY}
        self._doubtful: list[_Doubtful] = []

    def look(self, model: str | None, path: str, wanted: Candidate | None) -> None:
        if model in self.seen.refused:
            self.seen.found[path] = Found(Shows.OTHER)
            return
        try:
            self.seen.found[path] = self._found(model, path, wanted)
        except OSError as error:
            self._refuse(model, path, disk_error(error, self._full(path)))
        except UnsafeNameError as error:
            self._refuse(model, path, error)

    def hash_doubtful(self, reporter: Reporter) -> None:
        """Settle what stats could not tell, with one thread for each processor."""

        def settle(doubtful: _Doubtful, _stop: threading.Event) -> None:
            self._settle(doubtful)
            reporter.hashed(doubtful[2].st_size)

        if self._doubtful:
            size = sum(status.st_size for _, _, status, _ in self._doubtful)
            reporter.hashing(len(self._doubtful), size)
            jobs = os.cpu_count() or 1
            work_through(self._doubtful, settle, jobs=jobs, pulse=reporter.pulse)

    def _refuse(self, model: str | None, path: str, error: ModellockError) -> None:
        if model is not None:
            error.model = model
            self.seen.refused.setdefault(model, error)
        self.seen.found[path] = Found(Shows.OTHER)

    def _found(self, model: str | None, path: str, wanted: Candidate | None) -> Found:
        way = self._way(path.rpartition("/")[0])
        if way is Shows.LINK:
            raise UnsafeNameError(
                f"{model or path}: a directory on the way to {path} is a symbolic link",
                hint="replace the link by a directory, or place the model elsewhere with `path`",
            )
        if way is not Shows.DIRECTORY:
            return Found(way)
        try:
            status = os.lstat(self._full(path))
        except FileNotFoundError:
            return Found(Shows.NOTHING)
        shows = _shows(status)
        if shows is Shows.LINK and self._follows:
            return self._end_of_link(model, path, wanted)
        if shows is Shows.LINK:
            return self._link(path, wanted)
        if shows is Shows.FILE:
            return self._file(model, path, status, wanted)
        return Found(shows)

    def _end_of_link(self, model: str | None, path: str, wanted: Candidate | None) -> Found:
        try:
            status = os.stat(self._full(path))
        except OSError:
            # It leads nowhere, or in circles: there are no bytes that anybody could lose.
            return Found(Shows.LINK, ours=True)
        if _shows(status) is not Shows.FILE:
            return Found(Shows.LINK)
        return replace(self._file(model, path, status, wanted), shows=Shows.LINK)

    def _way(self, directory: str) -> Shows:
        """What a directory on the way to a file is: DIRECTORY, NOTHING, LINK or BLOCKED."""
        known = self._ways.get(directory)
        if known is None:
            known = self._way(directory.rpartition("/")[0])
            if known is Shows.DIRECTORY:
                known = _way_of(self._full(directory))
            self._ways[directory] = known
        return known

    def _file(
        self, model: str | None, path: str, status: os.stat_result, wanted: Candidate | None
    ) -> Found:
        placed = self._target.files.get(path)
        if placed is not None and _is(placed, status):
            return _found_as(Shows.FILE, status, placed.digest, placed.hashed_at)
        candidates = self._candidates(path, wanted, status.st_size)
        if candidates:
            self._doubtful.append((model, path, status, candidates))
        return _found_as(Shows.FILE, status, None, 0)

    def _link(self, path: str, wanted: Candidate | None) -> Found:
        """A link counts for what it leads to only where that is a blob of the store.

        One into another store, or one that was moved away, was never anybody's edit.
        """
        leads_to = os.readlink(self._full(path))
        for digest, size in self._candidates(path, wanted, None):
            blob = self._store.path_of(digest)
            if leads_to == blob:
                if not self._store.vouches_for(digest, size):
                    return Found(Shows.LINK, ours=True)
                status = os.stat(leads_to)
                return _found_as(Shows.LINK, status, digest, self._hashed_at(digest), ours=True)
            if leads_to.endswith(blob.removeprefix(self._store.root)):
                return Found(Shows.LINK, ours=True)
        return Found(Shows.LINK)

    def _candidates(self, path: str, wanted: Candidate | None, size: int | None) -> list[Candidate]:
        """The digests that matter for a path, of this size where one is given."""
        known: list[PlacedFile | PendingFile | None] = [
            self._target.files.get(path),
            self._target.pending.get(path),
        ]
        every = [] if wanted is None else [wanted]
        every += [(file.digest, file.size) for file in known if file is not None]
        return [one for one in dict.fromkeys(every) if size in (None, one[1])]

    def _settle(self, doubtful: _Doubtful) -> None:
        model, path, status, candidates = doubtful
        try:
            digest, hashed_at = self._identified(path, status, candidates)
        except OSError as error:
            self._refuse(model, path, disk_error(error, self._full(path)))
        except ModellockError as error:
            self._refuse(model, path, error)
        else:
            shows = self.seen.found[path].shows
            self.seen.found[path] = _found_as(shows, status, digest, hashed_at)

    def _identified(
        self, path: str, status: os.stat_result, candidates: Sequence[Candidate]
    ) -> tuple[Digest | None, int]:
        for digest, size in candidates:
            same = _is_same_file(self._store.path_of(digest), status)
            if same and self._store.vouches_for(digest, size):
                return digest, self._hashed_at(digest)
        digests = [digest for digest, _ in candidates]
        return digest_among(self._full(path), digests, self._store), int(time.time())

    def _hashed_at(self, digest: Digest) -> int:
        record = self._store.record_of(digest)
        return int(time.time()) if record is None else record.hashed_at

    def _full(self, path: str) -> str:
        return f"{self._base}/{path}"


def digest_among(path: str, digests: Sequence[Digest], store: Store) -> Digest | None:
    """Which of these digests a file's bytes have; None, or another digest, where none of them.

    By BLAKE3, several times faster, where the store has noted that of each. Raises OSError.
    """
    records = [store.record_of(digest) for digest in digests]
    if all(record is not None for record in records):
        known = zip(digests, records, strict=True)
        fitting = (one for one, record in known if record and has_chunks(path, record.chunks))
        return next(fitting, None)
    with open(path, "rb") as file:
        return sha256_of(file)


def _way_of(path: str) -> Shows:
    try:
        shows = _shows(os.lstat(path))
    except FileNotFoundError:
        return Shows.NOTHING
    return shows if shows in (Shows.DIRECTORY, Shows.LINK) else Shows.BLOCKED


def _shows(status: os.stat_result) -> Shows:
    if stat.S_ISREG(status.st_mode):
        return Shows.FILE
    if stat.S_ISLNK(status.st_mode):
        return Shows.LINK
    return Shows.DIRECTORY if stat.S_ISDIR(status.st_mode) else Shows.OTHER


def _found_as(
    shows: Shows,
    status: os.stat_result,
    digest: Digest | None,
    hashed_at: int,
    *,
    ours: bool = False,
) -> Found:
    numbers = (status.st_size, status.st_mtime_ns, status.st_ino)
    return Found(shows, *numbers, digest, hashed_at, ours)


def _is(placed: PlacedFile, status: os.stat_result) -> bool:
    return placed.shows(status.st_size, status.st_mtime_ns, status.st_ino)


def _is_same_file(path: str, status: os.stat_result) -> bool:
    try:
        return os.path.samestat(os.lstat(path), status)
    except OSError:
        return False
