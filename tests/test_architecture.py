"""The picture of docs/explanation/architecture.md, held by the imports themselves."""

import ast
import sys
from collections.abc import Callable, Iterable, Mapping
from fnmatch import fnmatchcase

import pytest

from tests.source_tree import Module, modules

LAYERS = ("values", "documents", "decisions", "ports", "shell", "verbs", "cli", "facade")
"""From the bottom to the top: a module imports from its own layer and from those before it."""

LAYER_OF = {
    "modellock._version": "values",
    "modellock.errors": "values",
    "modellock.values*": "values",
    "modellock.documents*": "documents",
    "modellock.decisions*": "decisions",
    "modellock.ports*": "ports",
    "modellock.sources": "ports",
    "modellock.sources.*": "shell",
    "modellock.shell*": "shell",
    "modellock.verbs*": "verbs",
    "modellock.cli*": "cli",
    "modellock": "facade",
    "modellock.__main__": "facade",
    "modellock.api*": "facade",
}
"""Patterns; the longest one that fits a module counts."""

OWNERS = {
    "argparse": ("modellock.cli*",),
    "backports": ("modellock.shell.unpacking_engines",),
    "blake3": ("modellock.values.digest",),
    "compression": ("modellock.shell.unpacking_engines",),
    "hashlib": ("modellock.values.digest", "modellock.shell.settled", "modellock.shell.unchanged"),
    "httpx": ("modellock.shell.connections", "modellock.shell.httpclient"),
    "huggingface_hub": ("modellock.sources.hub*",),
    "packaging": ("modellock.values.versions",),
    "rich": ("modellock.cli.progress",),
    "tomlkit": ("modellock.documents.manifest_edit",),
    "tomllib": ("modellock.documents.toml_text",),
}
"""Which modules may import a library; a library of others that is not listed belongs to nobody."""

IMPURE = frozenset(
    {"os", "shutil", "socket", "subprocess", "sys", "tempfile", "threading", "time", "pathlib"}
)
"""What no module of the core may import: it decides over values and touches nothing."""

CORE = ("values", "documents", "decisions")

LONG_MODULES: dict[str, str] = {
    "modellock.errors": "one list of all errors, read like the table that its docstring begins with"
}
"""Modules that may have more than 300 lines, each with its reason."""

LONG_FUNCTIONS: dict[str, str] = {
    "modellock.api.syncing:sync": "an argument for each flag of the command, and what they mean"
}
"""Functions (`module:name`) that may have more than 45 lines, each with its reason."""

EMBEDDED_SERVERS = "modellock.testing"
"""Stands apart from the layers: what it serves must not be made by the code that reads it."""

NO_NOUN = ("utils", "helpers", "common", "base", "types")

Check = Callable[[Module], None]


def each_of(some: Iterable[Module]) -> Callable[[Check], Callable[[], None]]:
    """Make one test of a check of many modules, which names all that fail it.

    A test for each module and check were 1,800 tests, and 20 s of a run.
    """

    def decorate(check: Check) -> Callable[[], None]:
        def test() -> None:
            faults = {}
            for module in some:
                try:
                    check(module)
                except AssertionError as error:
                    faults[module.name] = str(error)
            assert faults == {}

        return test

    return decorate


each_module = each_of(modules())
each_layered_module = each_of(
    [module for module in modules() if not module.name.startswith(EMBEDDED_SERVERS)]
)


def pattern_for(name: str, patterns: Iterable[str]) -> str | None:
    return max((p for p in patterns if fnmatchcase(name, p)), key=len, default=None)


def layer_of(name: str) -> str:
    pattern = pattern_for(name, LAYER_OF)
    assert pattern is not None, f"{name} stands in no layer: give it one in {__file__}"
    return LAYER_OF[pattern]


def own_imports(module: Module) -> frozenset[str]:
    return frozenset(name for name in module.imports() if name.split(".")[0] == "modellock")


def libraries(module: Module) -> frozenset[str]:
    return frozenset(name.split(".")[0] for name in module.imports()) - {"modellock"}


