"""Locked files that come out of archives, put into a store that has these."""

from collections.abc import Iterable, Mapping
from threading import Event

from modellock.decisions.packing import locked_packing, packages_of, to_unpack
from modellock.documents.lockfile import LockedModel
from modellock.errors import ArchiveError, ModellockError
from modellock.ports.reporting import Reporter
from modellock.shell.crew import work_through
from modellock.shell.expansion import Expansion, heeding
from modellock.shell.store import Store
from modellock.values.digest import Digest
from modellock.values.wording import visible

# What was locked could be unpacked then: only a lock that was edited since cannot be.
_HISTORY = "see who wrote it with `git log -p models.lock`"


def unpack_missing(
    store: Store, models: Iterable[LockedModel], missing: Mapping[Digest, int], reporter: Reporter
) -> list[ModellockError]:
    """Publish those of the missing files whose archives the store has; returns what failed.

    One archive after the other, since each may take as much memory as a run has.
    """

    def unpack(model: LockedModel, stop: Event) -> ModellockError | None:
        try:
            _unpack(store, model, reporter, stop)
        except ModellockError as error:
            error.model = error.model or model.name
            return error
        return None

    packed = [
        model
        for model in to_unpack(models, missing)
        # Where one could not be fetched, that is told already.
        if all(store.has(archive.digest, archive.size) for archive in model.archives)
    ]
    outcomes = work_through(packed, unpack, jobs=1, pulse=reporter.pulse)
    return [error for error in outcomes if error is not None]


def _unpack(store: Store, model: LockedModel, reporter: Reporter, stop: Event) -> None:
    packing = locked_packing(model)
    heed = heeding(stop, reporter)
    expansion = Expansion(store, model.name, packing, heed=heed, remedy=_HISTORY)
    wanted = {file.path: file for file in model.files}
    found: set[str] = set()
    try:
        packages = packages_of(model.archives, packing)
    except ValueError as error:
        message = f"{model.name}: {visible(str(error))}"
        raise ArchiveError(message, hint=_HISTORY, model=model.name) from error
    for package in packages:
        reporter.unpacking(f"{model.name}/{package.path}", package.size, model=model.name)
        found |= expansion.restore(package, wanted)
    for file in model.files:
        # What has the bytes of another file is placed whether or not there is anything to unpack.
        if file.path not in found and not store.has(file.digest, file.size):
            raise expansion.missing(file)
