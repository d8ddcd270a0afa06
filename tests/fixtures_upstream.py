"""Repositories and releases laid out as those are that people lock, with a few bytes in each file.

Each function fills an embedded service and says whose layout it follows.
"""

import hashlib
import json
from collections.abc import Mapping

from modellock.testing import EmbeddedGitHub, EmbeddedHub, safetensors_bytes

EMBEDDING = "acme/embed-text"
EMBEDDING_CODE = "acme/bert-code"
ADAPTER = "acme/support-lora"
SHARDED = "acme/large"
MANY_FORMATS = "acme/multilingual-small"
QUANTISED = "acme/chat-GGUF"
VOICES = "acme/voices"
IN_PARTS = "acme/speech-models"
WITHOUT_VERSIONS = "acme/pose-models"

QUANTISATIONS = ("IQ4_XS", "Q2_K", "Q3_K_L", "Q3_K_M", "Q4_0", "Q4_K_M", "Q4_K_S", "Q5_K_M",
                 "Q6_K_L", "Q8_0")  # fmt: skip

_TOKENIZER: Mapping[str, bytes] = {
    "special_tokens_map.json": b"{}\n",
    "tokenizer.json": b'{"version": "1.0"}\n',
    "tokenizer_config.json": b'{"model_max_length": 8192}\n',
}


