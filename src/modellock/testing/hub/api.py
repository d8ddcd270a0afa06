"""The Hub's JSON API: info, tree, paths-info, refs, commits."""

import base64
import json
from typing import Any
from urllib.parse import parse_qs

from modellock.testing.hub import listings, refusals
from modellock.testing.hub.listings import EntryOptions, InfoOptions
from modellock.testing.hub.shelf import Call, Shelf
from modellock.testing.paging import link, page_of, with_query
from modellock.testing.wire.exchange import Reply, Request, json_reply

_YES = {"1", "true", "True"}
_MOST_PATHS = 2000


def info(call: Call) -> Reply:
    """`GET /api/models/{id}[/revision/{rev}]`."""
    options = InfoOptions(
        expand=tuple(call.request.query.get("expand", ())),
        blobs=call.request.flag("blobs"),
        security=call.request.flag("securityStatus"),
    )
    return json_reply(listings.info(call.repository, call.commit(), options))


def tree(call: Call) -> Reply:
    """`GET .../tree/{rev}[/{path}]`, over several pages."""
    request, settings = call.request, call.shelf.settings
    commit = call.commit()
    expand = request.flag("expand")
    paths = listings.tree(commit, call.path, recursive=request.flag("recursive"))
    if not paths and call.path:
        raise refusals.unknown_entry(call.path, commit.id)
    most = settings.expanded_page_size if expand else settings.page_size
    page, following = page_of(paths, _cursor(request), min(request.number("limit", most), most))
    options = EntryOptions(expand=expand, xet_hashes=settings.xet_hashes)
    listed = listings.entries(call.repository, commit, page, options)
    return json_reply(listed, headers=_next_link(call, "cursor", _cursor_text(following)))


def paths_info(call: Call) -> Reply:
    """`POST .../paths-info/{rev}`; the body is a form (Python) or JSON (JavaScript)."""
    asked = _form(call.request)
    paths = asked.get("paths", [])
    if len(paths) > _MOST_PATHS:
        raise refusals.refusal(400, f"paths: at most {_MOST_PATHS}")
    options = EntryOptions(
        expand=str(asked.get("expand", [False])[-1]) in _YES,
        xet_hashes=call.shelf.settings.xet_hashes,
    )
    return json_reply(listings.entries(call.repository, call.commit(), paths, options))


def refs(call: Call) -> Reply:
    """`GET .../refs`, one page."""
    pulls = call.request.flag("include_prs")
    peeled = call.shelf.settings.peels_tags
    return json_reply(listings.refs(call.repository, pulls=pulls, peeled=peeled))


def commits(call: Call) -> Reply:
    """`GET .../commits/{rev}`, over several pages that count from 0."""
    request, most = call.request, call.shelf.settings.page_size
    formatted = "formatted" in request.query.get("expand", ())
    listed = listings.commits(call.repository, call.commit(), formatted=formatted)
    number, size = request.number("p", 0), min(request.number("limit", 50), most)
    page, following = page_of(listed, number * size, size)
    onwards = _next_link(call, "p", None if following is None else str(number + 1))
    return json_reply(page, headers={"X-Total-Count": str(len(listed))} | onwards)


def auth_check(call: Call) -> Reply:
    """`GET .../auth-check`: 200 for who may download."""
    call.shelf.check_gate(call.request, call.repository)
    return json_reply({"ok": True})


def whoami(shelf: Shelf, request: Request) -> Reply:
    """`GET /api/whoami-v2`."""
    shelf.check_token(request)
    if request.token is None:
        raise refusals.refusal(401, "Invalid username or password.")
    token = {"displayName": "test", "role": "read", "createdAt": "2025-01-01T00:00:00.000Z"}
    return json_reply(
        {
            "type": "user",
            "id": "5f0000000000000000000001",
            "name": "reader",
            "fullname": "Reader",
            "isPro": False,
            "orgs": [],
            "auth": {"type": "access_token", "accessToken": token},
        }
    )


def _next_link(call: Call, name: str, text: str | None) -> dict[str, str]:
    if text is None:
        return {}
    here = f"{call.shelf.url}{call.request.path}"
    return link({"next": with_query(here, call.request, {name: text})})


def _cursor_text(start: int | None) -> str | None:
    return None if start is None else base64.urlsafe_b64encode(b"%d" % start).decode()


def _cursor(request: Request) -> int:
    text = request.query.get("cursor", [""])[0]
    if not text:
        return 0
    try:
        return int(base64.urlsafe_b64decode(text))
    except ValueError:
        raise refusals.refusal(400, "Invalid cursor") from None


def _form(request: Request) -> dict[str, list[Any]]:
    if "json" not in request.headers.get("Content-Type", ""):
        return parse_qs(request.body.decode())
    value = json.loads(request.body)
    return {name: item if isinstance(item, list) else [item] for name, item in value.items()}
