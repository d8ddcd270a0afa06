"""Whether what a sync is about to fetch and to place fits on the disks that it goes to."""

from collections.abc import Callable, Container, Iterable, Mapping
from dataclasses import dataclass

from modellock.decisions.link_modes import link_mode_of
from modellock.decisions.plan import Plan
from modellock.decisions.space import Disk, Inflow, Site, Space, space_of
from modellock.documents.project_settings import LinkMode
from modellock.shell.cache_blobs import likely_in_cache
from modellock.shell.disk import disk_errors
from modellock.shell.free_space import can_share, disk_of, tried_disk_of
from modellock.shell.store import Store
from modellock.shell.store_partials import begun_in
from modellock.shell.store_private import is_private
from modellock.values.digest import Digest
from modellock.verbs.adoption import cloning_devices
from modellock.verbs.survey import Scope
from modellock.verbs.sync_adoption import NOTHING, Prospect

Copies = Callable[[Disk, Disk], bool]
"""Whether what is placed from the store's disk on another one is copied."""


class Forecast:
    """What one plan would take, before anything of it is done."""

    def __init__(
        self,
        scope: Scope,
        store: Store,
        plan: Plan,
        link_mode: LinkMode,
        *,
        prospect: Prospect = NOTHING,
    ) -> None:
        self._base = scope.base
        self._store = store
        self._plan = plan
        self._link_mode = link_mode
        self._prospect = prospect
        self._is_private = is_private(store, scope.base)
        is_shared = scope.sharer is not None
        self._there = likely_in_cache(scope.base, plan, plan.needed()) if is_shared else set()

    def expected(self, missing: Mapping[Digest, int], fetched: Mapping[Digest, int]) -> Space:
        """What it takes if files of one disk are linked; nothing is written to find out."""
        look = _Look(disk_of, lambda store, disk: store.number != disk.number)
        return self._space(missing, fetched, look)

    def refuse_shortage(self, missing: Mapping[Digest, int], fetched: Mapping[Digest, int]) -> None:
        """Raise NoSpaceError where it does not fit.

        Where it would not fit if all were copied, it is tried out what is.
        """
        worst = _Look(tried_disk_of, lambda _store, _disk: True)
        if self._space(missing, fetched, worst).shortage() is None:
            return
        cloning = cloning_devices(self._store, self._prospect.ladders)
        tried = _Look(tried_disk_of, self._tried, cloning)
        shortage = self._space(missing, fetched, tried).shortage()
        if shortage is not None:
            raise shortage

    def _tried(self, store: Disk, disk: Disk) -> bool:
        return not can_share(store.where, disk.where)

    def _space(
        self,
        missing: Mapping[Digest, int],
        fetched: Mapping[Digest, int],
        look: "_Look",
    ) -> Space:
        adopted = self._prospect.takes(look.cloning)
        awaited = {**missing, **fetched}.keys() - adopted.keys()
        with disk_errors(self._base):
            store, base = look.disk(self._store.root), look.disk(self._base)
            return space_of(
                self._plan,
                Inflow(
                    missing=missing,
                    fetched=fetched,
                    adopted=adopted,
                    begun=begun_in(self._store, awaited),
                ),
                store=store,
                sites=dict(self._sites(store, base, look)),
            )

    def _sites(self, store: Disk, base: Disk, look: "_Look") -> Iterable[tuple[str, Site]]:
        known: dict[tuple[int, LinkMode], bool] = {}
        for model in self._plan.models:
            disk = look.disk(f"{self._base}/{model.directory or ''}")
            # Unless something is mounted below it.
            disk = base if disk.number == base.number else disk
            mode = link_mode_of(
                self._link_mode, in_cache=model.cache is not None, is_private=self._is_private
            )
            key = (disk.number, mode)
            if key not in known:
                known[key] = _is_copied(mode, store, disk, look.copies)
            yield model.name, Site(disk, known[key], self._there)


@dataclass(frozen=True, slots=True)
class _Look:
    """How file systems are asked."""

    disk: Callable[[str], Disk]
    """What a path's file system says."""

    copies: Copies
    cloning: Container[int] = frozenset()
    """Devices of which files can be cloned into the store."""


def _is_copied(mode: LinkMode, store: Disk, disk: Disk, copies: Copies) -> bool:
    if mode is LinkMode.COPY:
        return True
    return mode is LinkMode.AUTO and copies(store, disk)
