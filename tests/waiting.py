"""Waiting for what must come, on machines that do other things as well."""

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

LONG = 120.0
"""Seconds. What a quiet machine does in an instant takes a busy one less; a fault takes more."""

AT_ONCE = 30.0
"""Seconds within which something has ended that must not wait for what takes `LONG` and more."""


def wait_until(condition: Callable[[], object]) -> None:
    """Return once it holds; AssertionError where it does not come to hold."""
    deadline = time.monotonic() + LONG
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


@contextmanager
def at_once() -> Iterator[None]:
    """Fails where what is done within has waited for something."""
    began = time.monotonic()
    yield
    assert time.monotonic() - began < AT_ONCE


@contextmanager
def port_of_nobody() -> Iterator[int]:
    """A port of 127.0.0.1 that refuses connections, and that no other process gets meanwhile.

    A server of the test may listen on it: servers set SO_REUSEADDR, by which Linux lets several
    sockets have an address as long as none of them listens (socket(7)).
    """
    with socket.socket() as holder:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        holder.bind(("127.0.0.1", 0))
        yield holder.getsockname()[1]
