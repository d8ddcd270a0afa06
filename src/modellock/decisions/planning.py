"""What a sync shall do: decided from what is wanted, what was placed, and what was found."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from modellock.decisions.plan import Action, Found, ModelPlan, Plan, Shows, Step
from modellock.documents.state import PendingFile, PlacedFile, Target
from modellock.values.digest import Digest
from modellock.values.paths import parents, shared_directory


@dataclass(frozen=True, slots=True)
class WantedFile:
    """A locked file at its path below the target."""

    path: str
    digest: Digest
    size: int
    """Bytes."""

    made: bool = False
    """Whether a layout adds it to the locked files, and nobody serves it."""

    yields: bool = False
    """Whether it is left out where somebody else has the path."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedModel:
    """A selected model, and the directory below the target that its files lie in.

    Only in a Hub's cache there are files elsewhere, such as the refs.
    """

    name: str
    directory: str
    shared: bool = False
    """Whether other models may have files in the directory, too."""

    files: tuple[WantedFile, ...]
    """In the order in which they are to appear."""

    cache: str | None = None
    """The repository's folder in a Hub's cache, below the target; None in layout plain."""


class Foreign(StrEnum):
    """What becomes of files that are in the way and not ours."""

    KEEP = "keep"
    REPLACE = "replace"


Leaving = list[tuple[str, PlacedFile | PendingFile]]


def leaving(target: Target, withdrawn_from: frozenset[str] | None) -> Leaving:
    """What is withdrawn unless it is wanted: everything of these models, or of all for None."""
    known: dict[str, PlacedFile | PendingFile] = {**target.pending, **target.files}
    return [
        (path, file)
        for path, file in known.items()
        if withdrawn_from is None or file.model in withdrawn_from
    ]


def plan_sync(
    wanted: Sequence[WantedModel],
    target: Target,
    found: Mapping[str, Found],
    *,
    withdrawn_from: frozenset[str] | None = None,
    foreign: Foreign = Foreign.KEEP,
    stays: Callable[[str], bool] | None = None,
) -> Plan:
    """Decide what becomes of each path.

    `found` has every wanted path and every one that is `leaving` this target. In a target that
    others write to as well, `stays` says which of the latter are left to them; no edits there are
    ours to judge.
    """
    kept = {file.path for model in wanted for file in model.files}
    left = [one for one in leaving(target, withdrawn_from) if one[0] not in kept]
    by_model = _grouped(left, wanted)
    rules = _Rules(target, found, foreign, stays)
    plans = [rules.of_model(model, by_model.pop(model.name, [])) for model in wanted]
    plans += [rules.of_surplus(name, files) for name, files in sorted(by_model.items())]
    return Plan(models=tuple(plans))


def _grouped(left: Leaving, wanted: Iterable[WantedModel]) -> dict[str, Leaving]:
    """By model; what lies in a wanted model's directory goes with that, to change as a whole."""
    names = {model.name for model in wanted}
    owners = {model.directory: model.name for model in wanted if not model.shared}
    grouped: dict[str, Leaving] = {}
    for path, file in left:
        name = file.model
        if name not in names:
            name = next((owners[above] for above in parents(path) if above in owners), name)
        grouped.setdefault(name, []).append((path, file))
    return grouped


