"""Heads of replies that come too slowly: each single byte of a trickle breaks the silence.

The HTTP library limits the time of one read, and of a head there may be as many as it has bytes. So
the connections themselves are told by when a reply is due. (The handshake of TLS needs nothing of
the kind: CPython counts its timeout over the whole of it.)
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

_CONNECTED = ("connect_tcp.complete", "start_tls.complete")
"""What httpcore tells of a connection that it made, in both majors."""

# In each thread another one; a connection goes from one thread to another.
_DUE: ContextVar[float | None] = ContextVar("modellock_reply_due", default=None)


@contextmanager
def due_within(seconds: float) -> Iterator[None]:
    """While it lasts, connections that were `attended` end a wait for bytes by TimeoutError."""
    token = _DUE.set(time.monotonic() + seconds)
    try:
        yield
    finally:
        _DUE.reset(token)


def due_anew(seconds: float) -> None:
    """Begin to count again; without `due_within` around it nothing counts."""
    if _DUE.get() is not None:
        _DUE.set(time.monotonic() + seconds)


def attend(request: Any) -> None:
    """Attend the connection that the HTTP library makes for a request, if it makes one."""
    listening = request.extensions.get("trace")

    def trace(event: str, told: dict[str, Any]) -> None:
        if event.endswith(_CONNECTED):
            stream = told["return_value"]
            stream.read = _bounded(stream.read)
        if listening is not None:
            listening(event, told)

    request.extensions["trace"] = trace


def _bounded(read: Callable[..., bytes]) -> Callable[..., bytes]:
    def bounded(max_bytes: int, timeout: float | None = None) -> bytes:
        due = _DUE.get()
        if due is None:
            return read(max_bytes, timeout)
        left = due - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return read(max_bytes, left if timeout is None else min(left, timeout))

    return bounded
