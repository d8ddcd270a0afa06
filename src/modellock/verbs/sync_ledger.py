"""The state of one target while a sync changes it; a kill at any moment is understood later."""

from collections.abc import Iterable

from modellock.placement import Switched
from modellock.plan import WRITES, ModelPlan
from modellock.project import Project
from modellock.state import Clean, PendingFile, PlacedFile, State, Target
from modellock.state_file import write_state
from modellock.verbs.survey import Survey


class Ledger:
    """What `state.json` says, brought up to date model by model."""

    def __init__(self, project: Project, view: Survey) -> None:
        self._project = project
        self._view = view
        self.files: dict[str, PlacedFile] = dict(view.target.files)
        self._pending: dict[str, PendingFile] = dict(view.target.pending)
        self._staged: tuple[str, ...] = ()

    def begin(self, plans: Iterable[ModelPlan], staged: Iterable[str]) -> None:
        """Note what will change, and where it waits, before anything does."""
        for plan in plans:
            for step in plan.having(*WRITES):
                if step.digest is not None:
                    self._pending[step.path] = PendingFile(plan.name, step.digest, step.size)
        self._staged = tuple(dict.fromkeys(staged))
        if self._staged:
            self._write(None)

    def done(self, plan: ModelPlan, switched: Switched) -> None:
        """A model shows what it shall."""
        for step in plan.steps:
            self.files.pop(step.path, None)
            self._pending.pop(step.path, None)
        self.files.update(switched.files)

    def end(self, clean: Clean | None, staged: tuple[str, ...] = ()) -> None:
        """Note how it ended; `clean` where nothing is left to do."""
        self._staged = staged
        self._write(clean)

    def hashed_at(self, models: Iterable[str]) -> int | None:
        """When the longest unhashed file of these models was last hashed."""
        names = frozenset(models)
        times = (file.hashed_at for file in self.files.values() if file.model in names)
        return min(times, default=None)

    def _write(self, clean: Clean | None) -> None:
        target = Target(self.files, self._pending, self._staged)
        targets = {**self._view.state.targets, self._view.name: target}
        write_state(self._project, State(clean=clean, targets=targets))
