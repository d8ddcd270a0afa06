"""Starting, stopping, and what happens when a server itself fails."""

import socket
import threading
from urllib.parse import urlsplit

import httpx
import pytest

from modellock.testing import EmbeddedFiles, Reply, Request
from modellock.testing.wire.origin import Origin
from tests.waiting import port_of_nobody, wait_until


def answer(_request: Request) -> Reply:
    return Reply(body=b"here")


def test_a_server_starts_where_it_is_told_and_frees_its_port() -> None:
    files = EmbeddedFiles({"/a": b"a"})
    with port_of_nobody() as port:
        files.start(port)
        files.stop()
        with pytest.raises(RuntimeError, match="not running"):
            _ = files.url

        files.start(port)

        assert httpx.get(f"http://127.0.0.1:{port}/a").content == b"a"
        files.stop()


def test_a_port_that_is_taken_is_an_error(files: EmbeddedFiles) -> None:
    port = urlsplit(files.url).port
    assert port is not None

    with pytest.raises(OSError, match="in use"):
        EmbeddedFiles().start(port)


def test_where_there_is_no_second_loopback_address_another_port_is_the_other_origin() -> None:
    # 192.0.2.1 belongs to nobody (RFC 5737).
    origin = Origin("objects", answer, address="192.0.2.1")

    origin.start()

    assert urlsplit(origin.url).hostname == "127.0.0.1"
    assert httpx.get(origin.url).content == b"here"
    origin.stop()


def test_no_thread_outlives_its_server() -> None:
    before = set(threading.enumerate())

    with EmbeddedFiles({"/a": b"a"}) as files, httpx.Client() as web:
        web.get(f"{files.url}/a")
        assert not set(threading.enumerate()) <= before
        files.stop()
        # That of a connection may be about to end.
        wait_until(lambda: set(threading.enumerate()) <= before)


def test_a_client_may_hang_up_without_a_word(
    files: EmbeddedFiles, capfd: pytest.CaptureFixture[str]
) -> None:
    files.files["/large"] = bytes(50_000_000)
    address = urlsplit(files.url)

    with socket.create_connection((address.hostname, address.port or 0)) as connection:
        connection.sendall(b"GET /large HTTP/1.1\r\n\r\n")
        connection.recv(1000)
    files.stop()

    assert capfd.readouterr().err == ""


def test_a_fault_of_the_server_itself_is_seen(capfd: pytest.CaptureFixture[str]) -> None:
    def fail(_request: Request) -> Reply:
        raise LookupError("a fault in the test's own server")

    origin = Origin("broken", fail)
    origin.start()

    with pytest.raises(httpx.RemoteProtocolError):
        httpx.get(origin.url)
    origin.stop()

    assert "a fault in the test's own server" in capfd.readouterr().err


def test_a_connection_carries_many_requests(files: EmbeddedFiles) -> None:
    files.files["/a"] = b"a"
    with httpx.Client() as web:
        for _ in range(3):
            web.get(f"{files.url}/a")
            web.get(f"{files.url}/none")

    assert [request.path for request in files.requests] == ["/a", "/none"] * 3
