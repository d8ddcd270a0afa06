"""A lock read block by block, so that one that is damaged in places still gives what is whole."""

import re
from itertools import pairwise

from modellock.documents.lock_reader import read_model
from modellock.documents.lockfile import LockedModel
from modellock.documents.toml_text import load_toml
from modellock.values.tables import Table, TableError

# The writer begins every model with such a line of its own.
_HEADER = re.compile(r"(?m)^\[models\.[^\n]*\][ \t]*\r?$")


def read_blocks(text: str) -> dict[str, LockedModel | None]:
    """The models of a lock by name; None for one whose block is not whole, or is there twice."""
    starts = [found.start() for found in _HEADER.finditer(text)]
    models: dict[str, LockedModel | None] = {}
    for start, end in pairwise([*starts, len(text)]):
        name = _name_of(text[start:end])
        if name is not None:
            models[name] = None if name in models else _model_of(text[start:end], name)
    return models


def _name_of(block: str) -> str | None:
    try:
        # With its newline, of which a `\r` may be a part.
        models = Table(load_toml(block.partition("\n")[0] + "\n")).table("models")
    except TableError:
        return None
    return next(iter(models.content), None)


def _model_of(block: str, name: str) -> LockedModel | None:
    try:
        return read_model(Table(load_toml(block)).table("models").table(name), name)
    except TableError:
        return None
