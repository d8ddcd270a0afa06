"""The lock that has nothing to do, told by the hashes of models.toml and models.lock.

What `lock` makes of two texts that agree depends on nothing else, so it notes that they do. It is
asked before anything else of modellock is loaded, and imports only what every start loads anyway.
"""

import hashlib
import json
import os

from modellock.shell.regular_files import open_regular, read_document
from modellock.shell.unchanged import sha256_of_file

NOTE_NAME = os.path.join(".modellock", "settled.json")
_DOCUMENTS = ("models.toml", "models.lock")


class Settled:
    """What a lock that fits its manifest holds."""

    __slots__ = ("files", "models", "size")

    def __init__(self, models: int, files: int, size: int) -> None:
        self.models = models
        self.files = files
        self.size = size
        """Bytes."""


def find(project: str, version: str) -> Settled | None:
    """What models.lock holds, if this modellock found that it fits models.toml; else None."""
    try:
        with open_regular(os.path.join(project, NOTE_NAME)) as file:
            note, inode = json.loads(read_document(file)), os.fstat(file.fileno()).st_ino
        now = [sha256_of_file(os.path.join(project, name)) for name in _DOCUMENTS]
        # What came with a checkout lies in another file than the one it was written for.
        if (note["inode"], note["version"], note["documents"]) != (inode, version, now):
            return None
        return Settled(note["models"], note["files"], note["size"])
    except (OSError, ValueError, LookupError, TypeError, RecursionError):
        # Missing, unusable or half-written: the whole way knows what to make of it.
        return None


def format_note(
    version: str, manifest_text: str, lock_text: str, settled: Settled, *, inode: int
) -> str:
    """What `find` reads, for the texts of two documents that agree; `inode` is the note's own."""
    texts = (manifest_text, lock_text)
    note = {
        "inode": inode,
        "version": version,
        "documents": [hashlib.sha256(text.encode()).hexdigest() for text in texts],
        "models": settled.models,
        "files": settled.files,
        "size": settled.size,
    }
    return json.dumps(note) + "\n"
