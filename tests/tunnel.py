"""The way from the host names that pages show to servers on loopback: a proxy that knows them.

Clients find it by `HTTPS_PROXY`, and trust the certificates of those hosts by `SSL_CERT_FILE`.
"""

import socket
import ssl
import threading
from collections.abc import Iterable, Mapping
from functools import partial
from pathlib import Path
from socketserver import StreamRequestHandler, ThreadingTCPServer
from typing import Any, Self
from urllib.parse import urlsplit

import trustme

_CHUNK = 1 << 16
_POLL_SECONDS = 0.01


def certificates(hosts: Iterable[str], folder: Path) -> tuple[ssl.SSLContext, Path]:
    """What the servers of these hosts show, and the file that makes a client trust it."""
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*hosts).configure_cert(context)
    trusted = folder / "authority.pem"
    authority.cert_pem.write_to_path(str(trusted))
    return context, trusted


class Tunnel:
    """A proxy for CONNECT alone; a host that it does not know cannot be reached through it."""

    def __init__(self, ways: Mapping[str, str]) -> None:
        """`ways` leads from host names to the URLs of the servers that answer for them."""
        addresses = {host: urlsplit(url).netloc for host, url in ways.items()}
        self._server = _Server(("127.0.0.1", 0), partial(_Connection, addresses))

    @property
    def url(self) -> str:
        """What HTTPS_PROXY is to be."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        threading.Thread(
            target=self._server.serve_forever, args=(_POLL_SECONDS,), daemon=True
        ).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


class _Server(ThreadingTCPServer):
    daemon_threads = True
    request_queue_size = 128


class _Connection(StreamRequestHandler):
    def __init__(self, addresses: Mapping[str, str], *arguments: Any) -> None:
        self._addresses = addresses
        super().__init__(*arguments)

    def handle(self) -> None:
        _, asked, _ = self.rfile.readline().decode().split()
        while self.rfile.readline().strip():
            pass
        name = asked.rpartition(":")[0]
        # Redirects of the services lead to addresses of loopback, which are their own way.
        address = self._addresses.get(name, asked if name.startswith("127.") else "")
        if not address:
            self.wfile.write(b"HTTP/1.1 502 No such host\r\n\r\n")
            return
        host, _, port = address.rpartition(":")
        with socket.create_connection((host, int(port))) as beyond:
            self.wfile.write(b"HTTP/1.1 200 Connected\r\n\r\n")
            back = threading.Thread(target=_carry, args=(beyond, self.connection), daemon=True)
            back.start()
            _carry(self.connection, beyond)
            back.join()


def _carry(source: socket.socket, target: socket.socket) -> None:
    """Pass bytes on until one side hangs up."""
    try:
        while chunk := source.recv(_CHUNK):
            target.sendall(chunk)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        for end in (source, target):
            end.close()
