"""The bytes of a body in large blocks, whoever delivers them in small pieces.

A block is valid until the next one is asked for: its memory is used again.
"""

import socket
import ssl
import time
from collections.abc import Iterable, Iterator
from io import BufferedReader
from typing import Any

BLOCK = 1 << 20
"""Bytes of a full block."""

_HAND_ON = 0.1
"""Seconds after which a block is handed on as it is, so that progress shows on a slow line."""


def gathered(pieces: Iterable[bytes], largest: int = BLOCK) -> Iterator[bytes]:
    """Pieces joined to blocks of about `largest` bytes."""
    parts: list[bytes] = []
    size, due = 0, time.monotonic() + _HAND_ON
    for piece in pieces:
        parts.append(piece)
        size += len(piece)
        if size >= largest or time.monotonic() >= due:
            yield b"".join(parts)
            parts.clear()
            size, due = 0, time.monotonic() + _HAND_ON
    if parts:
        yield b"".join(parts)


def from_socket(connection: socket.socket, size: int, largest: int = BLOCK) -> Iterator[memoryview]:
    """The next `size` bytes of a connection, in blocks of at most `largest`.

    Raises EOFError where it ends before, and OSError, TimeoutError among them.
    """
    block = memoryview(bytearray(min(largest, size)))
    while size:
        wanted, filled = min(len(block), size), 0
        due = time.monotonic() + _HAND_ON
        while filled < wanted and (not filled or time.monotonic() < due):
            count = connection.recv_into(block[filled:wanted])
            if not count:
                yield block[:filled]
                raise EOFError
            filled += count
        size -= filled
        yield block[:filled]


def from_file(file: BufferedReader) -> Iterator[memoryview]:
    """The rest of a file. Raises OSError."""
    block = memoryview(bytearray(BLOCK))
    while count := file.readinto(block):
        yield block[:count]


def readable_socket(stream: Any) -> socket.socket | None:
    """The socket from which a body can be read; None where only the HTTP library can read it.

    `stream` is httpcore's network stream. TLS inside TLS, which is https through an https proxy,
    is decrypted by the library, not by the socket.
    """
    connection = stream.get_extra_info("socket")
    is_wrapped = isinstance(stream.get_extra_info("ssl_object"), ssl.SSLObject)
    return connection if isinstance(connection, socket.socket) and not is_wrapped else None
