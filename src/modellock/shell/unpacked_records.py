"""Which archives gave which files: noted in the store, so that no other project unpacks them again.

Only locking asks. A sync goes by the lock, and by nothing that the store says.
"""

import json
import os
from collections.abc import Sequence
from contextlib import suppress

from modellock.decisions.packing import Packing
from modellock.documents.lockfile import LockedFile
from modellock.shell.disk import make_directories, replace_text
from modellock.shell.regular_files import NO_LINK, open_regular, read_document, read_regular
from modellock.shell.store import Store
from modellock.shell.store_published import own_uid
from modellock.values.digest import Digest, sha256_of_bytes
from modellock.values.paths import parse_path

RULES = 1
"""Raised whenever the same archives would give other files: older notes are none any more."""


def remembered(
    store: Store, packing: Packing, archives: Sequence[LockedFile]
) -> tuple[LockedFile, ...] | None:
    """The files that archives gave before; None where nobody noted it, or one of them is gone."""
    path = _path(store, packing, archives)
    try:
        with open_regular(path, NO_LINK) as file:
            # A stranger's word would become a lock: blobs, unlike that, are known by their names.
            if os.fstat(file.fileno()).st_uid not in (0, own_uid()):
                return None
            files = _parsed(read_document(file))
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return None
    return files if all(store.has(file.digest, file.size) for file in files) else None


def remember(
    store: Store, packing: Packing, archives: Sequence[LockedFile], files: Sequence[LockedFile]
) -> None:
    """Note which files archives gave, where the store can be written."""
    path = _path(store, packing, archives)
    fields = [[file.path, file.size, file.digest.value] for file in files]
    with suppress(OSError):
        make_directories(os.path.dirname(path))
        replace_text(path, json.dumps({"files": fields}) + "\n")


def files_noted(path: str) -> frozenset[Digest]:
    """The files that a note is about; none where it cannot be read."""
    try:
        return frozenset(file.digest for file in _parsed(read_regular(path)))
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return frozenset()


def _parsed(content: bytes) -> tuple[LockedFile, ...]:
    return tuple(
        LockedFile(parse_path(path), int(size), Digest("sha256", value))
        for path, size, value in json.loads(content)["files"]
    )


def _path(store: Store, packing: Packing, archives: Sequence[LockedFile]) -> str:
    given = [RULES, packing.unpack, packing.strip, packing.join]
    named = [[file.path, file.digest.value] for file in archives]
    key = sha256_of_bytes(json.dumps([given, named]).encode()).value
    return os.path.join(store.root, "v1", "records", key[:2], f"{key}.unpacked.json")
