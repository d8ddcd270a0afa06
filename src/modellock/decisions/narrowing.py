"""Which models of a lock a command is about: groups, names, and markers of the machine."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from modellock.documents.lockfile import Lock, LockedModel
from modellock.errors import UnknownNameError
from modellock.values.versions import marker_holds
from modellock.values.wording import did_you_mean


@dataclass(frozen=True, slots=True, kw_only=True)
class Narrowing:
    """What flags say of groups and models."""

    groups: tuple[str, ...] = ()
    """In place of the default groups; models without a group stay."""

    only_groups: tuple[str, ...] = ()
    """Like `groups`, and models without a group are left out."""

    no_groups: tuple[str, ...] = ()
    """A model in one of them is left out, whatever else selects it."""

    models: tuple[str, ...] = ()
    """By name, whatever their groups; alone, or besides what the groups select."""

    @property
    def is_whole(self) -> bool:
        """Whether nothing is narrowed: what the lock does not select may be withdrawn."""
        return not (self.groups or self.only_groups or self.no_groups or self.models)


def narrow(
    lock: Lock, narrowing: Narrowing, holds: Callable[[str], bool] = marker_holds
) -> tuple[LockedModel, ...]:
    """The models that are meant, and whose marker holds here, with all that these require.

    A model that models.toml declares is not brought by another one where its own marker does not
    hold, or where `no_groups` leaves it out.

    Raises UnknownNameError for a model or a group that no locked model has.
    """
    _refuse_unknown("model", narrowing.models, lock.models)
    groups = {group for model in lock.models.values() for group in model.groups}
    groups.update(lock.settings.default_groups or ())
    for named in (narrowing.groups, narrowing.only_groups, narrowing.no_groups):
        _refuse_unknown("group", named, groups)
    default = lock.settings.default_groups
    able = {
        name: model
        for name, model in lock.models.items()
        if not model.is_declared
        or (_is_allowed(model, narrowing) and (model.marker is None or holds(model.marker)))
    }
    meant = {name for name, model in able.items() if _is_meant(model, narrowing, default)}
    wanted = _with_required(meant, able)
    return tuple(model for name, model in able.items() if name in wanted)


def _with_required(meant: set[str], able: Mapping[str, LockedModel]) -> set[str]:
    found, grown = set(meant), True
    while grown:
        below = {
            name
            for name, model in able.items()
            if name not in found and not found.isdisjoint(model.required_by)
        }
        found |= below
        grown = bool(below)
    return found


def _refuse_unknown(noun: str, names: Iterable[str], known: Iterable[str]) -> None:
    every = sorted(known)
    for name in names:
        if name not in every:
            hint = did_you_mean(name, every)
            raise UnknownNameError(f"{name!r} is not a {noun} of models.lock", hint=hint)


def _is_allowed(model: LockedModel, narrowing: Narrowing) -> bool:
    return set(narrowing.no_groups).isdisjoint(model.groups)


def _is_meant(
    model: LockedModel, narrowing: Narrowing, default_groups: tuple[str, ...] | None
) -> bool:
    """Whether a model is meant for itself."""
    if model.name in narrowing.models:
        return True
    if not model.is_declared:
        return False
    if narrowing.groups or narrowing.only_groups:
        wanted = {*narrowing.groups, *narrowing.only_groups}
        if not model.groups:
            return not narrowing.only_groups
        return not wanted.isdisjoint(model.groups)
    if narrowing.models:
        return False
    return (
        not model.groups
        or default_groups is None
        or not set(default_groups).isdisjoint(model.groups)
    )
