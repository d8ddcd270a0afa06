"""`tree`: models with what they require, and how large all of it is."""

from collections.abc import Sequence
from dataclasses import dataclass

from modellock.decisions.lineage import Branch, branches_of, distinct_size, models_of
from modellock.shell.project import Project


@dataclass(frozen=True, slots=True, kw_only=True)
class TreeResult:
    """Some models of a lock, or all."""

    branches: tuple[Branch, ...]
    models: int
    files: int
    size: int
    """Bytes of all files."""

    distinct: int
    """The same, with files that several models have counted once."""


def tree(project: Project, names: Sequence[str] = (), *, depth: int | None = None) -> TreeResult:
    """Read models.lock as a tree; `depth` counts levels, None takes all.

    Raises UnknownNameError, MissingLockError, InputError.
    """
    branches = branches_of(project.read_lock(), names, depth)
    models = models_of(branches).values()
    return TreeResult(
        branches=branches,
        models=len(models),
        files=sum(len(model.files) for model in models),
        size=sum(model.size for model in models),
        distinct=distinct_size(models),
    )