@each_layered_module
def test_a_module_imports_from_its_own_layer_and_those_below(module: Module) -> None:
    height = LAYERS.index(layer_of(module.name))

    upwards = {
        name
        for name in own_imports(module)
        if not name.startswith(EMBEDDED_SERVERS) and LAYERS.index(layer_of(name)) > height
    }

    assert upwards == set()


def test_the_table_of_layers_names_only_what_there_is() -> None:
    names = [module.name for module in modules()]

    stale = {p for p in LAYER_OF if not any(fnmatchcase(name, p) for name in names)}

    assert stale == set()


@each_layered_module
def test_a_library_is_imported_by_its_owners_alone(module: Module) -> None:
    strangers = {
        library
        for library in libraries(module)
        if library in OWNERS or library not in sys.stdlib_module_names
        if pattern_for(module.name, OWNERS.get(library, ())) is None
    }

    assert strangers == set()


@each_layered_module
def test_the_core_touches_neither_disk_nor_clock_nor_network(module: Module) -> None:
    if layer_of(module.name) not in CORE:
        return

    assert libraries(module) & IMPURE == set()


def test_the_embedded_servers_use_nothing_of_what_they_test() -> None:
    servers = [module for module in modules() if module.name.startswith(EMBEDDED_SERVERS)]

    needs = {name for module in servers for name in own_imports(module) | libraries(module)}

    assert {
        name
        for name in needs
        if not name.startswith(EMBEDDED_SERVERS) and name not in sys.stdlib_module_names
    } == set()


def test_only_the_demo_starts_the_embedded_servers() -> None:
    users = {
        module.name
        for module in modules()
        if not module.name.startswith(EMBEDDED_SERVERS)
        if any(name.startswith(EMBEDDED_SERVERS) for name in own_imports(module))
    }

    assert users <= {"modellock.cli.demo"}


def test_no_modules_import_each_other_in_a_circle() -> None:
    imports = {module.name: own_imports(module) - {module.name} for module in modules()}

    assert circles(imports) == {}


def circles(imports: Mapping[str, frozenset[str]]) -> dict[str, frozenset[str]]:
    """What is left without those that import nothing or are imported by nobody, time after time."""
    needed = frozenset[str]().union(*imports.values())
    left = {
        name: needs & imports.keys()
        for name, needs in imports.items()
        if name in needed and needs & imports.keys()
    }
    return left if left == imports else circles(left)


@each_module
def test_imports_are_absolute(module: Module) -> None:
    relative = [n for n in ast.walk(module.tree) if isinstance(n, ast.ImportFrom) and n.level]

    assert relative == []


@each_module
def test_a_module_reads_in_one_sitting(module: Module) -> None:
    assert module.lines <= 300 or module.name in LONG_MODULES


@each_module
def test_a_function_fits_on_one_screen(module: Module) -> None:
    long = {f"{module.name}:{name}" for name, lines in module.functions() if lines > 45}

    assert long <= LONG_FUNCTIONS.keys()


@pytest.mark.parametrize(
    ("listed", "long"),
    [
        (LONG_MODULES, {module.name for module in modules() if module.lines > 300}),
        (
            LONG_FUNCTIONS,
            {
                f"{module.name}:{name}"
                for module in modules()
                for name, lines in module.functions()
                if lines > 45
            },
        ),
    ],
)
def test_an_exception_is_listed_only_while_it_is_needed(
    listed: dict[str, str], long: set[str]
) -> None:
    assert listed.keys() <= long


@each_module
def test_a_module_is_named_by_a_noun_of_the_domain(module: Module) -> None:
    assert module.name.rpartition(".")[2] not in NO_NOUN


@pytest.mark.parametrize("verb", ["lock", "sync", "status"])
def test_no_module_takes_the_place_of_a_public_function(verb: str) -> None:
    assert f"modellock.{verb}" not in {module.name for module in modules()}


@each_module
def test_type_checkers_and_the_interpreter_see_the_same_imports(module: Module) -> None:
    if module.path.endswith("__init__.py"):
        return

    named = {n.id for n in ast.walk(module.tree) if isinstance(n, ast.Name)}

    assert "TYPE_CHECKING" not in named
