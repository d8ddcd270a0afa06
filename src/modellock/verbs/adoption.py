"""A store filled from directories of others: by their bytes, whatever their names say."""

import os
import threading
from collections import Counter
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from modellock.decisions.adoption import Find, copied_bytes, promising, ways
from modellock.decisions.space import Disk, Peak, shortage_of
from modellock.documents.project_settings import LinkMode
from modellock.errors import NoSpaceError
from modellock.ports.reporting import Reporter
from modellock.shell.crew import work_through
from modellock.shell.disk import disk_errors
from modellock.shell.finds import Walk
from modellock.shell.free_space import tried_disk_of
from modellock.shell.store import Store
from modellock.shell.store_adoption import Content, can_clone, read, shelf_of, take_over
from modellock.values.digest import Digest
from modellock.verbs.adopt_result import TAKEN, AdoptedFrom, Fate

Sought = Mapping[Digest, int] | None
"""The blobs that are looked for, with their sizes in bytes; None for all there are."""

_FATES = {
    LinkMode.HARDLINK: Fate.LINKED,
    LinkMode.REFLINK: Fate.CLONED,
    LinkMode.COPY: Fate.COPIED,
}


Ladders = Mapping[Find, Sequence[LinkMode]]
"""How each file may come into the store, the best way first."""


@dataclass(frozen=True, slots=True)
class Gathered:
    """What lies in directories of others, as stats showed it."""

    seen: Mapping[str, int] = field(default_factory=dict)
    """How many regular files there are, by directory; one of several counts for the first."""

    finds: tuple[Find, ...] = ()
    """Those that are worth a look, by their size."""

    unread: tuple[str, ...] = ()
    """Full paths of directories that may not be read."""


def gather(
    directories: Iterable[str], store: Store, sought: Sought, pulse: Callable[[], None]
) -> Gathered:
    """Look at everything below directories but the store."""
    sizes = None if sought is None else frozenset(sought.values())
    walk = Walk(apart=store.root, sizes=sizes, pulse=pulse)
    finds = tuple(find for directory in directories for find in walk.below(directory))
    seen = {directory: walk.seen[directory] for directory in directories}
    return Gathered(seen, finds, tuple(walk.unread))


@dataclass(frozen=True, slots=True)
class Adopted:
    """What came of it."""

    directories: tuple[AdoptedFrom, ...]
    digests: frozenset[Digest]
    """What was taken over, or would be."""


def adopt_from(
    gathered: Gathered,
    store: Store,
    sought: Sought,
    reporter: Reporter,
    *,
    link_mode: LinkMode = LinkMode.AUTO,
    dry_run: bool = False,
) -> Adopted:
    """Take over what the store lacks; nothing in these directories is moved, edited or deleted.

    Every file that may be worth it is read first, so that it is known what is to come in. Raises
    NoSpaceError, before anything of it does, where copies would not fit; FileAccessError.
    """
    reading = _Reading(store, sought, reporter)
    reading.run(gathered.finds)
    fates, contents = reading.fates, list(reading.fresh.values())
    if dry_run:
        fates |= dict.fromkeys((content.find for content in contents), Fate.FITS)
    else:
        fates |= _taken(contents, store, link_mode, reporter)
    digests = frozenset(one.digest for one in contents if fates[one.find] in TAKEN)
    return Adopted(tuple(_told(one, gathered, fates) for one in gathered.seen), digests)


