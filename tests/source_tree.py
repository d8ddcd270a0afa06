"""The source as data: which module imports what, and where its functions begin and end."""

import ast
import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
SOURCE = os.path.join(ROOT, "src")


@dataclass(frozen=True, slots=True, kw_only=True)
class Module:
    """One parsed file below src/."""

    name: str
    """Dotted, `modellock.sources` for `sources/__init__.py`."""

    path: str
    tree: ast.Module
    lines: int

    def imports(self) -> frozenset[str]:
        """Dotted names of all modules imported here, at the top or late."""
        names: set[str] = set()
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                names.update(alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module is not None:
                names.update(_imported_from(node.module, node.names))
        return frozenset(names)

    def functions(self) -> Iterator[tuple[str, int]]:
        """Name and number of lines, signature and docstring included, of each function."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.FunctionDef) and node.end_lineno is not None:
                yield node.name, node.end_lineno - node.lineno + 1


def _imported_from(module: str, aliases: list[ast.alias]) -> set[str]:
    """`from modellock.sources import hub` imports `modellock.sources.hub`."""
    submodules = {
        f"{module}.{alias.name}" for alias in aliases if _is_ours(f"{module}.{alias.name}")
    }
    others = len(submodules) < len(aliases)
    return submodules | ({module} if others else set())


def _is_ours(name: str) -> bool:
    path = os.path.join(SOURCE, *name.split("."))
    return os.path.isdir(path) or os.path.isfile(f"{path}.py")


@cache
def modules() -> tuple[Module, ...]:
    """All modules of the package, sorted by name."""
    found = [_parse(path) for path in _python_files(SOURCE)]
    return tuple(sorted(found, key=lambda module: module.name))


def _python_files(root: str) -> Iterator[str]:
    for folder, _, names in os.walk(root):
        yield from (os.path.join(folder, name) for name in names if name.endswith(".py"))


def _parse(path: str) -> Module:
    with open(path, encoding="utf-8") as file:
        text = file.read()
    parts = os.path.relpath(path, SOURCE).removesuffix(".py").split(os.sep)
    if parts[-1] == "__init__":
        parts.pop()
    return Module(
        name=".".join(parts), path=path, tree=ast.parse(text), lines=len(text.splitlines())
    )
