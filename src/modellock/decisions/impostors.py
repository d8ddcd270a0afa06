"""What comes in place of a file: error pages, git-lfs pointers, bodies packed on the way."""

import re
from collections.abc import Mapping

HEAD = 1024
"""Bytes of a body that are enough to tell; a pointer is shorter (git-lfs, docs/spec.md)."""

_PAGE = re.compile(rb"\s*(<!doctype html|<html[\s>])", re.IGNORECASE)
_POINTER = b"version https://git-lfs.github.com/spec/"
_PAGE_SUFFIXES = (".html", ".htm", ".xhtml")


def impostor(path: str, headers: Mapping[str, str], head: bytes) -> str | None:
    """What a body seems to be instead of the file `path`; None where nothing speaks against it.

    `headers` have their names in lower case, `head` is how the body begins.
    """
    encoding = headers.get("content-encoding", "identity").strip().lower()
    if encoding not in ("", "identity"):
        return f"a body in the encoding {encoding!r}"
    if head.startswith(_POINTER):
        return "a git-lfs pointer"
    if path.lower().endswith(_PAGE_SUFFIXES):
        return None
    is_page = headers.get("content-type", "").lower().startswith("text/html")
    return "an HTML page" if is_page or _PAGE.match(head) else None
