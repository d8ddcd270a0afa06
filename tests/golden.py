"""Golden documents, and how tests change one thing in them."""

import os

from tests.source_tree import ROOT

FOLDER = os.path.join(ROOT, "tests", "data", "golden")
LOCK_FOLDER = os.path.join(FOLDER, "lock-1.0")


def golden_locks() -> list[str]:
    """Names of the golden locks of lock-version 1.0."""
    return sorted(os.listdir(LOCK_FOLDER))


def golden_lock(name: str) -> str:
    return _read(os.path.join(LOCK_FOLDER, name))


def golden_manifest() -> str:
    return _read(os.path.join(FOLDER, "every-key.toml"))


def edited(text: str, old: str, new: str) -> str:
    """The text with its first `old` replaced, as an editor or an attacker would."""
    assert old in text
    return text.replace(old, new, 1)


def _read(path: str) -> str:
    with open(path, encoding="utf-8", newline="") as file:
        return file.read()
