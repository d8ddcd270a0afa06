"""Replies on their way: status and headers at once, the body as it comes."""

import json
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from modellock.errors import ServerError, TruncatedError
from modellock.ports.settings import Token
from modellock.shell.bodies import BLOCK, from_socket, gathered, readable_socket
from modellock.shell.faults import at_host, cause_of
from modellock.shell.pace import Pace
from modellock.shell.stalls import Patience, StallError, watched
from modellock.values.wording import visible

LARGEST_JSON = 64 << 20
"""Bytes; a page of a hundred releases with a thousand assets each has half as many."""

PATIENCE = 120.0
"""Seconds within which a reply of an API is here, however slowly it comes."""

_DIRECT = 1 << 20
"""Bytes of a body from which reading it off the socket pays."""


class StalledError(TruncatedError):
    """A body stopped coming, but perhaps for a trickle, while its connection was still there."""


def why_again(error: Exception) -> str:
    """Why a file is asked for again, in words that stand behind its name."""
    is_stalled = isinstance(error, StalledError)
    return "the file came too slowly" if is_stalled else "the file did not arrive whole"


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """How slow and how fast bodies come."""

    patience: Patience
    pace: Pace


@dataclass(frozen=True, slots=True, kw_only=True)
class JsonReply:
    """A reply of an API, whatever its status."""

    status: int
    headers: Mapping[str, str]
    """Names in lower case."""

    url: str
    """The one that answered, after redirects."""

    token: Token | None
    """The one that was sent to it."""

    body: Any
    """The parsed JSON; None where an error's body is none."""


class Response:
    """A reply whose body is still on its way.

    `raw` is the HTTP library's, `lost` the base of what that raises over a lost connection.
    """

    def __init__(
        self,
        raw: Any,
        *,
        lost: type[Exception],
        flow: Flow,
        subject: str,
        token: Token | None,
        strayed: bool,
    ) -> None:
        self._raw = raw
        self._lost = lost
        self._flow = flow
        self._subject = subject
        self._received = 0
        self.status: int = raw.status_code
        self.headers: Mapping[str, str] = {name.lower(): text for name, text in raw.headers.items()}
        self.url = str(raw.url)
        """The one that answered, after redirects; it may be signed, and is never to be shown."""

        self.token = token
        """The one that was sent to it."""

        self.strayed = strayed
        """Whether redirects led to another service."""

    @property
    def size(self) -> int | None:
        """Bytes of the body, as announced; chunks announce nothing (RFC 9112, 6.3)."""
        if "transfer-encoding" in self.headers:
            return None
        text = self.headers.get("content-length", "")
        return int(text) if text.isascii() and text.isdigit() else None

    def blocks(self) -> Iterator[bytes | memoryview]:
        """The body as it was sent, in blocks that are valid until the next one is asked for.

        Raises TruncatedError where it is cut short, or stops coming but for a trickle.
        """
        with self._translated():
            for block in watched(self._blocks(), self._flow.patience):
                self._received += len(block)
                self._flow.pace.keep(len(block))
                yield block

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except (self._lost, OSError, EOFError, StallError) as fault:
            # Not before: to make a name fit to be shown takes a tenth of the time of a small body.
            where = at_host(self._subject, self.url)
            kind, words = _ending(cause_of(fault))
            expected = "more" if self.size is None else f"{self.size} bytes"
            raise kind(
                f"{where} {words}: expected {expected}, received {self._received} bytes"
            ) from fault

    def _blocks(self) -> Iterator[bytes | memoryview]:
        # No chunk_size: httpx would re-buffer, which halves the throughput.
        pieces = self._raw.iter_raw()
        first = next(pieces, b"")
        yield first
        left = 0 if self.size is None else self.size - len(first)
        direct = left >= _DIRECT
        connection = readable_socket(self._raw.extensions["network_stream"]) if direct else None
        if connection is None:
            yield from gathered(pieces, self._flow.pace.block(BLOCK))
            return
        # With the first piece the HTTP library has handed out all it had; the rest of a body of
        # known length is still in the socket. Its reads of 64 KiB (16 with TLS), each with three
        # copies and a fight for the GIL, cost 430 of 1,050 MB/s, with TLS 290 of 740
        # (tests/benchmarks/large.py). The connection is not used again.
        connection.settimeout(self._flow.patience.silence)
        yield from from_socket(connection, left, self._flow.pace.block(BLOCK))

    def text(self, most: int) -> bytes:
        """The whole body, unpacked where it was packed.

        Raises what `bounded` raises, and TruncatedError as `blocks` does.
        """
        with self._translated():
            where = at_host(self._subject, self.url)
            read = bytearray()
            for piece in bounded(self._raw.iter_bytes(), where, most=most):
                self._received += len(piece)
                read += piece
            return bytes(read)

    def close(self) -> None:
        """Let go of the connection."""
        self._raw.close()


def _ending(cause: BaseException) -> tuple[type[TruncatedError], str]:
    match cause:
        case TimeoutError():
            return StalledError, "stopped sending"
        case StallError():
            return StalledError, "sends too slowly"
        case _:
            return TruncatedError, "broke off"


def bounded(
    pieces: Iterable[bytes], where: str, *, most: int = LARGEST_JSON, seconds: float = PATIENCE
) -> Iterator[bytes]:
    """The pieces of a reply that has an end; `where` is whose, for messages.

    Raises ServerError once it has more than `most` bytes, or takes longer than `seconds`: each
    single byte of a trickle keeps a connection from being silent.
    """
    received, deadline = 0, time.monotonic() + seconds
    for piece in pieces:
        received += len(piece)
        if received > most:
            raise ServerError(
                f"{where} sent a reply that is too large: expected at most {most} bytes"
            )
        if time.monotonic() > deadline:
            raise ServerError(
                f"{where} sends a reply too slowly: expected all of it within {seconds:.0f} s, "
                f"received {received} bytes"
            )
        yield piece


def json_reply(response: Response, subject: str) -> JsonReply:
    """Read a reply of an API; ServerError where a success is no JSON."""
    text = response.text(LARGEST_JSON)
    try:
        body = json.loads(text)
    except (ValueError, RecursionError):
        if response.status < 300:
            kind = visible(response.headers.get("content-type", "something else"))
            raise ServerError(
                f"{at_host(subject, response.url)} sent a reply that cannot be read: "
                f"expected JSON, received {kind}"
            ) from None
        body = None
    return JsonReply(
        status=response.status,
        headers=response.headers,
        url=response.url,
        token=response.token,
        body=body,
    )
