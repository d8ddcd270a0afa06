"""Why models of a lock are left out of a command: for who wonders where one of them is."""

from collections.abc import Callable, Collection, Iterable, Iterator

from modellock.decisions.narrowing import Narrowing
from modellock.documents.lockfile import Lock, LockedModel
from modellock.values.versions import marker_holds
from modellock.values.wording import visible


def absences(
    lock: Lock,
    narrowing: Narrowing,
    selected: Collection[str],
    holds: Callable[[str], bool] = marker_holds,
) -> Iterator[str]:
    """`pose: left out, since …` for each model of the lock that is not among the selected ones."""
    for name, model in lock.models.items():
        if name not in selected:
            reason = _reason(model, lock, narrowing, holds)
            yield f"{visible(name)}: left out, since {reason}"


def _reason(
    model: LockedModel, lock: Lock, narrowing: Narrowing, holds: Callable[[str], bool]
) -> str:
    if not model.is_declared:
        return "nothing that is selected requires it"
    if model.marker is not None and not holds(model.marker):
        return f"its marker `{visible(model.marker)}` does not hold here"
    banned = [group for group in narrowing.no_groups if group in model.groups]
    if banned:
        return f"`--no-group` names its group {_listed(banned)}"
    if narrowing.groups or narrowing.only_groups:
        return _ungrouped(model, "asked for")
    if narrowing.models:
        return f"only {_listed(narrowing.models)} was asked for"
    return _ungrouped(model, f"among `default-groups` ({_listed(lock.settings.default_groups)})")


def _ungrouped(model: LockedModel, wanted: str) -> str:
    if not model.groups:
        return "it has no group, and `--only-group` wants one"
    noun = "group" if len(model.groups) == 1 else "groups"
    return f"its {noun} {_listed(model.groups)} is not {wanted}"


def _listed(names: Iterable[str] | None) -> str:
    return ", ".join(names or ()) or "none"
