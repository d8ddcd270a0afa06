"""Lists over several pages, and the `Link` header that leads from one to the next (RFC 8288)."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from modellock.testing.wire.exchange import Request


def link(relations: Mapping[str, str]) -> dict[str, str]:
    """The header for absolute URLs by relation; none for no relations."""
    if not relations:
        return {}
    return {"Link": ", ".join(f'<{url}>; rel="{name}"' for name, url in relations.items())}


def with_query(url: str, request: Request, changes: Mapping[str, Any]) -> str:
    """`url` with the request's query, `changes` put in."""
    kept = {name: values for name, values in request.query.items() if name not in changes}
    return f"{url}?{urlencode({**kept, **changes}, doseq=True)}"


def page_of(items: Sequence[Any], start: int, size: int) -> tuple[list[Any], int | None]:
    """Up to `size` items from `start` on, and where the next page starts if there is one."""
    end = start + size
    return list(items[start:end]), end if end < len(items) else None
