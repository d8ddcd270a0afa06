"""The state of one target while a sync changes it; a kill at any moment is understood later."""

from collections.abc import Iterable, Iterator, Mapping

from modellock.decisions.plan import WRITES, ModelPlan
from modellock.documents.state import Clean, PendingFile, PlacedFile, State, Target
from modellock.errors import NoSpaceError
from modellock.shell.placement import Switched
from modellock.shell.project import Project
from modellock.shell.state_file import write_state
from modellock.values.digest import Digest

_MOST_NOTES = 8
"""More than the ways in which one project is synced turn by turn."""


class Ledger:
    """What `state.json` says, brought up to date model by model."""

    def __init__(self, project: Project, state: State, name: str) -> None:
        target = state.targets.get(name, Target())
        self._project = project
        self._state = state
        self._target = target
        self._name = name
        self._files: dict[str, PlacedFile] = dict(target.files)
        self._pending: dict[str, PendingFile] = dict(target.pending)
        self._before = frozenset((*self._files, *self._pending))
        self._showed = _contents(self._files)
        self._staged: dict[str, None] = {}

    def paths(self) -> frozenset[str]:
        """What was placed, or was about to be, before this sync."""
        return self._before

    def stage(self, paths: Iterable[str]) -> None:
        """Note directories below the target that must not outlast this sync, and then make them."""
        before = len(self._staged)
        self._staged.update(dict.fromkeys(paths))
        if len(self._staged) > before:
            self._write(())

    def staged(self) -> tuple[str, ...]:
        """The directories that were noted so."""
        return tuple(self._staged)

    def begin(self, plans: Iterable[ModelPlan], staged: Iterable[str]) -> None:
        """Note what will change, and where it waits, before anything does."""
        for plan in plans:
            for step in plan.having(*WRITES):
                if step.digest is not None:
                    self._pending[step.path] = PendingFile(
                        plan.name, step.digest, step.size, made=step.made
                    )
        self.stage(staged)

    def done(self, plan: ModelPlan, switched: Switched) -> None:
        """A model shows what it shall."""
        for step in plan.steps:
            self._files.pop(step.path, None)
            self._pending.pop(step.path, None)
        self._files.update(switched.files)

    def end(self, clean: Clean | None, left: Iterable[str] = ()) -> None:
        """Note how it ended: `clean` where nothing is left to do; what is `left` of the stages."""
        self._staged = dict.fromkeys(left)
        try:
            self._write(() if clean is None else (clean, *self._lasting(clean))[:_MOST_NOTES])
        except NoSpaceError:
            # Where all is as it was, only the next sync's look at the files would be spared.
            if self._now() != self._target:
                raise

    def _lasting(self, clean: Clean) -> Iterator[Clean]:
        """What earlier syncs noted, where this one leaves what it found.

        So two programs that need different models are started in turn without a sync between.
        """
        if self._showed == _contents(self._files):
            about = (clean.key, clean.directory)
            yield from (one for one in self._state.clean if (one.key, one.directory) != about)

    def hashed_at(self, models: Iterable[str]) -> int | None:
        """When the longest unhashed file of these models was last hashed."""
        names = frozenset(models)
        times = (file.hashed_at for file in self._files.values() if file.model in names)
        return min(times, default=None)

    def _write(self, clean: tuple[Clean, ...]) -> None:
        targets = {**self._state.targets, self._name: self._now()}
        write_state(self._project, State(clean=clean, targets=targets))

    def _now(self) -> Target:
        return Target(self._files, self._pending, tuple(self._staged))


def _contents(files: Mapping[str, PlacedFile]) -> dict[str, tuple[str, Digest]]:
    return {path: (file.model, file.digest) for path, file in files.items()}
