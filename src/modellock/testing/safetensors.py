"""Small weights in the safetensors format.

The format: eight bytes with the header's length (little endian), the header as JSON, the tensors'
bytes (https://github.com/huggingface/safetensors#format).
"""

import hashlib
import json
import struct
from typing import Any

_WIDTH = 8
_FLOAT_BYTES = 4
_HEADER_MULTIPLE = 8


def safetensors_bytes(seed: int | str, rows: int = 64) -> bytes:
    """Two float32 tensors, `embeddings.weight` and `pooler.bias`, that follow from `seed`.

    About `32 * rows` bytes.
    """
    weight = _floats(f"{seed} weight", rows * _WIDTH)
    bias = _floats(f"{seed} bias", _WIDTH)
    header: dict[str, Any] = {
        "__metadata__": {"format": "pt"},
        "embeddings.weight": _tensor([rows, _WIDTH], 0, len(weight)),
        "pooler.bias": _tensor([_WIDTH], len(weight), len(weight) + len(bias)),
    }
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % _HEADER_MULTIPLE)
    return struct.pack("<Q", len(text)) + text + weight + bias


def _tensor(shape: list[int], begin: int, end: int) -> dict[str, Any]:
    return {"dtype": "F32", "shape": shape, "data_offsets": [begin, end]}


def _floats(seed: str, count: int) -> bytes:
    """Finite numbers between -1 and 1."""
    noise = hashlib.shake_256(seed.encode()).digest(count)
    return struct.pack(f"<{count}f", *((byte - 128) / 128 for byte in noise))
