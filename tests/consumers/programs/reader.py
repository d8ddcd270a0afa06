"""Load a model of a cache again and again: `reader.py ID MARKS LOADS`.

Makes the file `begun` in the folder MARKS after the first round, `enough` once LOADS of each kind
gave a whole model, and ends where there is `end`. Prints how many loads of each kind gave a whole
model, failed, and gave anything else.
"""

import json
import os
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from transformers import AutoModelForCausalLM, AutoTokenizer, pipeline

VERSIONS = ("1", "2")


def main() -> None:
    name, marks, loads = sys.argv[1:]
    counts = {kind: Counter[str]() for kind in KINDS}
    while not os.path.exists(os.path.join(marks, "end")):
        for kind, load in KINDS.items():
            counts[kind][outcome_of(load, name)] += 1
        Path(marks, "begun").touch()
        if all(counted["whole"] >= int(loads) for counted in counts.values()):
            Path(marks, "enough").touch()
    print(json.dumps(counts))


def outcome_of(load: Callable[[str], list[Any]], name: str) -> str:
    """`whole`, `failed`, or what the parts said of their versions."""
    try:
        parts = [str(part) for part in load(name)]
    except Exception:  # noqa: BLE001 - however a load fails, it gave no wrong model
        return "failed"
    return "whole" if set(parts) in ({version} for version in VERSIONS) else " ".join(parts)


def model(name: str) -> list[Any]:
    return parts_of(AutoModelForCausalLM.from_pretrained(name))


def tokenizer(name: str) -> list[Any]:
    return tokens_of(AutoTokenizer.from_pretrained(name))


def both(name: str) -> list[Any]:
    generate = pipeline("text-generation", name)
    return [*parts_of(generate.model), *tokens_of(generate.tokenizer)]


def parts_of(loaded: Any) -> list[Any]:
    weights = [int(value) for parameter in loaded.parameters() for value in parameter.unique()]
    version = loaded.config.task_specific_params["version"]
    return [version, *sorted(set(weights)), loaded.generation_config.max_new_tokens]


def tokens_of(loaded: Any) -> list[Any]:
    known = [word for word in loaded.get_vocab() if word.startswith("version")]
    return [*(word[-1] for word in known), loaded.model_max_length, loaded.chat_template]


KINDS: dict[str, Callable[[str], list[Any]]] = {
    "model": model,
    "tokenizer": tokenizer,
    "pipeline": both,
}

main()
