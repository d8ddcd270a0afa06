"""What a Hub's cache knows of a commit besides its files: which there are, and which are not."""

import json
from collections.abc import Iterable

from modellock.documents.lockfile import LockedFile, LockedModel
from modellock.documents.weights import format_of
from modellock.values.digest import git_id_of_bytes

_FORMAT_VERSION = 1
_CONFIGURATION = "config.json"
_OPTIONAL = (
    "adapter_config.json",
    "added_tokens.json",
    "chat_template.jinja",
    "config_sentence_transformers.json",
    "generation_config.json",
    "model.safetensors",
    "model.safetensors.index.json",
    "modules.json",
    "preprocessor_config.json",
    "processor_config.json",
    "sentence_bert_config.json",
    "special_tokens_map.json",
    "tokenizer.model",
    "video_preprocessor_config.json",
)
"""What transformers 5.23 and sentence-transformers 6.2 look up besides what they load, one request
each; seen in the requests of their loaders at a pinned commit."""


def listing_of(files: Iterable[LockedFile]) -> bytes:
    """The text of `trees/<commit>.json`, by which huggingface_hub knows a whole snapshot.

    It lists locked files alone, so that a selection counts as whole. Which of them upstream keeps
    in git-lfs is not locked: of each, `blob_id` is the id that its pointer has, or would have.
    """
    entries = {file.path: _entry(file) for file in files}
    document = {"format_version": _FORMAT_VERSION, "files": entries}
    # With an indent, 10,000 files take 60 ms longer: Python's encoder in place of C's.
    return json.dumps(document, separators=(",", ":")).encode()


def absent_names(model: LockedModel, twins: Iterable[LockedModel]) -> list[str]:
    """The optional files that loaders of a model would look up upstream, and the lock has not.

    `twins` are all models with its commit.
    """
    own = {file.path for file in model.files}
    if model.type != "model" or _CONFIGURATION not in own or not any(map(format_of, own)):
        return []
    locked = {file.path for twin in twins for file in twin.files}
    return [name for name in _OPTIONAL if name not in locked]


def _entry(file: LockedFile) -> dict[str, str | int]:
    sha256 = file.digest.value
    # The text that git holds in place of a large file (git-lfs, docs/spec.md).
    pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{sha256}\nsize {file.size}\n"
    return {
        "size": file.size,
        "blob_id": git_id_of_bytes(pointer.encode()),
        "lfs_sha256": sha256,
        "lfs_size": file.size,
    }
