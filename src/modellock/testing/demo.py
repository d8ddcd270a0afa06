"""A small world to show and to test things in: two Hub models and a GitHub repository.

Everything follows from this text, so every run of it has the same commits, ids and hashes.
"""

import hashlib
import json

from modellock.testing.github.server import EmbeddedGitHub
from modellock.testing.hub.server import EmbeddedHub
from modellock.testing.safetensors import safetensors_bytes

MINILM = "acme/minilm"
DETECTOR = "acme/detector"
WHISPER = "acme/whisper-models"

_VOCABULARY = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "a", "lock", "model", "of", "small", "the")
_CARD = """\
---
license: apache-2.0
---
# MiniLM

A sentence encoder small enough to read with a hex editor.
"""


def demo_hub(hub: EmbeddedHub) -> None:
    """Publish a sentence encoder, with weights in two formats, and a detector, v1.0 to v2.0."""
    hub.publish(MINILM, _minilm("minilm 1"), tag="v1.0", license="apache-2.0")
    for version in ("1.0", "1.1", "1.2", "2.0"):
        hub.publish(
            DETECTOR,
            {
                "config.json": _json({"model_type": "detector", "version": version}),
                "model.safetensors": safetensors_bytes(f"detector {version}"),
            },
            tag=f"v{version}",
            message=f"Detector {version}",
            license="mit",
        )


def demo_upstream_change(hub: EmbeddedHub) -> str:
    """What may happen to `main` overnight: other weights, another configuration. The new commit."""
    changed = _minilm("minilm 2")
    names = ("config.json", "model.safetensors", "pytorch_model.bin")
    files = {name: changed[name] for name in names}
    files["config.json"] = _json({**_config(), "max_position_embeddings": 512})
    return hub.publish(MINILM, files, message="Train for another week")


def demo_github(github: EmbeddedGitHub) -> None:
    """Publish speech models: four releases, one of them a pre-release, each with its checksums."""
    for version in ("1.3.0", "1.4.0", "1.4.2", "2.0.0-rc.1"):
        files = {
            "whisper-small.bin": safetensors_bytes(f"whisper-small {version}", rows=256),
            "whisper-tiny.bin": safetensors_bytes(f"whisper-tiny {version}"),
            "tokenizer.json": _tokenizer(),
        }
        github.publish(
            WHISPER,
            f"v{version}",
            {**files, "SHA256SUMS": _checksums(files)},
            title=f"Whisper {version}",
            prerelease="rc" in version,
        )


def _minilm(seed: str) -> dict[str, bytes]:
    return {
        ".gitattributes": b"*.safetensors filter=lfs diff=lfs merge=lfs -text\n",
        "README.md": _CARD.encode(),
        "config.json": _json(_config()),
        "model.safetensors": safetensors_bytes(seed),
        "pytorch_model.bin": safetensors_bytes(f"{seed} bin"),
        "tokenizer.json": _tokenizer(),
        "tokenizer_config.json": _json({"tokenizer_class": "PreTrainedTokenizerFast"}),
        "vocab.txt": "\n".join([*_VOCABULARY, ""]).encode(),
    }


def _config() -> dict[str, object]:
    return {
        "architectures": ["BertModel"],
        "hidden_size": 8,
        "max_position_embeddings": 64,
        "model_type": "bert",
        "vocab_size": len(_VOCABULARY),
    }


def _tokenizer() -> bytes:
    vocabulary = {word: number for number, word in enumerate(_VOCABULARY)}
    return _json(
        {
            "version": "1.0",
            "truncation": None,
            "padding": None,
            "added_tokens": [],
            "normalizer": {"type": "Lowercase"},
            "pre_tokenizer": {"type": "Whitespace"},
            "post_processor": None,
            "decoder": None,
            "model": {"type": "WordLevel", "vocab": vocabulary, "unk_token": "[UNK]"},
        }
    )


def _checksums(files: dict[str, bytes]) -> bytes:
    lines = [f"{hashlib.sha256(files[name]).hexdigest()}  {name}\n" for name in sorted(files)]
    return "".join(lines).encode()


def _json(value: dict[str, object]) -> bytes:
    return (json.dumps(value, indent=2) + "\n").encode()
