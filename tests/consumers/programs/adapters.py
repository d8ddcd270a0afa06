"""Load an adapter in each way there is: `adapters.py BASE ADAPTER`, as ids or as folders."""

import json
import sys
from typing import Any

from peft import AutoPeftModelForCausalLM, PeftModel
from transformers import AutoModelForCausalLM


def main() -> None:
    base, adapter = sys.argv[1:]
    loaded = {
        "AutoPeftModel": AutoPeftModelForCausalLM.from_pretrained(adapter),
        "PeftModel": PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained(base), adapter),
        "AutoModel": AutoModelForCausalLM.from_pretrained(adapter),
    }
    print(json.dumps({name: weights_of(model) for name, model in loaded.items()}))


def weights_of(model: Any) -> list[list[float]]:
    """The values in the weights of the base, and in those of the adapter."""
    base: set[float] = set()
    adapter: set[float] = set()
    for name, parameter in model.named_parameters():
        values = adapter if "lora_" in name else base
        values.update(float(value) for value in parameter.unique())
    return [sorted(base), sorted(adapter)]


main()
