"""Which files of a repository a reference is about, and whether a locked model has those."""

from collections.abc import Iterable, Sequence

from modellock.decisions.references import Reference, Role
from modellock.decisions.selection import select
from modellock.documents.lockfile import LockedModel
from modellock.documents.manifest import Spec
from modellock.documents.offers import OfferedFile
from modellock.documents.weights import format_of, home_of
from modellock.errors import SelectionError, UnsafeNameError
from modellock.values.globs import matches_any
from modellock.values.origins import Kind
from modellock.values.paths import check_together, parse_path
from modellock.values.wording import visible

_CODE = ("*.py", "config.json")
# A component's class is looked up here when its own folder does not say it.
_PIPELINE_INDEX = "model_index.json"
_NARROWING = ("include", "exclude", "formats")


def files_for(reference: Reference, offered: Sequence[OfferedFile]) -> frozenset[str]:
    """The paths that a loader may fetch for a reference: those that a lock pins.

    Raises SelectionError where there are none, or where several quantisations leave a choice.
    """
    among = [file for file in offered if _is_within(reference, file.path)]
    if reference.role is Role.CODE:
        chosen = frozenset(file.path for file in among if matches_any(file.path, _CODE))
    elif among:
        spec = Spec(name=reference.repository, kind=Kind.HUB, origin=reference.repository)
        chosen = frozenset(file.path for file in select(spec, among).files)
    else:
        chosen = frozenset()
    if not chosen:
        part = f" below {reference.subfolder}/" if reference.subfolder else ""
        raise SelectionError(
            f"{reference.repository}: has no file{part} of the {reference.role} that is wanted"
        )
    _refuse_unsafe(reference, chosen)
    return chosen


def lacks(
    model: LockedModel, reference: Reference, offered: Sequence[OfferedFile]
) -> tuple[str, ...]:
    """What a loader could not do without and a locked model does not have, as paths.

    Of several formats of the same weights, one is enough.
    """
    has = {file.path for file in model.files}
    needed = [file.path for file in offered if _is_needed(reference, file.path)]
    missing = [path for path in needed if path not in has and format_of(path) is None]
    served = {home_of(path) for path in has if format_of(path) is not None}
    weights = (path for path in needed if format_of(path) is not None)
    missing += [path for path in weights if home_of(path) not in served]
    return tuple(sorted(missing))


def is_narrowed(model: LockedModel) -> bool:
    """Whether a declared model may lack what a model without `include` and the like has."""
    return any(key in _NARROWING for key, _ in model.requested)


def _is_within(reference: Reference, path: str) -> bool:
    folder = reference.subfolder
    return not folder or path.startswith(f"{folder}/") or path == _PIPELINE_INDEX


def _refuse_unsafe(reference: Reference, paths: Iterable[str]) -> None:
    try:
        check_together([parse_path(path) for path in sorted(paths)])
    except ValueError as error:
        raise UnsafeNameError(
            f"{reference.repository}: upstream offers a name that is refused: {visible(str(error))}"
        ) from error


def _is_needed(reference: Reference, path: str) -> bool:
    if reference.role is Role.CODE:
        return matches_any(path, _CODE)
    folder, _, name = path.rpartition("/")
    if format_of(path) is not None:
        return home_of(path) == reference.subfolder
    if reference.subfolder:
        return folder == reference.subfolder
    return not folder and name in ("config.json", "adapter_config.json")
