"""How a reply goes onto a socket, as its `Delivery` says."""

import socket
import struct
import time
from collections.abc import Iterator
from dataclasses import replace
from email.utils import formatdate
from gzip import compress
from http import HTTPStatus
from selectors import EVENT_READ, DefaultSelector

from modellock.testing.wire.exchange import Reply, Request

_STEP_SECONDS = 0.02
_BODILESS = (204, 304)


def compressed(request: Request, reply: Reply) -> Reply:
    """The reply gzipped, without a length, if it is text and the client did not refuse that.

    The Hub and GitHub do this to every text, and a range of such a reply is not to be had.
    """
    if not (reply.is_text and reply.body and request.accepts("gzip")):
        return reply
    etag = reply.header("ETag")
    weak = {"ETag": f"W/{etag}"} if etag else {}
    packed = replace(reply, body=compress(reply.body, mtime=0), is_file=False)
    return packed.with_headers(
        {"Content-Encoding": "gzip", "Transfer-Encoding": "chunked", "Vary": "Accept-Encoding"}
        | weak
    )


def deliver(connection: socket.socket, request: Request, reply: Reply) -> bool:
    """Send `reply`; whether the connection may carry another request."""
    delivery = reply.delivery
    _be_silent(connection, delivery.delay)
    if delivery.reset and delivery.share == 0:
        _reset(connection)
        return False
    body = b"" if request.method == "HEAD" or reply.status in _BODILESS else _on_the_wire(reply)
    sent = body[: int(len(body) * delivery.share)]
    _send(connection, _head(reply), sent, delivery.rate)
    if delivery.reset:
        _reset(connection)
    return len(sent) == len(body)


def _be_silent(connection: socket.socket, seconds: float) -> None:
    """For as long as the client listens: it sends nothing before it has its reply."""
    if not seconds:
        return
    with DefaultSelector() as selector:
        selector.register(connection, EVENT_READ)
        selector.select(seconds)


def _head(reply: Reply) -> bytes:
    headers = {"Date": formatdate(usegmt=True), **reply.headers}
    if "Transfer-Encoding" not in headers and reply.status not in _BODILESS:
        headers["Content-Length"] = str(len(reply.body))
    lines = [f"HTTP/1.1 {reply.status} {_phrase(reply.status)}"]
    lines += [f"{name}: {text}" for name, text in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode("latin-1", "backslashreplace")


def _phrase(status: int) -> str:
    return HTTPStatus(status).phrase if status in set(HTTPStatus) else "Unknown"


def _on_the_wire(reply: Reply) -> bytes:
    if "Transfer-Encoding" not in reply.headers:
        return reply.body
    return b"%x\r\n%b\r\n0\r\n\r\n" % (len(reply.body), reply.body)


def _send(connection: socket.socket, head: bytes, body: bytes, rate: float | None) -> None:
    if rate is None:
        # Two small packets would wait for each other (Nagle, delayed ACK: 40 ms).
        small = len(body) < 1 << 16
        connection.sendall(head + body if small else head)
        connection.sendall(b"" if small else body)
        return
    connection.sendall(head)
    for piece in _pieces(body, max(1, int(rate * _STEP_SECONDS))):
        connection.sendall(piece)
        time.sleep(len(piece) / rate)


def _pieces(body: bytes, size: int) -> Iterator[bytes]:
    for start in range(0, len(body), size):
        yield body[start : start + size]


def _reset(connection: socket.socket) -> None:
    # Closing with a linger time of zero sends RST in place of FIN (socket(7)).
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()