def remote_code_embedding(hub: EmbeddedHub) -> None:
    """Weights in one repository, their Python code in another: nomic-ai/nomic-embed-text-v1.5."""
    module = f"{EMBEDDING_CODE}--modeling_hf_bert"
    auto_map = {
        "AutoConfig": f"{EMBEDDING_CODE}--configuration_hf_bert.BertCodeConfig",
        "AutoModel": f"{module}.BertCodeModel",
        "AutoModelForMaskedLM": f"{module}.BertCodeForPreTraining",
    }
    modules = [
        {"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
        {
            "idx": 1,
            "name": "1",
            "path": "1_Pooling",
            "type": "sentence_transformers.models.Pooling",
        },
    ]
    hub.publish(
        EMBEDDING,
        {
            ".gitattributes": b"*.safetensors filter=lfs diff=lfs merge=lfs -text\n",
            "1_Pooling/config.json": b'{"pooling_mode_mean_tokens": true}\n',
            "README.md": b"# Embed text\n",
            "config.json": _json({"architectures": ["BertCodeModel"], "auto_map": auto_map}),
            "config_sentence_transformers.json": b"{}\n",
            "model.safetensors": safetensors_bytes("embed text"),
            "modules.json": _json(modules),
            "onnx/model.onnx": bytes(700),
            "onnx/model_quantized.onnx": bytes(300),
            "sentence_bert_config.json": b'{"max_seq_length": 8192}\n',
            "vocab.txt": b"[PAD]\n",
            **_TOKENIZER,
        },
    )
    hub.publish(
        EMBEDDING_CODE,
        {
            "README.md": b"# Code\n",
            "config.json": b'{"model_type": "bert_code"}\n',
            "configuration_hf_bert.py": b"class BertCodeConfig: ...\n",
            "modeling_hf_bert.py": b"from .configuration_hf_bert import BertCodeConfig\n",
            "pytorch_model.bin": bytes(500),
        },
    )


def sharded_model(hub: EmbeddedHub) -> None:
    """Weights in shards with an index, in two formats: mistralai/Mistral-7B-v0.1."""
    safetensors = [f"model-{part:05}-of-00003.safetensors" for part in (1, 2, 3)]
    pickles = [f"pytorch_model-{part:05}-of-00002.bin" for part in (1, 2)]
    hub.publish(
        SHARDED,
        {
            "README.md": b"# Large\n",
            "config.json": b'{"model_type": "mistral"}\n',
            "generation_config.json": b"{}\n",
            **{name: safetensors_bytes(name) for name in safetensors},
            "model.safetensors.index.json": _index(safetensors),
            **{name: bytes(900) for name in pickles},
            "pytorch_model.bin.index.json": _index(pickles),
            "tokenizer.model": bytes(40),
            **_TOKENIZER,
        },
    )


def adapter_with_base(hub: EmbeddedHub) -> None:
    """A LoRA adapter and the sharded model that it adapts: what peft's `save_pretrained` leaves."""
    sharded_model(hub)
    configuration = {
        "auto_mapping": None,
        "base_model_name_or_path": SHARDED,
        "lora_alpha": 16,
        "peft_type": "LORA",
        "r": 8,
        "revision": None,
        "target_modules": ["q_proj", "v_proj"],
        "task_type": "CAUSAL_LM",
    }
    hub.publish(
        ADAPTER,
        {
            "README.md": b"# Support\n",
            "adapter_config.json": _json(configuration),
            "adapter_model.safetensors": safetensors_bytes("lora"),
            **_TOKENIZER,
        },
    )


def many_formats(hub: EmbeddedHub) -> None:
    """The same weights six times over: intfloat/multilingual-e5-small and its like."""
    hub.publish(
        MANY_FORMATS,
        {
            "1_Pooling/config.json": b"{}\n",
            "README.md": b"# Small\n",
            "config.json": b'{"model_type": "bert"}\n',
            "flax_model.msgpack": bytes(1_100),
            "model.safetensors": safetensors_bytes("multilingual"),
            "modules.json": b"[]\n",
            "onnx/config.json": b'{"model_type": "bert"}\n',
            "onnx/model.onnx": bytes(1_200),
            "onnx/model_O4.onnx": bytes(600),
            "onnx/model_qint8_avx512_vnni.onnx": bytes(300),
            "onnx/tokenizer.json": _TOKENIZER["tokenizer.json"],
            "openvino/openvino_model.bin": bytes(1_300),
            "openvino/openvino_model.xml": b"<net/>\n",
            "pytorch_model.bin": bytes(1_400),
            "sentencepiece.bpe.model": bytes(50),
            "tf_model.h5": bytes(1_500),
            **_TOKENIZER,
        },
    )


def quantised_model(hub: EmbeddedHub) -> None:
    """One file for each quantisation, the largest one in parts: bartowski's repositories."""
    single = {
        f"chat-{name}.gguf": bytes(1_000 + 100 * position)
        for position, name in enumerate(QUANTISATIONS[:-1])
    }
    parts = {f"chat-Q8_0/chat-Q8_0-{part:05}-of-00002.gguf": bytes(2_000 + part) for part in (1, 2)}
    hub.publish(QUANTISED, {"README.md": b"# Chat\n", "chat.imatrix": bytes(70), **single, **parts})


def voices(hub: EmbeddedHub) -> None:
    """Many voices in one repository, each a pair `.onnx` and `.onnx.json`: rhasspy/piper-voices."""
    files = {"README.md": b"# Voices\n", "voices.json": b"{}\n"}
    for language, voice in (("en/en_US", "lessac"), ("de/de_DE", "thorsten")):
        name = f"{language.partition('/')[2]}-{voice}-medium.onnx"
        folder = f"{language}/{voice}/medium"
        files |= {
            f"{folder}/MODEL_CARD": f"# {voice}\n".encode(),
            f"{folder}/samples/speaker_0.mp3": bytes(20),
            f"{folder}/{name}": bytes(800),
            f"{folder}/{name}.json": b'{"audio": {"sample_rate": 22050}}\n',
        }
    hub.publish(VOICES, files)


def release_with_parts(github: EmbeddedGitHub) -> None:
    """An archive above the 2 GiB that GitHub takes, split as `split` names the parts."""
    parts = {f"speech-large.tar.zst.part-a{letter}": bytes([65]) * 400 for letter in "abc"}
    small = {"speech-tiny.onnx": bytes(90), "speech-tiny.onnx.json": b"{}\n"}
    sums = [f"{hashlib.sha256(content).hexdigest()}  {name}\n" for name, content in parts.items()]
    github.publish(
        IN_PARTS,
        "v1.0.0",
        {
            **parts,
            **small,
            "SHA256SUMS": "".join(sums).encode(),
            "SHA256SUMS.asc": b"-----BEGIN PGP SIGNATURE-----\n",
        },
    )


def releases_without_versions(github: EmbeddedGitHub) -> None:
    """Tags that name dates and occasions; an older release was published again after a fix."""
    for tag, moment, is_draft in (
        ("nightly-2025-02-01", "2025-02-01T00:00:00Z", False),
        ("winter", "2025-04-01T00:00:00Z", False),
        ("spring", "2025-03-01T00:00:00Z", False),
        ("summer", "2025-06-01T00:00:00Z", True),
    ):
        github.publish(
            WITHOUT_VERSIONS,
            tag,
            {"pose.task": tag.encode()},
            published_at=moment,
            draft=is_draft,
        )


def _index(shards: list[str]) -> bytes:
    weight_map = {f"layers.{number}.weight": name for number, name in enumerate(shards)}
    return _json({"metadata": {"total_size": 1}, "weight_map": weight_map})


def _json(value: object) -> bytes:
    return (json.dumps(value, indent=2) + "\n").encode()
