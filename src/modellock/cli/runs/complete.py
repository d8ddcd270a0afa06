"""`modellock __complete -- WORD...`: what completion scripts ask."""

from collections.abc import Iterable

from modellock.cli.answer import Answer
from modellock.cli.completing import Names, candidates
from modellock.cli.invocation import Invocation
from modellock.documents.lockfile import Lock, LockedModel
from modellock.documents.manifest import Spec
from modellock.shell.project import Project, find_project


def run(invocation: Invocation) -> Answer:
    """Answer with a candidate a line: the word, a tab, what it means."""
    found = candidates(list(invocation.arguments), ProjectNames(invocation.start))
    lines = [f"{word}\t{meaning}" for word, meaning in found]
    return Answer({"candidates": [word for word, _ in found]}, "\n".join(lines), data=True)


class ProjectNames(Names):
    """The names of models.toml, or of models.lock where it stands alone."""

    def __init__(self, start: str) -> None:
        self._start = start

    def models(self) -> Iterable[str]:  # noqa: D102
        return sorted(self._known())

    def locked(self) -> Iterable[str]:  # noqa: D102
        return self._lock().models

    def groups(self) -> Iterable[str]:  # noqa: D102
        return sorted({group for model in self._known().values() for group in model.groups})

    def files(self, model: str) -> Iterable[str]:  # noqa: D102
        locked = self._lock().models.get(model)
        return [] if locked is None else [file.path for file in locked.files]

    def _known(self) -> dict[str, Spec | LockedModel]:
        project = self._project()
        if project.has_manifest():
            return dict(project.read_manifest().specs)
        return dict(self._lock().models)

    def _lock(self) -> Lock:
        return self._project().read_lock()

    def _project(self) -> Project:
        return find_project(self._start)
