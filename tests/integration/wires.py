"""What tests of clients and transfers share: reporters that remember, a server that stalls."""

import socket
import threading
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress

from modellock.errors import SeveralErrors
from modellock.ports.reporting import Reporter
from modellock.shell.httpclient import HttpClient
from modellock.shell.store import Store
from modellock.shell.transfer import Fetch, Fetched, fetch_all

BRIEF = (0.001, 0.001, 0.001, 0.001)
"""Seconds between tries."""


class Waits(Reporter):
    """Remembers every wait: subject, reason, seconds."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, str, float]] = []

    def fetch_waiting(self, subject: str, reason: str, seconds: float) -> None:
        self.heard.append((subject, reason, seconds))


class Progress(Reporter):
    """Remembers what became of files, and adds up their bytes."""

    def __init__(self) -> None:
        self.events: list[tuple[object, ...]] = []
        self.arrived: dict[str, int] = {}
        self.warnings: list[str] = []

    def warning(self, message: str, *, hint: str | None = None) -> None:
        self.warnings.append(f"{message} | {hint}")

    def fetches_planned(self, files: int, size: int, *, unsized: Collection[str] = ()) -> None:
        del unsized
        self.events.append(("planned", files, size))

    def fetch_started(self, subject: str, size: int | None, *, model: str) -> None:
        del model
        self.events.append(("started", subject, size))

    def fetch_advanced(self, subject: str, count: int) -> None:
        self.arrived[subject] = self.arrived.get(subject, 0) + count

    def fetch_resumed(self, subject: str, count: int) -> None:
        self.fetch_advanced(subject, count)

    def fetch_finished(self, subject: str) -> None:
        self.events.append(("finished", subject))

    def fetch_failed(self, subject: str, reason: str) -> None:
        self.events.append(("failed", subject, reason.partition("\n")[0]))


def fetch_one(store: Store, client: HttpClient, fetch: Fetch, reporter: Reporter) -> Fetched:
    """What becomes of one file; raises what it failed with."""
    done, errors = fetch_all(store, client, [fetch], reporter, jobs=1)
    if errors:
        raise errors[0] if len(errors) == 1 else SeveralErrors(errors)
    return done[0]


@contextmanager
def stalling(start_of_reply: bytes) -> Iterator[str]:
    """A server that sends the start of a reply to each request, then nothing; yields its URL."""
    over = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=_stall, args=(listener, start_of_reply, over), daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            over.set()
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()


def _stall(listener: socket.socket, start_of_reply: bytes, over: threading.Event) -> None:
    open_connections = []
    while not over.is_set():
        try:
            connection, _ = listener.accept()
        except OSError:
            break
        open_connections.append(connection)
        with suppress(OSError):  # the client has left
            connection.recv(65536)
            connection.sendall(start_of_reply)
    for connection in open_connections:
        connection.close()


@contextmanager
def trickling(reply: bytes, seconds: float) -> Iterator[str]:
    """A server that sends each reply byte by byte, so many seconds apart; yields its URL."""
    over = threading.Event()

    def serve(connection: socket.socket) -> None:
        with connection, suppress(OSError):
            for byte in reply:
                if over.wait(seconds):
                    return
                connection.sendall(bytes([byte]))

    def accept() -> None:
        with suppress(OSError):
            while True:
                connection, _ = listener.accept()
                threading.Thread(target=serve, args=(connection,), daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            over.set()
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()
