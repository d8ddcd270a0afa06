"""Which answer belongs to which path of the Hub."""

import re
from collections.abc import Callable
from typing import cast
from urllib.parse import unquote

from modellock.testing.hub import api, files, refusals
from modellock.testing.hub.content import Kind
from modellock.testing.hub.shelf import Call, Shelf
from modellock.testing.wire.exchange import Reply, Request

# Matched before decoding: `refs%2Fpr%2F1` is one segment.
_ID = r"(?P<id>[^/]+(?:/[^/]+)?)"
_REVISION = r"(?P<revision>refs/(?:pr|convert)/[^/]+|[^/]+)"
_PATH = r"(?P<path>.+)"
_API = rf"/api/(?P<kind>model|dataset)s/{_ID}"
_CACHE = rf"/api/resolve-cache/(?P<kind>model|dataset)s/{_ID}"
_PAGE = rf"/(?:(?P<kind>dataset)s/)?{_ID}"

_ROUTES: tuple[tuple[str, Callable[[Call], Reply]], ...] = (
    (rf"{_CACHE}/(?P<revision>\w{{40}})/{_PATH}", files.in_git),
    (rf"{_API}/tree/{_REVISION}(?:/{_PATH})?/?", api.tree),
    (rf"{_API}/paths-info/{_REVISION}/?", api.paths_info),
    (rf"{_API}/commits/{_REVISION}", api.commits),
    (rf"{_API}/revision/{_REVISION}", api.info),
    (rf"{_API}/refs", api.refs),
    (rf"{_API}/auth-check", api.auth_check),
    (_API, api.info),
    (rf"{_PAGE}/resolve/{_REVISION}/{_PATH}", files.resolve),
    (rf"{_PAGE}/raw/{_REVISION}/{_PATH}", files.in_git),
)  # fmt: skip
"""The first that fits counts: `/api/models/gpt2/refs` is no repository `gpt2/refs`."""


def answer(shelf: Shelf, request: Request) -> Reply:
    """The reply to a request for anything but the quota.

    Raises:
        RefusedError: with the Hub's reply for what it does not have or not give.
    """
    if request.path == "/api/whoami-v2":
        return api.whoami(shelf, request)
    for pattern, view in _ROUTES:
        found = re.fullmatch(pattern, request.path)
        if found is not None:
            return view(_call(shelf, request, found.groupdict()))
    raise refusals.unknown_page()


def _call(shelf: Shelf, request: Request, parts: dict[str, str | None]) -> Call:
    kind = cast("Kind", parts["kind"] or "model")
    return Call(
        request=request,
        shelf=shelf,
        repository=shelf.visible(request, kind, unquote(parts["id"] or "")),
        revision=unquote(parts.get("revision") or "HEAD"),
        path=unquote(parts.get("path") or "").rstrip("/"),
    )
