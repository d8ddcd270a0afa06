"""Which models of a lock a command is about: groups, names, and markers of the machine."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from modellock.errors import UnknownNameError
from modellock.lockfile import Lock, LockedModel
from modellock.versions import marker_holds
from modellock.wording import did_you_mean


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
    """The models that are meant, and whose marker holds here.

    Raises UnknownNameError for a model or a group that no locked model has.
    """
    _refuse_unknown("model", narrowing.models, lock.models)
    groups = {group for model in lock.models.values() for group in model.groups}
    groups.update(lock.settings.default_groups or ())
    for named in (narrowing.groups, narrowing.only_groups, narrowing.no_groups):
        _refuse_unknown("group", named, groups)
    return tuple(
        model
        for model in lock.models.values()
        if _is_meant(model, narrowing, lock.settings.default_groups)
        and (model.marker is None or holds(model.marker))
    )


def _refuse_unknown(noun: str, names: Iterable[str], known: Iterable[str]) -> None:
    every = sorted(known)
    for name in names:
        if name not in every:
            hint = did_you_mean(name, every)
            raise UnknownNameError(f"{name!r} is not a {noun} of models.lock", hint=hint)


def _is_meant(
    model: LockedModel, narrowing: Narrowing, default_groups: tuple[str, ...] | None
) -> bool:
    if not set(narrowing.no_groups).isdisjoint(model.groups):
        return False
    if model.name in narrowing.models:
        return True
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
