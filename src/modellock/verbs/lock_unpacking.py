"""Archives and parts of models that are being locked, made into the files that are locked."""

from collections.abc import Mapping, Sequence
from threading import Event

from modellock.decisions.packing import earlier_files, packages_of, packing_of
from modellock.decisions.selection import check_rename
from modellock.documents.lockfile import LockedFile
from modellock.errors import ArchiveError, ModellockError, UnsafeNameError
from modellock.ports.reporting import Reporter
from modellock.shell.crew import work_through
from modellock.shell.expansion import Expansion, heeding
from modellock.shell.store import Store
from modellock.shell.transfer import Fetched
from modellock.shell.unpacked_records import remember, remembered
from modellock.values.paths import check_together
from modellock.values.wording import visible
from modellock.verbs.drafting import Draft, fetched_as_locked

Unpacked = Mapping[str, tuple[LockedFile, ...]]
"""By name of model, the files that came out, sorted by path."""


def unpack_all(
    drafts: Sequence[Draft],
    fetched: Mapping[str, Fetched],
    store: Store,
    reporter: Reporter,
    stop: Event,
) -> tuple[Unpacked, list[ModellockError]]:
    """Unpack and join what the drafts ask for, and what failed.

    One archive after the other, since each may take as much memory as a run has.
    """
    packed = [draft for draft in drafts if not packing_of(draft.spec).is_none]

    def unpack(draft: Draft, stop: Event) -> tuple[LockedFile, ...] | ModellockError:
        try:
            return _files_of(draft, fetched_as_locked(draft, fetched), store, reporter, stop)
        except ModellockError as error:
            error.model = error.model or draft.spec.name
            return error

    outcomes = work_through(packed, unpack, jobs=1, pulse=reporter.pulse, stop=stop)
    unpacked = {
        draft.spec.name: outcome
        for draft, outcome in zip(packed, outcomes, strict=True)
        if not isinstance(outcome, ModellockError)
    }
    return unpacked, [one for one in outcomes if isinstance(one, ModellockError)]


def _files_of(
    draft: Draft,
    archives: tuple[LockedFile, ...],
    store: Store,
    reporter: Reporter,
    stop: Event,
) -> tuple[LockedFile, ...]:
    spec = draft.spec
    packing = packing_of(spec)
    files = earlier_files(packing, archives, draft.pinned)
    files = files or remembered(store, packing, archives)
    if files is None:
        remedy = f"leave it out with `exclude` below [models.{spec.name}], or do not unpack"
        heed = heeding(stop, reporter)
        expansion = Expansion(store, spec.name, packing, heed=heed, remedy=remedy)
        files = _expanded(draft, archives, expansion, reporter)
        remember(store, packing, archives, files)
    check_rename(spec, [file.path for file in files])
    return files


def _expanded(
    draft: Draft, archives: tuple[LockedFile, ...], expansion: Expansion, reporter: Reporter
) -> tuple[LockedFile, ...]:
    name = draft.spec.name
    files: dict[str, LockedFile] = {}
    for package in packages_of(archives, packing_of(draft.spec)):
        reporter.unpacking(f"{name}/{package.path}", package.size, model=name)
        for file in expansion.files_of(package):
            other = files.setdefault(file.path, file)
            # Archives of one release often have the same licence in them.
            if other.digest != file.digest:
                raise ArchiveError(
                    f"{name}/{visible(package.path)}: {file.path!r} is another file than the one "
                    f"of that name before it: expected {other.digest}, received {file.digest}",
                    hint=f"lock one of the archives as a model of its own, beside [models.{name}]",
                    model=name,
                )
    try:
        check_together(files)
    except ValueError as error:
        raise UnsafeNameError(
            f"{name}: what was unpacked cannot lie together: {visible(str(error))}", model=name
        ) from error
    return tuple(sorted(files.values(), key=lambda file: file.path))
