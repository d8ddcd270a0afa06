"""What a model's small configuration files refer to in other repositories.

The shapes are those of transformers (`auto_map`), peft (`adapter_config.json`) and diffusers
(`modular_model_index.json`).
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from modellock.origins import parse_hub_id

# Larger ones are no configuration, and nobody's loader reads them for references.
LARGEST_CONFIGURATION = 10_000_000
_WITH_AUTO_MAP = ("config.json", "tokenizer_config.json", "processor_config.json")


@dataclass(frozen=True, slots=True, order=True)
class Reference:
    """Another repository that a loader of the model fetches from."""

    repository: str
    role: str
    """`code`, `base model` or `component`."""

    path: str
    """The file that says so."""


def may_refer(path: str) -> bool:
    """Whether a file of this name is one that loaders read references from."""
    name = path.rpartition("/")[2]
    return name.endswith(_WITH_AUTO_MAP) or name in (
        "adapter_config.json",
        "modular_model_index.json",
    )


def references_in(path: str, content: bytes) -> tuple[Reference, ...]:
    """The references in one configuration file; none where it is not what its name says."""
    try:
        document = json.loads(content)
    except (ValueError, RecursionError):
        return ()
    if not isinstance(document, dict):
        return ()
    name = path.rpartition("/")[2]
    if name == "adapter_config.json":
        found = _one(document.get("base_model_name_or_path"), "base model")
    elif name == "modular_model_index.json":
        found = _components(document)
    else:
        found = _code(document.get("auto_map"))
    return tuple(sorted({Reference(repository, role, path) for repository, role in found}))


def _code(auto_map: Any) -> Iterator[tuple[str, str]]:
    # `org/repo--module.Class`; a tokenizer's entry is a pair of classes, slow and fast.
    values = auto_map.values() if isinstance(auto_map, dict) else [auto_map]
    for value in values:
        for text in value if isinstance(value, list) else [value]:
            if isinstance(text, str) and "--" in text:
                yield from _one(text.partition("--")[0], "code")


def _components(document: dict[str, Any]) -> Iterator[tuple[str, str]]:
    # `[library, class, {"pretrained_model_name_or_path": …}]`
    for value in document.values():
        if isinstance(value, list) and value and isinstance(value[-1], dict):
            yield from _one(value[-1].get("pretrained_model_name_or_path"), "component")


def _one(repository: Any, role: str) -> Iterator[tuple[str, str]]:
    if not isinstance(repository, str):
        return
    try:
        yield parse_hub_id(repository), role
    except ValueError:
        # A path of the machine that the model was made on, most often.
        return
