"""Take over what other programs have fetched: into the store, by hash, without a download."""

import os
from collections.abc import Sequence
from dataclasses import dataclass

from modellock.decisions.packing import to_fetch
from modellock.documents.lockfile import Lock, LockedFile, LockedModel
from modellock.documents.project_settings import LinkMode
from modellock.errors import FileAccessError
from modellock.ports.reporting import Reporter
from modellock.ports.settings import Settings
from modellock.shell.project import Project
from modellock.shell.store import Store
from modellock.values.digest import Digest
from modellock.values.wording import visible
from modellock.verbs.adopt_result import AdoptResult
from modellock.verbs.adoption import adopt_from, gather
from modellock.verbs.rooting import note_root
from modellock.verbs.sync_fetches import holders_of, subjects


@dataclass(frozen=True, slots=True, kw_only=True)
class AdoptRequest:
    """What a user asks of `store adopt`."""

    directories: tuple[str, ...] = ()
    """Absolute; none stands for the caches that the environment names."""

    everything: bool = False
    """Also what no lock knows."""

    link_mode: LinkMode = LinkMode.AUTO
    dry_run: bool = False


def adopt(
    project: Project | None,
    settings: Settings,
    reporter: Reporter,
    request: AdoptRequest | None = None,
) -> AdoptResult:
    """Give the store what it lacks of a project's lock, or, without a lock, all there is.

    Raises NoSpaceError, FileAccessError, InputError.
    """
    request = request or AdoptRequest()
    _refuse_missing(request.directories)
    lock = _lock_of(project)
    if project is not None and lock is not None and not request.dry_run:
        note_root(settings.store, project.lock_path, lock, reporter)
    store = Store(settings.store)
    wanted = None if lock is None or request.everything else _Wanted(lock, store)
    sought = None if wanted is None else wanted.sought()
    directories = request.directories or settings.caches
    gathered = gather(directories, store, sought, reporter.pulse)
    adopted = adopt_from(
        gathered,
        store,
        sought,
        reporter,
        link_mode=request.link_mode,
        dry_run=request.dry_run,
    )
    return AdoptResult(
        dry_run=request.dry_run,
        directories=adopted.directories,
        unread=gathered.unread,
        lacked=None if wanted is None else wanted.to_fetch(),
        lacking={} if wanted is None else wanted.to_fetch(adopted.digests),
    )


def _refuse_missing(directories: Sequence[str]) -> None:
    for directory in directories:
        if not os.path.isdir(directory):
            raise FileAccessError(f"{visible(directory)}: is not a directory")


def _lock_of(project: Project | None) -> Lock | None:
    """What a project locks; None where nothing is locked yet."""
    return None if project is None or not project.has_lock() else project.read_lock()


class _Wanted:
    """What a lock asks for, as the store stands at first."""

    def __init__(self, lock: Lock, store: Store) -> None:
        self._models = tuple(lock.models.values())
        sizes = {file.digest: file.size for one in self._models for file in _files(one)}
        self._held = {digest for digest, size in sizes.items() if store.has(digest, size)}

    def sought(self) -> dict[Digest, int]:
        """What the store lacks: files, and the archives that they would come out of."""
        missing = self._missing(frozenset())
        return missing | to_fetch(self._models, missing, lambda digest, _: digest in self._held)

    def to_fetch(self, adopted: frozenset[Digest] = frozenset()) -> dict[str, int]:
        """What a sync would fetch once the store has `adopted`: bytes by `<model>/<path>`."""
        fetched = to_fetch(
            self._models,
            self._missing(adopted),
            lambda digest, _: digest in self._held or digest in adopted,
        )
        return subjects(holders_of(self._models, fetched))

    def _missing(self, adopted: frozenset[Digest]) -> dict[Digest, int]:
        return {
            file.digest: file.size
            for model in self._models
            for file in model.files
            if file.digest not in self._held and file.digest not in adopted
        }


def _files(model: LockedModel) -> tuple[LockedFile, ...]:
    return (*model.files, *model.archives)