@dataclass(frozen=True, slots=True)
class _Rules:
    """What holds for all paths of one plan."""

    target: Target
    found: Mapping[str, Found]
    foreign: Foreign
    stays: Callable[[str], bool] | None

    def of_model(self, model: WantedModel, left: Leaving) -> ModelPlan:
        withdrawals = tuple(self._withdrawals(left))
        going = {step.path for step in withdrawals if step.action is Action.WITHDRAW}
        emptied = {above for path in going for above in parents(path)}
        placements = [self._placement(file, going, emptied) for file in model.files]
        steps = (*placements, *withdrawals)
        return ModelPlan(
            name=model.name,
            directory=model.directory,
            steps=steps,
            mixed=self._is_mixed(steps),
            cache=model.cache,
        )

    def of_surplus(self, name: str, left: Leaving) -> ModelPlan:
        steps = tuple(self._withdrawals(left))
        made = any(step.made for step in steps)
        cache = shared_directory(step.path for step in steps) if made else None
        return ModelPlan(name=name, directory=None, steps=steps, cache=cache)

    def _placement(self, file: WantedFile, going: set[str], emptied: set[str]) -> Step:
        found = self.found[file.path]
        action = self._action(file, found)
        # A file of ours that becomes a directory, or a directory of ours that becomes a file.
        if (found.shows is Shows.BLOCKED and not going.isdisjoint(parents(file.path))) or (
            found.shows is Shows.DIRECTORY and file.path in emptied
        ):
            action = Action.PLACE
        digest = None if action is Action.YIELD else file.digest
        return Step(file.path, action, digest, file.size, found, made=file.made, yields=file.yields)

    def _action(self, file: WantedFile, found: Found) -> Action:
        if found.shows is Shows.NOTHING:
            return Action.PLACE
        if file.yields and not self._is_as_left(file.path, found):
            return Action.YIELD
        if found.shows in (Shows.DIRECTORY, Shows.BLOCKED):
            return Action.OBSTRUCTED
        if found.digest == file.digest:
            if found.tied:
                return Action.REPLACE
            placed = self.target.files.get(file.path)
            return Action.IN_PLACE if _is_as_placed(placed, file, found) else Action.TAKE_OVER
        return self._action_on_other_bytes(file, found)

    def _action_on_other_bytes(self, file: WantedFile, found: Found) -> Action:
        if self._is_ours(file.path, found):
            return Action.REPLACE
        if file.path in self.target.files and self.stays is None:
            # What is kept beside a ref would be one more ref, to a commit that is not here.
            return Action.OVERWRITE if file.made else Action.SET_ASIDE
        return Action.OVERWRITE if self.foreign is Foreign.REPLACE else Action.OBSTRUCTED

    def _is_ours(self, path: str, found: Found) -> bool:
        """Whether it is what we placed there, or were about to."""
        known = (self.target.files.get(path), self.target.pending.get(path))
        return found.ours or any(file is not None and file.digest == found.digest for file in known)

    def _is_as_left(self, path: str, found: Found) -> bool:
        """Whether nobody wrote it since we did, not even the same bytes, and nobody goes by it."""
        if found.claimed:
            return False
        placed, pending = self.target.files.get(path), self.target.pending.get(path)
        if pending is not None and pending.digest == found.digest:
            return True
        return placed is not None and placed.shows(found.size, found.mtime_ns, found.inode)

    def _withdrawals(self, left: Leaving) -> Iterator[Step]:
        for path, file in left:
            found = self.found[path]
            action = Action.WITHDRAW if self._is_ours(path, found) else Action.LEAVE
            if self.stays is not None and (
                action is Action.LEAVE or self.stays(path) or not self._is_as_left(path, found)
            ):
                action = Action.RELEASE
            yield Step(path, action, None, file.size, found, made=file.made)

    def _is_mixed(self, steps: Iterable[Step]) -> bool:
        """Whether an unfinished switch shows something new already, and something old still."""
        old = new = False
        for step in steps:
            if step.action in (Action.IN_PLACE, Action.TAKE_OVER):
                pending = self.target.pending.get(step.path)
                new = new or (pending is not None and pending.digest == step.digest)
            else:
                old = old or step.action in (Action.REPLACE, Action.SET_ASIDE, Action.WITHDRAW)
        return old and new


def _is_as_placed(placed: PlacedFile | None, file: WantedFile, found: Found) -> bool:
    return (
        placed is not None
        and placed.digest == file.digest
        and placed.shows(found.size, found.mtime_ns, found.inode)
    )
