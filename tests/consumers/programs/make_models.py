"""Make tiny models as `save_pretrained` writes them: `make_models.py FOLDER`.

Every parameter of version N is N, as are the numbers in its configurations: whatever is loaded says
which version it is of, file by file.
"""

import json
import os
import sys

import torch
from peft import LoraConfig, get_peft_model
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import (
    GenerationConfig,
    GPT2Config,
    GPT2LMHeadModel,
    PreTrainedTokenizerFast,
)

WORDS = ("[UNK]", "[PAD]", "hello", "world")


def main() -> None:
    (folder,) = sys.argv[1:]
    for version in (1, 2, 3):
        save(os.path.join(folder, f"gpt-{version}"), version, max_shard_size="6KB")
        save(os.path.join(folder, f"whole-{version}"), version, max_shard_size="1GB")
    adapt(os.path.join(folder, "whole-1"), os.path.join(folder, "lora"))


def save(folder: str, version: int, *, max_shard_size: str) -> None:
    tokenizer = Tokenizer(models.WordLevel(vocabulary(version), unk_token="[UNK]"))  # noqa: S106
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        unk_token="[UNK]",  # noqa: S106
        pad_token="[PAD]",  # noqa: S106
        model_max_length=version,
        chat_template=str(version),
    ).save_pretrained(folder)
    # Version 5 writes a class that version 4 does not know.
    with open(os.path.join(folder, "tokenizer_config.json"), "r+", encoding="utf-8") as file:
        config = {**json.load(file), "tokenizer_class": "PreTrainedTokenizerFast"}
        file.seek(0)
        json.dump(config, file)
        file.truncate()
    model = filled(version)
    model.generation_config = GenerationConfig(max_new_tokens=version)
    model.save_pretrained(folder, max_shard_size=max_shard_size)


def vocabulary(version: int) -> dict[str, int]:
    return {word: number for number, word in enumerate([*WORDS, f"version{version}"])}


def filled(version: int) -> GPT2LMHeadModel:
    model = GPT2LMHeadModel(
        GPT2Config(
            vocab_size=len(WORDS) + 1,
            n_embd=16,
            n_layer=2,
            n_head=2,
            n_positions=32,
            bos_token_id=0,
            eos_token_id=0,
            task_specific_params={"version": version},
        )
    )
    fill(model, version)
    return model


def fill(model: torch.nn.Module, version: int) -> None:
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.fill_(float(version))


def adapt(base: str, folder: str) -> None:
    """An adapter as training on a Hub's model leaves it: it names its base, and no revision."""
    config = LoraConfig(task_type="CAUSAL_LM", r=2, target_modules=["c_attn"], fan_in_fan_out=True)
    model = get_peft_model(GPT2LMHeadModel.from_pretrained(base), config)
    fill(model, 7)
    model.peft_config["default"].base_model_name_or_path = "acme/base"
    model.save_pretrained(folder)


main()
