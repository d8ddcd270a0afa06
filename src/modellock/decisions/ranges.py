"""Parts of a file over HTTP (RFC 9110, 13.1.5 and 14): what to ask for, and what came."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from modellock.values.spans import Span
from modellock.values.wording import visible

_CONTENT_RANGE = re.compile(r"bytes +([0-9]{1,18})-([0-9]{1,18})/([0-9]{1,18}|\*)", re.ASCII)

_LONGEST_ETAG = 1000
"""Characters; those of servers have some dozens."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What a reply says that it brings."""

    start: int
    end: int
    """The position after the last byte."""

    whole: int | None
    """Bytes of the whole file; None where the server does not say."""


def range_headers(span: Span, etag: str | None) -> dict[str, str]:
    """The headers that ask for a part; with `etag`, only of the very file that had it."""
    start, end = span
    condition = {} if etag is None else {"If-Range": etag}
    return {"Range": f"bytes={start}-{end - 1}", **condition}


def strong_etag(headers: Mapping[str, str]) -> str | None:
    """What names the very bytes of a file; a weak ETag does not, and is of no use in If-Range.

    Names of headers are in lower case.
    """
    etag = headers.get("etag", "").strip()
    is_strong = 2 < len(etag) <= _LONGEST_ETAG and etag.startswith('"') and etag.endswith('"')
    return etag if is_strong and etag.isascii() and etag.isprintable() else None


def part_of(headers: Mapping[str, str]) -> Part | None:
    """What a reply of 206 brings; None where it does not say, as one with several parts."""
    found = _CONTENT_RANGE.fullmatch(headers.get("content-range", "").strip())
    if found is None:
        return None
    first, last, whole = found.groups()
    return Part(start=int(first), end=int(last) + 1, whole=None if whole == "*" else int(whole))


def fault_of_part(
    asked: Span, size: int, status: int, headers: Mapping[str, str], length: int | None
) -> str | None:
    """In what a reply is not the part that was asked for; None where it is, or its beginning.

    `size` are the bytes of the whole file, `length` those that the reply announces.
    """
    start, end = asked
    expected = f"expected bytes {start}-{end - 1} of {size}"
    if status == 200:
        return f"{expected}, received a whole file"
    if status == 416:
        return f"{expected}, received a refusal of that range"
    part = part_of(headers)
    if part is None:
        kind = headers.get("content-range") or headers.get("content-type") or "something else"
        return f"{expected}, received {visible(kind)!r}"
    fits = part.start == start and start < part.end <= end and part.whole in (None, size)
    if fits and length in (None, part.end - part.start):
        return None
    return f"{expected}, received {visible(headers['content-range'])!r}"


def says_it_has_ranges(status: int, headers: Mapping[str, str]) -> bool:
    """Whether a server that sends a file, or a part of it, would send other parts as well."""
    return status == 206 or headers.get("accept-ranges", "").strip().lower() == "bytes"
