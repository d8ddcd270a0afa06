"""`settings.adopt`: a sync looks at what other programs have fetched before it asks the network."""

from collections import Counter
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from modellock.decisions.adoption import Find, copied_bytes, likely
from modellock.decisions.link_modes import adopting_mode_of
from modellock.decisions.packing import to_fetch
from modellock.documents.lockfile import LockedModel
from modellock.documents.project_settings import LinkMode
from modellock.errors import FileAccessError, NoSpaceError
from modellock.ports.reporting import Reporter
from modellock.shell.store import Store
from modellock.values.digest import Digest
from modellock.values.wording import count_words, size_words, visible
from modellock.verbs.adopt_result import AdoptedFrom, Fate
from modellock.verbs.adoption import Gathered, Ladders, adopt_from, gather, ladders_of
from modellock.verbs.survey import Scope

Has = Callable[[Digest, int], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Prospect:
    """What caches seem to have of what a store lacks, by names and sizes alone: nothing is read."""

    sought: Mapping[Digest, int] = field(default_factory=dict)
    """What is lacking, and the archives that it comes out of, with sizes in bytes."""

    gathered: Gathered = field(default_factory=Gathered)
    found: Mapping[Digest, Find] = field(default_factory=dict)
    ladders: Ladders = field(default_factory=dict)
    """Of the files that were found."""

    link_mode: LinkMode = LinkMode.AUTO

    def takes(self, cloning: Container[int]) -> dict[Digest, int]:
        """The bytes that each blob takes in the store; `cloning` as in `copied_bytes`."""
        return {
            digest: copied_bytes(find, self.ladders[find], cloning)
            for digest, find in self.found.items()
        }

    def directories(self) -> Iterator[AdoptedFrom]:
        """What each of them seems to give, for those that seem to give anything."""
        found = self.found.values()
        count = Counter(find.below for find in found)
        for one, seen in self.gathered.seen.items():
            if count[one]:
                size = sum(find.size for find in found if find.below == one)
                fates = {Fate.FITS: count[one]}
                yield AdoptedFrom(directory=one, seen=seen, fates=fates, size=size)


NOTHING = Prospect()


def sought_for(scope: Scope, lacking: Mapping[Digest, int], *, has: Has) -> dict[Digest, int]:
    """What to look for, where the project asks for that: blobs, and archives they come out of.

    `has` says what is in the store.
    """
    if not scope.lock.settings.adopt:
        return {}
    return {**lacking, **to_fetch(scope.models, lacking, has)}


def prospect_of(
    sought: Mapping[Digest, int],
    caches: Sequence[str],
    store: Store,
    link_mode: LinkMode,
    pulse: Callable[[], None],
) -> Prospect:
    """Look around; `link_mode` is how files are made out of the store. Raises FileAccessError."""
    if not sought:
        return NOTHING
    gathered = gather(caches, store, sought, pulse)
    found = likely(gathered.finds, sought)
    mode = adopting_mode_of(link_mode)
    ladders = ladders_of(found.values(), store, mode)
    return Prospect(sought=sought, gathered=gathered, found=found, ladders=ladders, link_mode=mode)


def fetched_beside(
    models: Sequence[LockedModel], missing: Mapping[Digest, int], prospect: Prospect, *, has: Has
) -> dict[Digest, int]:
    """The blobs to fetch if caches have what they seem to have."""
    found = prospect.found
    left = {digest: size for digest, size in missing.items() if digest not in found}
    return to_fetch(models, left, lambda digest, size: digest in found or has(digest, size))


def adopt_found(prospect: Prospect, store: Store, reporter: Reporter) -> tuple[AdoptedFrom, ...]:
    """Take over what turns out to be right; tells of each directory.

    Where the store cannot be written, or is full, the rest is left to who fetches.
    """
    try:
        adopted = adopt_from(
            prospect.gathered, store, prospect.sought, reporter, link_mode=prospect.link_mode
        )
    except (FileAccessError, NoSpaceError) as error:
        reporter.warning(f"not everything could be adopted: {error}")
        return ()
    gave = tuple(one for one in adopted.directories if one.files)
    for one in gave:
        count = f"{count_words(one.files, 'file')} ({size_words(one.size)})"
        reporter.note(f"adopted {count} from {visible(one.directory)}")
    return gave
