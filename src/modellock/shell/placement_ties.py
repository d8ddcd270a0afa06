"""Right files that are tied to the store more closely than a link mode makes them."""

import os
from collections.abc import Mapping
from dataclasses import replace

from modellock.decisions.plan import Found, Shows
from modellock.documents.project_settings import LinkMode
from modellock.shell.store import Store
from modellock.values.digest import Digest

_APART = frozenset([LinkMode.COPY, LinkMode.REFLINK])
_NO_LINK = _APART | {LinkMode.HARDLINK}


def marked(
    base: str, store: Store, found: Mapping[str, Found], mode: LinkMode
) -> Mapping[str, Found]:
    """What was found, by path, with a mark on files that the mode would not make.

    Who asks for copies wants that nobody writes into the store, or takes the tree to another
    machine: what an earlier sync linked would not do. What is looser than was asked for, such as a
    copy in place of a hard link, does no harm.
    """
    if mode not in _NO_LINK:
        return found
    return {
        path: replace(one, tied=True) if _is_tied(f"{base}/{path}", store, one, mode) else one
        for path, one in found.items()
    }


def _is_tied(path: str, store: Store, found: Found, mode: LinkMode) -> bool:
    if found.digest is None:
        return False
    if found.shows is Shows.LINK:
        return True
    return mode in _APART and _is_blob(path, found.digest, store)


def _is_blob(path: str, digest: Digest, store: Store) -> bool:
    try:
        return os.path.samefile(path, store.path_of(digest))
    except OSError:
        return False
