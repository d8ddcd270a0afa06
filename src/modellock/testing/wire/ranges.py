"""Conditional and range requests (RFC 9110, 13 and 14) over a file that is held in memory."""

import re
from dataclasses import replace

from modellock.testing.wire.exchange import Reply, Request

_RANGE = re.compile(r"bytes=(\d*)-(\d*)")


def narrow(request: Request, reply: Reply) -> Reply:
    """The part of a file that the request asks for: 200, 206 or 416; 304 for any known reply.

    One range only; a list of ranges is answered with the whole file, as the RFC allows.
    """
    if reply.status == 200 and is_unchanged(request, reply):
        return replace(reply, status=304, body=b"", is_file=False)
    if not reply.is_file or reply.status != 200:
        return reply
    wanted = _RANGE.fullmatch(request.headers.get("Range", ""))
    if wanted is None or wanted.group() == "bytes=-" or not _may_be_partial(request, reply):
        return reply.with_headers({"Accept-Ranges": "bytes"})
    return _part(reply, *wanted.groups())


def is_unchanged(request: Request, reply: Reply) -> bool:
    """Whether the client already has what the reply would bring."""
    known = request.headers.get("If-None-Match")
    etag = reply.header("ETag")
    return known is not None and etag is not None and (known == "*" or etag in known)


def _may_be_partial(request: Request, reply: Reply) -> bool:
    condition = request.headers.get("If-Range")
    return condition is None or condition in {reply.header("ETag"), reply.header("Last-Modified")}


def _part(reply: Reply, first: str, last: str) -> Reply:
    size = len(reply.body)
    start = int(first) if first else max(0, size - int(last))
    end = min(size, int(last) + 1) if first and last else size
    if start >= end:
        unsatisfied = {"Content-Range": f"bytes */{size}"}
        return replace(reply, status=416, body=b"", is_file=False).with_headers(unsatisfied)
    return replace(reply, status=206, body=reply.body[start:end]).with_headers(
        {"Accept-Ranges": "bytes", "Content-Range": f"bytes {start}-{end - 1}/{size}"}
    )
