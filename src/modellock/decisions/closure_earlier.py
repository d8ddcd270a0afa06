"""The closure of the lock before: what of it still stands, and what must be looked at again."""

from collections.abc import Collection, Iterable, Iterator, Mapping

from modellock.decisions.closure_needs import (
    Id,
    Need,
    Place,
    follows,
    id_of,
    is_hub_model,
    place_of,
)
from modellock.documents.lockfile import LockedModel

_OBJECT_ID = 40


class Earlier:
    """What stands as long as nobody disturbs the repository that it is about.

    A repository is disturbed when one that refers to it came, went or moved, when models.toml now
    declares it or no longer does, or when its own pin may move.
    """

    def __init__(
        self,
        before: Mapping[str, LockedModel],
        declared: Mapping[str, LockedModel],
        *,
        fresh: Collection[str],
        moving: Collection[str] = (),
    ) -> None:
        self._ids = {name: id_of(model) for name, model in before.items()}
        self._models = {self._ids[name]: model for name, model in before.items()}
        self._declared = declared
        self._pairs = frozenset(self._all_pairs())
        self.fresh = frozenset(
            name
            for name, model in declared.items()
            if name in fresh or name not in before or before[name].closure != model.closure
        )
        """The declared models whose references must be read anew."""

        self._moving = frozenset(one for one in self._models if self._may_move(one, moving))
        self._disturbed: set[Place] = set()
        for place in sorted(self._changed()):
            self.disturb(place)

    def disturb(self, place: Place) -> list[Id]:
        """Look at a repository anew, and at what its pins refer to; returns the pins concerned."""
        if place in self._disturbed:
            return []
        self._disturbed.add(place)
        pins = [one for one in self._pulled() if place_of(self._models[one]) == place]
        below = {place_of(self._models[other]) for one, other in self._pairs if one in pins}
        return [*pins, *(one for other in sorted(below) for one in self.disturb(other))]

    def kept(self) -> dict[Id, LockedModel]:
        """The pins that stand."""
        models = ((one, self._models[one]) for one in self._pulled())
        return {one: model for one, model in models if place_of(model) not in self._disturbed}

    def edges(self) -> Iterator[tuple[Id, Id]]:
        """Who requires whom, as far as both stand."""
        return (pair for pair in self._pairs if self._stands(*pair))

    def leads(self, one: Id, place: Place) -> bool:
        """Whether what a model requires of a repository stands."""
        return any(
            requirer == one and place_of(self._models[other]) == place
            for requirer, other in self.edges()
        )

    def requirers(self) -> list[LockedModel]:
        """The models that stand and refer to a disturbed repository."""
        kept = self.kept()
        found = {
            one
            for one, other in self._pairs
            if self._is_alive(one) and place_of(self._models[other]) in self._disturbed
        }
        return [kept[one] if one in kept else self._declared[one] for one in sorted(found)]

    def pin_of(self, need: Need, requirers: Iterable[Id]) -> LockedModel | None:
        """What was locked for a revision that these refer to."""
        pins = [
            one
            for one in sorted(self._models)
            if is_hub_model(self._models[one]) and place_of(self._models[one]) == need.place
        ]
        if len(need.revision) == _OBJECT_ID:
            fitting = [one for one in pins if self._models[one].commit == need.revision]
        else:
            fitting = [pin for one in requirers for pin in self._pins_for(one, need, pins)]
            fitting += [one for one in pins if self._models[one].revision == need.revision]
        return self._models[fitting[0]] if fitting else None

    def may_move(self, pin: LockedModel) -> bool:
        """Whether a pin may be another commit from now on."""
        return id_of(pin) in self._moving

    def _pins_for(self, one: Id, need: Need, pins: Iterable[Id]) -> list[Id]:
        own = [pin for pin in pins if (one, pin) in self._pairs]
        if len(own) == 1 and one not in self.fresh:
            return own
        return [pin for pin in own if self._models[pin].revision == need.revision]

    def _all_pairs(self) -> Iterator[tuple[Id, Id]]:
        for one, model in self._models.items():
            yield from ((self._ids[name], one) for name in model.required_by if name in self._ids)

    def _pulled(self) -> list[Id]:
        return [one for one, model in self._models.items() if not model.is_declared]

    def _may_move(self, one: Id, moving: Collection[str]) -> bool:
        model = self._models[one]
        if model.is_declared:
            return False
        heads = self._heads(one)
        return model.name in moving or (bool(heads) and heads <= frozenset(moving))

    def _heads(self, one: Id) -> frozenset[str]:
        """The names of the declared models that lead to a pin."""
        found, open_ids = {one}, [one]
        while open_ids:
            last = open_ids.pop()
            above = {requirer for requirer, other in self._pairs if other == last} - found
            found |= above
            open_ids += [other for other in above if not self._models[other].is_declared]
        return frozenset(one for one in found if self._models[one].is_declared)

    def _changed(self) -> Iterator[Place]:
        for one in self._pulled():
            model = self._models[one]
            requirers = {self._ids.get(name, "") for name in model.required_by}
            if one in self._moving or not all(map(self._is_known, requirers)):
                yield place_of(model)
        for one, model in self._models.items():
            if model.is_declared and model.required_by and not self._is_same(one):
                yield place_of(model)
        for name in self.fresh:
            if is_hub_model(self._declared[name]):
                yield place_of(self._declared[name])

    def _is_known(self, one: Id) -> bool:
        """Whether a requirer is one of the lock before, and still refers to what it did."""
        model = self._models.get(one)
        return model is not None and (not model.is_declared or self._is_alive(one))

    def _is_same(self, one: Id) -> bool:
        """Whether a declared model serves what it served."""
        return one in self._declared and one not in self.fresh

    def _is_alive(self, one: Id) -> bool:
        if self._models[one].is_declared:
            return self._is_same(one) and follows(self._declared[one])
        return place_of(self._models[one]) not in self._disturbed

    def _stands(self, one: Id, other: Id) -> bool:
        return self._is_alive(one) and place_of(self._models[other]) not in self._disturbed