class _Reading:
    """What was read so far, and what came of it."""

    def __init__(self, store: Store, sought: Sought, reporter: Reporter) -> None:
        self._store = store
        self._sought = sought
        self._reporter = reporter
        self._left: dict[int, set[Digest]] = {}
        for digest, size in (sought or {}).items():
            self._left.setdefault(size, set()).add(digest)
        self.fates: dict[Find, Fate] = {}
        """Of files that stay where they are."""

        self.fresh: dict[Digest, Content] = {}
        """Those to take over, each digest once."""

    def run(self, finds: Sequence[Find]) -> None:
        """Read what may be worth it; files that say themselves what they are before all others.

        Revisions of one model are often of one size: with the right one found, none else is read.
        """
        if self._sought is None:
            own = _inodes(self._store)
            here = [find for find in finds if (find.device, find.inode) in own]
            self.fates |= dict.fromkeys(here, Fate.HERE)
        chosen = promising((find for find in finds if find not in self.fates), self._sought or ())
        names = {digest.value for digest in self._sought or ()}
        self._read([find for find in chosen if find.claims in names])
        self._read([find for find in chosen if find.claims not in names and self._may_fit(find)])

    def _read(self, finds: Sequence[Find]) -> None:
        if finds:
            self._reporter.hashing(len(finds), sum(find.size for find in finds))
        jobs = os.cpu_count() or 1
        outcomes = work_through(finds, self._content, jobs=jobs, pulse=self._reporter.pulse)
        for find, outcome in zip(finds, outcomes, strict=True):
            if isinstance(outcome, Content):
                self._judge(outcome)
            elif outcome is not None:
                self.fates[find] = outcome

    def _content(self, find: Find, stop: threading.Event) -> Content | Fate | None:
        """None for a file as large as nothing that is still to be found."""
        if not self._may_fit(find):
            self._reporter.hashed(find.size)
            return None
        content = read(find, stop, self._reporter.hashed)
        if content is None:
            return Fate.CHANGED
        if self._sought is not None:
            self._left[find.size].discard(content.digest)
        return content

    def _may_fit(self, find: Find) -> bool:
        return self._sought is None or bool(self._left[find.size])

    def _judge(self, content: Content) -> None:
        digest = content.digest
        if self._sought is not None and digest not in self._sought:
            self.fates[content.find] = Fate.OTHER
        elif digest in self.fresh or self._store.has(digest, content.hasher.size):
            self.fates[content.find] = Fate.HERE
        else:
            self.fresh[digest] = content


def _inodes(store: Store) -> frozenset[tuple[int, int]]:
    """The files that are the store's own already, under whatever name."""
    found = set()
    for digest in store.digests():
        with disk_errors(store.root):
            status = os.lstat(store.path_of(digest))
        found.add((status.st_dev, status.st_ino))
    return frozenset(found)


def _taken(
    contents: Sequence[Content], store: Store, link_mode: LinkMode, reporter: Reporter
) -> dict[Find, Fate]:
    """Take files over. Raises NoSpaceError, before the first one as far as that can be foreseen."""
    if not contents:
        return {}
    ladders = ladders_of([content.find for content in contents], store, link_mode)
    _refuse_shortage(store, ladders)

    def take(content: Content, _stop: threading.Event) -> Fate:
        way = take_over(store, content, ladders[content.find])
        reporter.hashed(content.find.size)
        return Fate.CHANGED if way is None else _FATES[way]

    # What came in is read once more under its new name.
    reporter.hashing(len(contents), sum(content.find.size for content in contents))
    jobs = os.cpu_count() or 1
    fates = work_through(contents, take, jobs=jobs, pulse=reporter.pulse)
    return {content.find: fate for content, fate in zip(contents, fates, strict=True)}


def ladders_of(finds: Iterable[Find], store: Store, link_mode: LinkMode) -> Ladders:
    """How files of others may come into a store. Raises FileAccessError."""
    shelf = shelf_of(store)
    return {find: ways(find, link_mode, shelf) for find in finds}


def cloning_devices(store: Store, ladders: Ladders) -> frozenset[int]:
    """The devices of which files can be cloned into a store, found by trying one of each."""
    one_of_each = {find.device: find for find, ways in ladders.items() if LinkMode.REFLINK in ways}
    return frozenset(device for device, find in one_of_each.items() if can_clone(store, find))


def _refuse_shortage(store: Store, ladders: Ladders) -> None:
    """Raise NoSpaceError where what must be copied does not fit.

    Where it would not fit if none could be cloned, that is tried out.
    """
    with disk_errors(store.root):
        disk = tried_disk_of(store.root)
    shortage = _shortage(disk, ladders, frozenset())
    if shortage is not None:
        shortage = _shortage(disk, ladders, cloning_devices(store, ladders))
    if shortage is not None:
        raise shortage


def _shortage(disk: Disk, ladders: Ladders, cloning: Container[int]) -> NoSpaceError | None:
    needed = sum(copied_bytes(find, ladder, cloning) for find, ladder in ladders.items())
    return shortage_of([Peak(disk, needed)], command="modellock store adopt --store DIR")


def _told(directory: str, gathered: Gathered, fates: Mapping[Find, Fate]) -> AdoptedFrom:
    own = [find for find in gathered.finds if find.below == directory]
    counted = Counter(fates[find] for find in own if find in fates)
    return AdoptedFrom(
        directory=directory,
        seen=gathered.seen[directory],
        fates=dict(counted),
        size=sum(find.size for find in own if fates.get(find) in TAKEN),
    )
