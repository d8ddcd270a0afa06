"""Load models of a cache through transformers: `transformers_loads.py '[["ID", "REV" or null]…]'`.

Prints for each what its parts say of their version.
"""

import json
import sys
from typing import Any

from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer, pipeline


def main() -> None:
    asked = json.loads(sys.argv[1])
    print(json.dumps([loaded(*one) for one in asked]))


def loaded(name: str, revision: str | None) -> dict[str, Any]:
    options: dict[str, Any] = {} if revision is None else {"revision": revision}
    generate = pipeline("text-generation", name, **options)
    return {
        "config": version_of(AutoConfig.from_pretrained(name, **options)),
        "model": parts_of(AutoModelForCausalLM.from_pretrained(name, **options)),
        "local": parts_of(
            AutoModelForCausalLM.from_pretrained(name, local_files_only=True, **options)
        ),
        "tokenizer": tokens_of(AutoTokenizer.from_pretrained(name, **options)),
        "pipeline": [*parts_of(generate.model), *tokens_of(generate.tokenizer)],
    }


def parts_of(model: Any) -> list[int]:
    """Of configuration, weights and generation; the weights must agree among themselves."""
    weights = {int(value) for parameter in model.parameters() for value in parameter.unique()}
    assert len(weights) == 1, weights
    return [version_of(model.config), *weights, model.generation_config.max_new_tokens]


def version_of(config: Any) -> int:
    version: int = config.task_specific_params["version"]
    return version


def tokens_of(tokenizer: Any) -> list[int]:
    """Of vocabulary, configuration and template."""
    known = [word for word in tokenizer.get_vocab() if word.startswith("version")]
    (word,) = known
    return [int(word[-1]), tokenizer.model_max_length, int(tokenizer.chat_template)]


main()
