"""One part of a file on its way: asked for, and judged by what the reply says of itself."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain

from modellock.decisions.impostors import HEAD, impostor
from modellock.decisions.ranges import (
    fault_of_part,
    part_of,
    range_headers,
    says_it_has_ranges,
    strong_etag,
)
from modellock.decisions.verdicts import Expected, wrong_content
from modellock.errors import ServerError
from modellock.shell.faults import at_host
from modellock.shell.httpclient import HttpClient
from modellock.shell.intake import Body, judge_beginning, opened_copy, refusal
from modellock.shell.local_files import SCHEME
from modellock.shell.responses import Response
from modellock.shell.retries import Tries
from modellock.sources import Location
from modellock.values.spans import Span


class WrongRangeError(ServerError):
    """A place does not send the part that was asked for: it has no ranges, or another file now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Portion:
    """What a place sends of a file."""

    start: int
    end: int | None
    """The position after its last byte; None for the rest of the file."""

    blocks: Iterator[bytes | memoryview]
    headers: Mapping[str, str]
    """Names in lower case."""

    etag: str | None
    """The strong one of the whole file."""

    has_ranges: bool
    """Whether other parts can be had as well."""


@contextmanager
def opened_part(
    client: HttpClient,
    expected: Expected,
    location: Location,
    asked: Span | None,
    *,
    etag: str | None,
    tries: Tries,
) -> Iterator[Portion]:
    """The bytes from `asked` on, or the whole file where that is None.

    A place that sends the whole file when asked for its beginning has done what was asked.
    Raises WrongRangeError; what a refusal means; StrayedError where a new redirect may help;
    MismatchError and WrongContentError where a whole file comes that cannot be the right one.
    """
    if location.url.startswith(SCHEME):
        start, end = asked or (0, None)
        with opened_copy(expected, location.url, start=start) as body:
            yield Portion(
                start=start,
                end=end,
                blocks=body.blocks,
                headers={},
                etag=None,
                has_ranges=False,
            )
        return
    with client.stream(
        location.url,
        accept=location.accept,
        headers={} if asked is None else range_headers(asked, etag),
        tries=tries,
        anonymous=location.mirror is not None,
    ) as response:
        if response.status == 200:
            yield _whole(expected, location, response, asked)
        elif asked is not None and response.status in (206, 416):
            yield _part(expected, response, asked)
        else:
            raise refusal(expected, location, response)


def _whole(
    expected: Expected, location: Location, response: Response, asked: Span | None
) -> Portion:
    blocks = response.blocks()
    first = next(blocks, b"")
    body = Body(url=location.url, headers=response.headers, size=response.size, blocks=blocks)
    # A page in place of a file says nothing of what is here of the file.
    head = bytes(first[:HEAD])
    judge_beginning(expected, body, head)
    if asked is not None and asked[0] > 0:
        seems = impostor(expected.subject, {}, head)
        if seems is not None:
            raise wrong_content(expected, seems, location.url)
        raise _wrong_range(expected, response, asked)
    return Portion(
        start=0,
        end=None,
        blocks=chain((first,), blocks),
        headers=response.headers,
        etag=strong_etag(response.headers),
        has_ranges=asked is None and says_it_has_ranges(200, response.headers),
    )


def _part(expected: Expected, response: Response, asked: Span) -> Portion:
    part = part_of(response.headers)
    packed = impostor("", {"content-encoding": response.headers.get("content-encoding", "")}, b"")
    if part is None or packed or _fault(expected, response, asked):
        raise _wrong_range(expected, response, asked)
    return Portion(
        start=part.start,
        end=part.end,
        blocks=response.blocks(),
        headers=response.headers,
        etag=strong_etag(response.headers),
        has_ranges=True,
    )


def _fault(expected: Expected, response: Response, asked: Span) -> str | None:
    size = expected.size or 0
    return fault_of_part(asked, size, response.status, response.headers, response.size)


def _wrong_range(expected: Expected, response: Response, asked: Span) -> WrongRangeError:
    fault = _fault(expected, response, asked) or "received a part that is packed"
    return WrongRangeError(f"{at_host(expected.subject, response.url)}: {fault}")
