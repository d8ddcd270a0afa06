"""The space that a sync takes on each file system, known before its first byte."""

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass

from modellock.decisions.plan import WRITES, Action, ModelPlan, Plan, Shows
from modellock.errors import NoSpaceError
from modellock.values.digest import Digest
from modellock.values.wording import size_words, visible


@dataclass(frozen=True, slots=True)
class Disk:
    """A file system."""

    number: int
    """What tells it from others."""

    where: str
    """The directory on it that matters, absolute."""

    free: int | None
    """Bytes that may still be written to it; None where it does not say."""


@dataclass(frozen=True, slots=True)
class Site:
    """Where a model's files are to be."""

    disk: Disk
    copied: bool
    """Whether they take space of their own there, as links and reflinks do not."""

    there: Container[Digest] = frozenset()
    """Blobs that it has already, and of which no second file is made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inflow:
    """What comes into a store that lacks something. All in bytes."""

    missing: Mapping[Digest, int]
    """The blobs that it lacks."""

    fetched: Mapping[Digest, int]
    """Those that are fetched for them: themselves, or archives that they come out of."""

    adopted: Mapping[Digest, int]
    """Those of either kind that other programs have, with the bytes that each takes here."""

    begun: int
    """Of what is fetched, what is here already, of an earlier run."""

    @property
    def written(self) -> int:
        """What it takes of the store's disk."""
        return max(sum({**self.missing, **self.fetched, **self.adopted}.values()) - self.begun, 0)


@dataclass(frozen=True, slots=True)
class Peak:
    """The most that a sync takes of one file system at any moment."""

    disk: Disk
    needed: int
    """Bytes, beside all that is there already."""

    @property
    def is_short(self) -> bool:
        """Whether it does not fit; never where the file system does not say."""
        return self.disk.free is not None and self.needed > self.disk.free


@dataclass(frozen=True, slots=True, kw_only=True)
class Space:
    """What a sync moves, and what that takes. All in bytes."""

    needed: int
    """Of the blobs whose files are not in place yet."""

    in_store: int
    """Of those, what the store has."""

    adopt: int
    """Of those, what comes out of caches that others fill, as far as names and sizes tell."""

    fetch: int
    """What comes over the network, or from a local origin."""

    place: int
    """What is copied out of the store."""

    peaks: tuple[Peak, ...]

    def shortage(self) -> NoSpaceError | None:
        """The error to stop with, before anything is written; None where all of it fits."""
        return shortage_of(self.peaks, command="modellock sync --store DIR --to DIR")


def shortage_of(peaks: Iterable[Peak], *, command: str) -> NoSpaceError | None:
    """One error for all disks that are too small; None where none is.

    `command` is what uses others.
    """
    lines = [
        f"{visible(peak.disk.where)}: not enough space: needed {size_words(peak.needed)}, "
        f"free {size_words(peak.disk.free or 0)}"
        for peak in peaks
        if peak.is_short
    ]
    hint = f"free some there, or use another disk: `{command}`"
    return NoSpaceError("\n  ".join(lines), hint=hint) if lines else None


def space_of(plan: Plan, inflow: Inflow, *, store: Disk, sites: Mapping[str, Site]) -> Space:
    """Add up what becomes of a plan; `sites` are those of its models, by name."""
    needed, missing = plan.needed(), inflow.missing
    caches = [inflow.adopted, *(site.there for site in sites.values())]
    tally = _Tally()
    tally.write(store, inflow.written)
    for model in plan.models:
        _switch(tally, model, sites[model.name])
    return Space(
        needed=sum(needed.values()),
        in_store=sum(size for digest, size in needed.items() if digest not in missing),
        adopt=sum(size for digest, size in missing.items() if any(digest in one for one in caches)),
        fetch=max(sum(inflow.fetched.values()) - inflow.begun, 0),
        place=sum(_copied(model, sites[model.name]) for model in plan.models),
        peaks=tuple(tally.peaks()),
    )


def together(spaces: Sequence[Space]) -> Space | None:
    """What several targets take one after the other; None for none.

    As if nothing of one were given up for the next.
    """
    if not spaces:
        return None
    tally = _Tally()
    for peak in (peak for one in spaces for peak in one.peaks):
        tally.write(peak.disk, peak.needed)
    return Space(
        needed=sum(one.needed for one in spaces),
        in_store=sum(one.in_store for one in spaces),
        adopt=sum(one.adopt for one in spaces),
        fetch=sum(one.fetch for one in spaces),
        place=sum(one.place for one in spaces),
        peaks=tuple(tally.peaks()),
    )


def _switch(tally: "_Tally", model: ModelPlan, site: Site) -> None:
    """A model's new files are whole before its old ones go."""
    tally.write(site.disk, _made(model) + _copied(model, site))
    # Old ones that were links free nothing; to believe that they do refuses nobody wrongly.
    tally.free(site.disk, _given_up(model))


def _made(model: ModelPlan) -> int:
    """What layouts add, which no store has."""
    return sum(step.size for step in model.having(*WRITES) if step.made)


def _copied(model: ModelPlan, site: Site) -> int:
    """What comes out of the store, and takes space of its own."""
    if not site.copied:
        return 0
    return sum(
        step.size
        for step in model.having(*WRITES)
        if not step.made and step.digest not in site.there
    )


def _given_up(model: ModelPlan) -> int:
    """What is replaced or withdrawn; an edited file is kept under another name."""
    given_up = model.having(Action.REPLACE, Action.OVERWRITE, Action.WITHDRAW)
    return sum(step.found.size for step in given_up if step.found.shows is Shows.FILE)


class _Tally:
    """What is written and freed in turn, by file system."""

    def __init__(self) -> None:
        self._disks: dict[int, Disk] = {}
        self._used: dict[int, int] = {}
        self._most: dict[int, int] = {}

    def write(self, disk: Disk, size: int) -> None:
        self._disks.setdefault(disk.number, disk)
        used = self._used[disk.number] = self._used.get(disk.number, 0) + size
        self._most[disk.number] = max(used, self._most.get(disk.number, 0))

    def free(self, disk: Disk, size: int) -> None:
        self._used[disk.number] = self._used.get(disk.number, 0) - size

    def peaks(self) -> Iterable[Peak]:
        for number, most in self._most.items():
            if most:
                yield Peak(self._disks[number], most)
