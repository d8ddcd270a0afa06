"""The file lines of models.lock, read ten times as fast as TOML where the writer wrote them.

A lock is hardly anything else, and `modellock.documents.lock_writer` gives each the same form. What
has another one, or stands where none should, is left to the TOML parser, with all its refusals.
"""

import re
from typing import Any

from modellock.documents.toml_text import load_toml
from modellock.values.digest import sha256_of_bytes
from modellock.values.tables import TableError

_PARTS = (
    r'    \{{ path = "{0}[^"\\\x00-\x1f\x7f]+)", size = {0}0|[1-9][0-9]{{0,18}}), '
    r'sha256 = "{0}[0-9a-f]{{64}})"(?:, asset-id = {0}0|[1-9][0-9]{{0,18}}))? \}},\n'
)
_FILE = re.compile(_PARTS.format("("))
_ARRAY = re.compile(rf"^(files|archives) = \[\n((?:{_PARTS.format('(?:')})+)\]\n", re.MULTILINE)
_STRINGS_OF_LINES = ('"""', "'''")


def load_lock(text: str) -> dict[str, Any]:
    """What a TOML parser makes of models.lock. Raises TableError where it is none."""
    if any(sign in text for sign in _STRINGS_OF_LINES):
        return load_toml(text)
    # Nobody can write a lock that has its own hash in it.
    mark = sha256_of_bytes(text.encode("utf-8", "surrogatepass")).value
    arrays: dict[str, str] = {}

    def put_aside(found: re.Match[str]) -> str:
        name = f"{mark} {len(arrays)}"
        arrays[name] = found[2]
        return f'{found[1]} = "{name}"\n'

    short = _ARRAY.sub(put_aside, text)
    try:
        document = load_toml(short)
        return document if _put_back(document, arrays) else load_toml(text)
    except TableError:
        # Again, for the line that it names.
        return load_toml(text)


def _put_back(document: dict[str, Any], arrays: dict[str, str]) -> bool:
    """Put entries where their array was; False where one stood outside of a model."""
    models = document.get("models")
    for model in models.values() if isinstance(models, dict) else ():
        for key in ("files", "archives"):
            name = model.get(key) if isinstance(model, dict) else None
            if isinstance(name, str) and name in arrays:
                model[key] = _entries(arrays.pop(name))
    return not arrays


def _entries(lines: str) -> list[dict[str, Any]]:
    return [
        {"path": path, "size": int(size), "sha256": sha256, **_asset(asset_id)}
        for path, size, sha256, asset_id in _FILE.findall(lines)
    ]


def _asset(number: str) -> dict[str, int]:
    return {"asset-id": int(number)} if number else {}
