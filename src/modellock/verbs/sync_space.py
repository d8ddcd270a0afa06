"""Whether what a sync is about to fetch and to place fits on the disks that it goes to."""

from collections.abc import Callable, Iterable, Mapping

from modellock.decisions.link_modes import link_mode_of
from modellock.decisions.plan import Plan
from modellock.decisions.space import Disk, Site, Space, space_of
from modellock.documents.project_settings import LinkMode
from modellock.shell.cache_blobs import likely_in_cache
from modellock.shell.disk import disk_errors
from modellock.shell.free_space import can_share, disk_of, tried_disk_of
from modellock.shell.store import Store
from modellock.shell.store_partials import begun_in
from modellock.shell.store_private import is_private
from modellock.values.digest import Digest
from modellock.verbs.survey import Scope

Look = Callable[[str], Disk]
"""What a path's file system says."""

Copies = Callable[[Disk, Disk], bool]
"""Whether what is placed from the store's disk on another one is copied."""


class Forecast:
    """What one plan would take, before anything of it is done."""

    def __init__(self, scope: Scope, store: Store, plan: Plan, link_mode: LinkMode) -> None:
        self._base = scope.base
        self._store = store
        self._plan = plan
        self._link_mode = link_mode
        self._is_private = is_private(store, scope.base)
        is_shared = scope.sharer is not None
        self._there = likely_in_cache(scope.base, plan, plan.needed()) if is_shared else set()

    def expected(self, missing: Mapping[Digest, int], fetched: Mapping[Digest, int]) -> Space:
        """What it takes if files of one disk are linked; nothing is written to find out."""
        return self._space(
            missing, fetched, disk_of, lambda store, disk: store.number != disk.number
        )

    def refuse_shortage(self, missing: Mapping[Digest, int], fetched: Mapping[Digest, int]) -> None:
        """Raise NoSpaceError where it does not fit.

        Where it would not fit if all were copied, it is tried out what is.
        """
        worst = self._space(missing, fetched, tried_disk_of, lambda _store, _disk: True)
        if worst.shortage() is None:
            return
        shortage = self._space(missing, fetched, tried_disk_of, self._tried).shortage()
        if shortage is not None:
            raise shortage

    def _tried(self, store: Disk, disk: Disk) -> bool:
        return not can_share(store.where, disk.where)

    def _space(
        self,
        missing: Mapping[Digest, int],
        fetched: Mapping[Digest, int],
        look: Look,
        copies: Copies,
    ) -> Space:
        with disk_errors(self._base):
            store, base = look(self._store.root), look(self._base)
            return space_of(
                self._plan,
                missing=missing,
                fetched=fetched,
                begun=begun_in(self._store, {**missing, **fetched}),
                store=store,
                sites=dict(self._sites(store, base, look, copies)),
            )

    def _sites(
        self, store: Disk, base: Disk, look: Look, copies: Copies
    ) -> Iterable[tuple[str, Site]]:
        known: dict[tuple[int, LinkMode], bool] = {}
        for model in self._plan.models:
            disk = look(f"{self._base}/{model.directory or ''}")
            # Unless something is mounted below it.
            disk = base if disk.number == base.number else disk
            mode = link_mode_of(
                self._link_mode, in_cache=model.cache is not None, is_private=self._is_private
            )
            key = (disk.number, mode)
            if key not in known:
                known[key] = _is_copied(mode, store, disk, copies)
            yield model.name, Site(disk, known[key], self._there)


def _is_copied(mode: LinkMode, store: Disk, disk: Disk, copies: Copies) -> bool:
    if mode is LinkMode.COPY:
        return True
    return mode is LinkMode.AUTO and copies(store, disk)
