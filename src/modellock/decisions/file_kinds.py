"""What files are for: to a reviewer, other weights are more than another README."""

import re
from collections.abc import Iterable

from modellock.documents.weights import format_of

# In this order: `tokenizer_config.json` is the tokenizer's, `modeling.py` is code wherever it lies.
_PATTERNS = {
    "code": r".*\.(py|ipynb|sh|so|dll|js)",
    "tokenizer": r"(.*/)?(tokenizer|vocab|merges|special_tokens|added_tokens|spiece)[^/]*"
    r"|.*\.tiktoken",
    "documentation": r".*\.(md|txt|rst|pdf|png|jpe?g|gif|svg)|(.*/)?(license|notice|\.git)[^/]*",
    "configuration": r".*\.(json|ya?ml|toml|ini|cfg|jinja)",
}
_COMPILED = {kind: re.compile(text, re.IGNORECASE) for kind, text in _PATTERNS.items()}
KINDS = ("weights", "code", "tokenizer", "configuration", "documentation", "other files")
"""The gravest first."""


def kind_of(path: str) -> str:
    """One of KINDS."""
    if format_of(path) is not None:
        return "weights"
    return next((kind for kind, found in _COMPILED.items() if found.fullmatch(path)), KINDS[-1])


def kinds_of(paths: Iterable[str]) -> tuple[str, ...]:
    """The kinds among some files, the gravest first."""
    found = {kind_of(path) for path in paths}
    return tuple(kind for kind in KINDS if kind in found)
