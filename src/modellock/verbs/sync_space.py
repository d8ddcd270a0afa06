"""Whether what a sync is about to fetch and to place fits on the disks that it goes to."""

from collections.abc import Callable, Iterable, Mapping

from modellock.decisions.plan import ModelPlan, Plan
from modellock.decisions.space import Disk, Site, Space, space_of
from modellock.documents.project_settings import LinkMode
from modellock.shell.disk import disk_errors
from modellock.shell.free_space import begun_in, can_share, disk_of
from modellock.shell.store import Store
from modellock.values.digest import Digest

Copies = Callable[[Disk, Disk], bool]
"""Whether what is placed from the store's disk on another one is copied."""


class Forecast:
    """What one plan would take, before anything of it is done."""

    def __init__(self, base: str, store: Store, plan: Plan, link_mode: LinkMode) -> None:
        self._base = base
        self._store = store
        self._plan = plan
        self._link_mode = link_mode

    def expected(self, missing: Mapping[Digest, int], fetched: Mapping[Digest, int]) -> Space:
        """What it takes if files of one disk are linked; nothing is written to find out."""
        return self._space(missing, fetched, lambda store, disk: store.number != disk.number)

    def refuse_shortage(self, missing: Mapping[Digest, int], fetched: Mapping[Digest, int]) -> None:
        """Raise NoSpaceError where it does not fit.

        Where it would not fit if all were copied, it is tried out what is.
        """
        if self._space(missing, fetched, lambda _store, _disk: True).shortage() is None:
            return
        shortage = self._space(missing, fetched, self._tried).shortage()
        if shortage is not None:
            raise shortage

    def _tried(self, store: Disk, disk: Disk) -> bool:
        return not can_share(store.where, disk.where)

    def _space(
        self, missing: Mapping[Digest, int], fetched: Mapping[Digest, int], copies: Copies
    ) -> Space:
        with disk_errors(self._base):
            store, base = disk_of(self._store.root), disk_of(self._base)
            return space_of(
                self._plan,
                missing=missing,
                fetched=fetched,
                begun=begun_in(self._store, [*missing, *fetched]),
                store=store,
                sites=dict(self._sites(store, base, copies)),
            )

    def _sites(self, store: Disk, base: Disk, copies: Copies) -> Iterable[tuple[str, Site]]:
        copied = {base.number: self._is_copied(store, base, copies)}
        for model in self._plan.models:
            disk = self._disk_of(model, base)
            if disk.number not in copied:
                copied[disk.number] = self._is_copied(store, disk, copies)
            yield model.name, Site(disk, copied[disk.number])

    def _is_copied(self, store: Disk, disk: Disk, copies: Copies) -> bool:
        if self._link_mode is LinkMode.COPY:
            return True
        return self._link_mode is LinkMode.AUTO and copies(store, disk)

    def _disk_of(self, model: ModelPlan, base: Disk) -> Disk:
        """The base's, unless something is mounted below it."""
        disk = disk_of(f"{self._base}/{model.directory or ''}")
        return base if disk.number == base.number else disk
