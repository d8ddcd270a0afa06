"""`settings.adopt`: a sync looks at what other programs have fetched before it asks the network."""

from collections import Counter
from collections.abc import Mapping, Sequence

from modellock.decisions.adoption import likely
from modellock.decisions.link_modes import adopting_mode_of
from modellock.decisions.packing import to_fetch
from modellock.documents.lockfile import LockedModel
from modellock.documents.project_settings import LinkMode
from modellock.ports.reporting import Reporter
from modellock.shell.finds import Walk
from modellock.shell.store import Store
from modellock.values.digest import Digest
from modellock.values.wording import count_words, size_words, visible
from modellock.verbs.adopt_result import AdoptedFrom, Fate
from modellock.verbs.adoption import adopt_from


def adopt_for(
    models: Sequence[LockedModel],
    caches: Sequence[str],
    store: Store,
    lacking: Mapping[Digest, int],
    link_mode: LinkMode,
    reporter: Reporter,
) -> tuple[AdoptedFrom, ...]:
    """Take over what is lacking, or an archive that it comes out of; tells of each directory.

    `link_mode` is how files are made out of the store. Raises NoSpaceError, FileAccessError.
    """
    sought = {**lacking, **to_fetch(models, lacking, store.has)}
    mode = adopting_mode_of(link_mode)
    adopted = adopt_from(caches, store, sought, reporter, link_mode=mode)
    gave = tuple(one for one in adopted.directories if one.files)
    for one in gave:
        count = f"{count_words(one.files, 'file')} ({size_words(one.size)})"
        reporter.note(f"adopted {count} from {visible(one.directory)}")
    return gave


def likely_adopted(
    models: Sequence[LockedModel],
    caches: Sequence[str],
    store: Store,
    lacking: Mapping[Digest, int],
) -> tuple[tuple[AdoptedFrom, ...], frozenset[Digest]]:
    """What caches seem to have of what is lacking, or of archives that it comes out of.

    By names and sizes alone: nothing is read.
    """
    walk = Walk(apart=store.root, picky=False)
    finds = [find for cache in caches for find in walk.below(cache)]
    found = likely(finds, {**lacking, **to_fetch(models, lacking, store.holds)})
    counted = Counter(find.below for find in found.values())
    gave = tuple(
        AdoptedFrom(
            directory=cache,
            seen=sum(find.below == cache for find in finds),
            fates={Fate.FITS: counted[cache]},
            size=sum(find.size for find in found.values() if find.below == cache),
        )
        for cache in caches
        if counted[cache]
    )
    return gave, frozenset(found)
