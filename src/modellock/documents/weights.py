"""What files of a model repository are: which weight format, which quantisation, which shard.

The patterns are documented in docs/reference/selection.md, which a test compares with this module.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence

EVERY_FORMAT = "*"

# In this order: `openvino_model.bin` is OpenVINO before it is a pickle. Case does not count.
_FORMAT_PATTERNS: Mapping[str, str] = {
    "safetensors": r".*\.safetensors(\.index\.json)?",
    "gguf": r".*\.gguf",
    "openvino": r"(.*/)?openvino[^/]*\.(bin|xml)|(.*/)?openvino/.*\.(bin|xml)",
    "coreml": r".*\.mlmodel|.*\.ml(package|modelc)/.*",
    "onnx": r".*\.onnx([._]data(_\d+)?)?",
    "tensorflow": r".*\.h5(\.index\.json)?",
    "flax": r".*\.msgpack(\.index\.json)?",
    "pickle": r".*\.(bin|pt|pth|ckpt)(\.index\.json)?",
}
FORMATS = tuple(_FORMAT_PATTERNS)
_COMPILED = {name: re.compile(text, re.IGNORECASE) for name, text in _FORMAT_PATTERNS.items()}
_FORMAT_FOLDER = re.compile(
    r"(onnx|openvino|coreml|gguf|tf|tensorflow|flax|pytorch)|.*\.ml(package|modelc)", re.IGNORECASE
)
_SHARD = re.compile(
    r"(?P<stem>.*)-(?P<number>\d{5,9})-of-(?P<count>\d{5,9})(?P<suffix>\.\w+)", re.ASCII
)
_CHECKSUMS = re.compile(
    r"(.*[._-])?(sha(1|256|384|512)(sums?)?|md5(sums?)?|b2sums?|b3sums?|checksums?)(\.txt)?",
    re.IGNORECASE,
)
_SIGNATURES = re.compile(
    r".*\.(asc|sig|minisig|sigstore(\.json|\.bundle)?|intoto\.jsonl|pem|crt|cert)", re.IGNORECASE
)


def format_of(path: str) -> str | None:
    """The weight format of a file; None for one that is no weights."""
    for name, pattern in _COMPILED.items():
        if pattern.fullmatch(path):
            return name
    return None


def home_of(path: str) -> str:
    """The directory whose weights a file is a copy of.

    Its own; for a file in a folder that holds one format (`onnx/model.onnx`), the folder's parent.
    """
    segments = path.split("/")[:-1]
    for position, segment in enumerate(segments):
        if _FORMAT_FOLDER.fullmatch(segment):
            return "/".join(segments[:position])
    return "/".join(segments)


def complete_directories(paths: Iterable[str]) -> frozenset[str]:
    """The directories that hold a complete safetensors set: every shard of every set."""
    shards: dict[tuple[str, str, int], set[int]] = {}
    whole: set[str] = set()
    for path in paths:
        if not path.lower().endswith(".safetensors"):
            continue
        shard = _SHARD.fullmatch(path)
        if shard is None:
            whole.add(home_of(path))
        else:
            key = (home_of(path), shard["stem"], int(shard["count"]))
            shards.setdefault(key, set()).add(int(shard["number"]))
    lacking = {key[0] for key, numbers in shards.items() if len(numbers) < key[2]}
    return frozenset((whole | {key[0] for key in shards}) - lacking)


def quantisations(paths: Sequence[str]) -> dict[str, list[str]]:
    """The GGUF models among files: a name or pattern that selects each, and its files.

    Parts of one model (`…-00001-of-00003.gguf`) count once; a projector (`mmproj…`) is no model.
    """
    groups: dict[str, list[str]] = {}
    for path in sorted(paths):
        if format_of(path) != "gguf" or path.rpartition("/")[2].lower().startswith("mmproj"):
            continue
        shard = _SHARD.fullmatch(path)
        name = path if shard is None else f"{shard['stem']}-*-of-{shard['count']}{shard['suffix']}"
        groups.setdefault(name, []).append(path)
    return groups


def is_weight_index(path: str) -> bool:
    """Whether a file lists the shards of a model's weights."""
    return path.endswith(".index.json") and format_of(path) is not None


def shards_of(path: str, content: bytes) -> frozenset[str]:
    """The files that a weight index names, relative to the repository; ValueError if it is none.

    The form is transformers': `{"weight_map": {"tensor": "file"}}`, files beside the index.
    """
    try:
        document = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{path!r} is not a weight index: it is not JSON") from error
    weight_map = document.get("weight_map") if isinstance(document, dict) else None
    if not isinstance(weight_map, dict) or not all(isinstance(n, str) for n in weight_map.values()):
        raise ValueError(f"{path!r} is not a weight index: it has no `weight_map`")
    folder = path.rpartition("/")[0]
    return frozenset(f"{folder}/{name}" if folder else name for name in weight_map.values())


def is_checksum_or_signature(name: str) -> bool:
    """Whether a release asset says something of another asset, and is no model itself."""
    return bool(_CHECKSUMS.fullmatch(name) or _SIGNATURES.fullmatch(name))
