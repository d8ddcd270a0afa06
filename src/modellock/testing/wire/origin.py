"""One server: a port of loopback, a function that answers, and a thread per connection."""

import errno
import socket
import ssl
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from modellock.testing.wire.delivery import deliver
from modellock.testing.wire.exchange import Reply, Request

Answer = Callable[[Request], Reply]

_POLL_SECONDS = 0.01
_LAST_REPLY_SECONDS = 1.0


class Origin:
    """A server that is up between `start` and `stop`."""

    def __init__(
        self,
        name: str,
        answer: Answer,
        *,
        address: str = "127.0.0.1",
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.name = name
        self._connection = partial(_Connection, name, answer)
        self._address = address
        self._tls = tls
        self._server: _Server | None = None

    @property
    def url(self) -> str:
        """Scheme, host and port, without a slash at the end."""
        host, port = self._running().server_address[:2]
        return f"{'http' if self._tls is None else 'https'}://{host!s}:{port}"

    def start(self, port: int = 0) -> None:
        """Listen; port 0 is any free one."""
        try:
            self._server = _Server((self._address, port), self._connection, self._tls)
        except OSError as error:
            if error.errno != errno.EADDRNOTAVAIL:
                raise
            # Only Linux has all of 127.0.0.0/8; elsewhere another port is another origin too.
            self._server = _Server(("127.0.0.1", port), self._connection, self._tls)
        self._server.begin(self.name)

    def stop(self) -> None:
        """Close the port and every connection."""
        self._running().stop()
        self._server = None

    def _running(self) -> "_Server":
        if self._server is None:
            raise RuntimeError(f"{self.name}: the server is not running; call start() first")
        return self._server


class _Server(ThreadingHTTPServer):
    request_queue_size = 128

    def __init__(
        self,
        address: tuple[str, int],
        connection: Callable[..., BaseHTTPRequestHandler],
        tls: ssl.SSLContext | None,
    ) -> None:
        self._tls = tls
        self._open: dict[threading.Thread, socket.socket] = {}
        self._serving = threading.Thread(
            target=self.serve_forever, args=(_POLL_SECONDS,), daemon=True
        )
        super().__init__(address, connection)

    def get_request(self) -> tuple[socket.socket, Any]:
        connection, address = super().get_request()
        if self._tls is None:
            return connection, address
        # The handshake comes with the first read, in the connection's own thread.
        return self._tls.wrap_socket(
            connection, server_side=True, do_handshake_on_connect=False
        ), address

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        self._open[threading.current_thread()] = request
        super().process_request_thread(request, client_address)
        del self._open[threading.current_thread()]

    def handle_error(self, request: Any, client_address: Any) -> None:
        # A client may hang up, or not trust the certificate; anything else is a fault of ours.
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)

    def begin(self, name: str) -> None:
        self._serving.name = name
        self._serving.start()

    def stop(self) -> None:
        self.shutdown()
        self._serving.join()
        self.server_close()
        for thread, connection in list(self._open.items()):
            with suppress(OSError):  # the client was faster
                connection.shutdown(socket.SHUT_RDWR)
            thread.join(_LAST_REPLY_SECONDS)


class _Connection(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # socketserver's name for TCP_NODELAY: the head and a long body are two writes.
    disable_nagle_algorithm = True

    def __init__(self, origin: str, answer: Answer, *arguments: Any) -> None:
        self._origin = origin
        self._answer = answer
        super().__init__(*arguments)

    def _exchange(self) -> None:
        host, port = self.connection.getsockname()[:2]
        length = int(self.headers.get("Content-Length", 0))
        request = Request(
            origin=self._origin,
            host=host,
            port=port,
            method=self.command,
            target=self.path,
            headers=self.headers,
            body=self.rfile.read(length),
        )
        if not deliver(self.connection, request, self._answer(request)):
            self.close_connection = True

    # http.server finds these by name.
    do_GET = do_HEAD = do_POST = _exchange  # noqa: N815

    def log_message(self, *_: Any) -> None:
        """Say nothing: the requests are in the log of the service."""
