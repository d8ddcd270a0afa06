"""Code of a model's own repository that a loader fetches, and that a selection may leave out."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from modellock.decisions.references import modules_imported, modules_in


@dataclass(frozen=True, slots=True, order=True)
class LeftOutModule:
    """A Python file that upstream has and the selection has not."""

    path: str
    named_in: str
    """The selected file that names or imports it."""


def modules_left_out(
    repository: str, contents: Mapping[str, bytes], unselected: Collection[str]
) -> tuple[LeftOutModule, ...]:
    """The modules that selected files name, or import, and that upstream has besides, sorted.

    `contents` are those of the selected configuration and Python files, by path. What upstream
    does not have either is nobody's choice.
    """
    found = set()
    for path, content in contents.items():
        named = (
            modules_imported(path, content)
            if path.endswith(".py")
            else modules_in(path, content, repository)
        )
        found |= {LeftOutModule(module, path) for module in named & frozenset(unselected)}
    return tuple(sorted(found))
