"""What a model's small files refer to: code beside them, and other repositories.

The shapes are those of transformers (`auto_map`), peft (`adapter_config.json`), diffusers
(`modular_model_index.json`) and sentence-transformers (`modules.json`, `router_config.json`).
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from modellock.values.origins import parse_hub_id, parse_ref
from modellock.values.paths import parse_path

LARGEST_CONFIGURATION = 10_000_000
"""Bytes. Larger ones are no configuration, and nobody's loader reads them for references."""

_MAIN = "main"
_RELATIVE_IMPORT = re.compile(
    r"^[ \t]*(?:from[ \t]+\.(\w+)[ \t]+import|import[ \t]+\.(\w+))", re.MULTILINE
)


class Role(StrEnum):
    """What a loader wants of the other repository; the value is how messages call it."""

    CODE = "code"
    BASE = "base model"
    COMPONENT = "component"


@dataclass(frozen=True, slots=True, order=True)
class Reference:
    """Another repository that a loader of the model fetches from."""

    repository: str
    role: Role
    path: str
    """The file that says so."""

    revision: str = _MAIN
    """As the file says; `main` where it says none, as loaders take it."""

    subfolder: str = ""
    """The part of the repository that is wanted; empty for all of it."""


def may_refer(path: str) -> bool:
    """Whether a file of this name is one that loaders read references from."""
    name = path.rpartition("/")[2]
    return name in _READERS or name.endswith("processor_config.json")


def references_in(path: str, content: bytes) -> tuple[Reference, ...]:
    """The references in one configuration file; none where it is not what its name says.

    What names no repository that a Hub could have, such as a directory of the machine that the
    model was made on, is no reference.
    """
    document = _document(content)
    read = _READERS.get(path.rpartition("/")[2], _classes_of_auto_map)
    return tuple(sorted(set(read(path, document))))


def modules_in(path: str, content: bytes, repository: str) -> frozenset[str]:
    """The files of the model's own repository whose code a configuration file names."""
    name, document = path.rpartition("/")[2], _document(content)
    if name in _CLASS_FILES:
        classes = _CLASS_FILES[name](document)
    elif may_refer(path) and name not in _READERS_OF_MODELS:
        classes = _auto_map_classes(document)
    else:
        return frozenset()
    own = f"{repository}--"
    found = (re.fullmatch(r"(\w+)\.\w+", text.removeprefix(own)) for text in classes)
    return frozenset(f"{one[1]}.py" for one in found if one and one[1] != "sentence_transformers")


def modules_imported(path: str, content: bytes) -> frozenset[str]:
    """The files that a Python file imports relatively, beside it: loaders fetch them too."""
    text = content.decode("utf-8", "replace")
    folder = path.rpartition("/")[0]
    names = (one[1] or one[2] for one in _RELATIVE_IMPORT.finditer(text))
    return frozenset(f"{folder}/{name}.py" if folder else f"{name}.py" for name in names)


def _document(content: bytes) -> Any:
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        return None


def _classes_of_auto_map(path: str, document: Any) -> Iterator[Reference]:
    yield from _code(path, _auto_map_classes(document))


def _classes_of_modules(path: str, document: Any) -> Iterator[Reference]:
    yield from _code(path, _module_classes(document))


def _classes_of_router(path: str, document: Any) -> Iterator[Reference]:
    yield from _code(path, _router_classes(document))


def _base(path: str, document: Any) -> Iterator[Reference]:
    adapter = _table(document)
    base = adapter.get("base_model_name_or_path")
    yield from _reference(Role.BASE, path, base, adapter.get("revision"))


def _components(path: str, document: Any) -> Iterator[Reference]:
    # `[library, class, {"pretrained_model_name_or_path": …, "subfolder": …, "revision": …}]`
    for value in _table(document).values():
        if isinstance(value, list) and value and isinstance(value[-1], dict):
            one = value[-1]
            name, revision = one.get("pretrained_model_name_or_path"), one.get("revision")
            for found in _reference(Role.COMPONENT, path, name, revision):
                yield _within(found, one.get("subfolder"))


def _auto_map_classes(document: Any) -> Iterator[str]:
    # At the top, and in the parts of a model that has some (`text_config`, `vision_config`).
    tables = [_table(document), *(_table(value) for value in _table(document).values())]
    for auto_map in (table.get("auto_map") for table in tables):
        # A tokenizer's entry is a pair of classes, slow and fast.
        values = auto_map.values() if isinstance(auto_map, dict) else [auto_map]
        for value in values:
            yield from (text for text in _list(value) if isinstance(text, str))


def _module_classes(document: Any) -> Iterator[str]:
    types = (_table(module).get("type") for module in _list(document))
    return (text for text in types if isinstance(text, str))


def _router_classes(document: Any) -> Iterator[str]:
    types = _table(_table(document).get("types")).values()
    return (text for text in types if isinstance(text, str))


def _code(path: str, classes: Iterator[str]) -> Iterator[Reference]:
    # `org/repo--module.Class`
    for text in classes:
        repository, dashes, _ = text.partition("--")
        if dashes:
            yield from _reference(Role.CODE, path, repository, None)


def _reference(role: Role, path: str, repository: Any, revision: Any) -> Iterator[Reference]:
    if not isinstance(repository, str):
        return
    try:
        yield Reference(parse_hub_id(repository), role, path, parse_ref(str(revision or _MAIN)))
    except ValueError:
        return


def _within(whole: Reference, subfolder: Any) -> Reference:
    try:
        part = parse_path(str(subfolder or "").strip("/"))
    except ValueError:
        return whole
    return Reference(whole.repository, whole.role, whole.path, whole.revision, part)


def _table(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


_READERS_OF_MODELS = {
    "adapter_config.json": _base,
    "modular_model_index.json": _components,
}
_READERS = {
    **_READERS_OF_MODELS,
    "config.json": _classes_of_auto_map,
    "tokenizer_config.json": _classes_of_auto_map,
    "modules.json": _classes_of_modules,
    "router_config.json": _classes_of_router,
}
_CLASS_FILES = {"modules.json": _module_classes, "router_config.json": _router_classes}
