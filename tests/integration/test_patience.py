"""How long a server is waited for that is slow, refuses, or is down for a while."""

import re
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import werkzeug
from huggingface_hub import HfApi, get_session
from huggingface_hub.errors import HTTPError  # type: ignore[attr-defined]
from pytest_httpserver import HTTPServer

from modellock.errors import NetworkError
from modellock.ports.reporting import Reporter
from modellock.ports.settings import no_token
from modellock.shell.border import Border
from modellock.shell.httpclient import HttpClient
from modellock.shell.retries import Schedule, Tries
from modellock.shell.stalls import Patience
from modellock.shell.store import Store
from modellock.shell.transfer import Fetch, fetch_all
from modellock.sources import Location
from modellock.sources.hub_conversation import Conversation, conversing
from modellock.testing import EmbeddedFiles, Lie
from modellock.values.digest import sha256_of_bytes
from modellock.values.origins import Kind
from tests.integration.wires import BRIEF, Waits, trickling
from tests.waiting import LONG, at_once, port_of_nobody, wait_until

HASTE = Patience(silence=5.0, head=0.3)
"""Of tests in which nothing arrives: a busy machine may take as long for a reply that does."""


@pytest.fixture
def files() -> Iterator[EmbeddedFiles]:
    with EmbeddedFiles({"/small": b"weights", "/other": b"weights"}) as files:
        yield files


def client_with(
    schedule: Schedule = Schedule(()),  # noqa: B008 - it is a value
    patience: Patience = Patience(),  # noqa: B008 - it is a value
    reporter: Reporter | None = None,
) -> HttpClient:
    return HttpClient(
        token_for=no_token, reporter=reporter or Reporter(), schedule=schedule, patience=patience
    )


def status_of(client: HttpClient, url: str, tries: Tries | None = None) -> int:
    with client.stream(url, tries=tries) as response:
        for _ in response.blocks():
            pass
        return response.status


@pytest.mark.parametrize(
    "reply",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nX-Long: " + b"x" * 50_000,
        b"HTTP/1.1 103 Early Hints\r\n\r\n" * 2_000,
        b"HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 9000\r\n\r\n" + b"x" * 9_000,
    ],
    ids=["head", "hints", "redirect"],
)
def test_a_reply_that_comes_byte_by_byte_is_not_waited_for(reply: bytes) -> None:
    with (
        trickling(reply, 0.02) as url,
        client_with(patience=HASTE) as client,
        at_once(),
        pytest.raises(NetworkError, match="it did not answer in time"),
    ):
        status_of(client, url)


def test_a_handshake_that_comes_byte_by_byte_is_not_waited_for() -> None:
    # The head of a record of TLS that is 16 kB long.
    hello = b"\x16\x03\x03\x40\x00" + bytes(1000)
    with (
        trickling(hello, 0.02) as url,
        client_with(patience=Patience(silence=0.3)) as client,
        at_once(),
        pytest.raises(NetworkError, match="it did not answer in time"),
    ):
        status_of(client, url.replace("http:", "https:"))


@pytest.mark.slow
def test_a_connection_that_is_used_again_is_held_to_the_same(files: EmbeddedFiles) -> None:
    with client_with(patience=Patience(silence=LONG, head=1.5)) as client:
        # A busy machine may need several tries.
        tries = Tries("m/small", Reporter(), schedule=Schedule((0.0,) * 40))
        assert status_of(client, f"{files.url}/small", tries) == 200
        files.lies.add("/small", Lie.delay(LONG))

        with at_once(), pytest.raises(NetworkError, match="it did not answer in time"):
            status_of(client, f"{files.url}/small")


def test_a_hub_that_answers_byte_by_byte_is_not_waited_for() -> None:
    with trickling(b"HTTP/1.1 200 OK\r\nX-Long: " + b"x" * 50_000, 0.02) as url:
        conversation = Conversation(
            subject="m",
            endpoint=url,
            token=None,
            refuse=print,
            way=Border(None).way("m"),
            head_seconds=0.3,
        )
        faults = (TimeoutError, HTTPError)
        with at_once(), pytest.raises(faults), conversing(get_session(), conversation):
            HfApi(url, token=False).model_info("acme/m")


def test_a_service_that_answers_again_gets_its_patience_back(files: EmbeddedFiles) -> None:
    waits = Waits()
    with client_with(Schedule(BRIEF, jitter=0.0), reporter=waits) as client:
        files.lies.add("/small", Lie.status(503))
        assert status_of(client, f"{files.url}/small") == 503
        assert status_of(client, f"{files.url}/small") == 503
        assert len(waits.heard) == 4

        assert status_of(client, f"{files.url}/other") == 200
        files.lies.clear()
        files.lies.add("/other", Lie.status(503), times=2)

        assert status_of(client, f"{files.url}/other") == 200
    assert len(waits.heard) == 6


def test_a_file_that_always_fails_dooms_no_other_of_its_host(files: EmbeddedFiles) -> None:
    files.lies.add("/small", Lie.status(503))
    files.lies.add("/other", Lie.status(503), times=2)
    with client_with(Schedule(BRIEF, jitter=0.0)) as client:
        tries = client.tries("m/small")
        assert status_of(client, f"{files.url}/absent") == 404

        with client.stream(f"{files.url}/small", tries=tries) as response:
            assert response.status == 503

        assert status_of(client, f"{files.url}/other") == 200


def test_what_has_begun_to_arrive_is_waited_for_though_others_were_given_up() -> None:
    waits = Waits()
    with (
        ExitStack() as running,
        port_of_nobody() as port,
        client_with(Schedule((0.1,) * 20, jitter=0.0), reporter=waits) as client,
    ):
        files, url = EmbeddedFiles({"/large": b"weights"}), f"http://127.0.0.1:{port}"
        large, small = client.tries("m/large"), Tries("m/small", Reporter(), schedule=Schedule(()))
        large.renew()
        with pytest.raises(NetworkError, match="refused"), client.stream(url, tries=small):
            pass
        with pytest.raises(NetworkError, match="refused"):
            status_of(client, url)
        waits.heard.clear()

        def come_back() -> None:
            wait_until(lambda: waits.heard)
            files.start(port)
            running.callback(files.stop)

        threading.Thread(target=come_back).start()
        with client.stream(f"{url}/large", tries=large) as response:
            assert response.status == 200

        assert status_of(client, f"{url}/large") == 200


class Crowded:
    """A server that answers a few requests at a time, and tells all others to wait."""

    def __init__(self, server: HTTPServer, content: bytes, most: int) -> None:
        self._content = content
        self._most = most
        self._present = 0
        self._counting = threading.Lock()
        self.refused = 0
        server.expect_request(re.compile(".*")).respond_with_handler(self._answer)

    def _answer(self, _request: werkzeug.Request) -> werkzeug.Response:
        with self._counting:
            self._present += 1
            is_welcome = self._present <= self._most
            self.refused += not is_welcome
        time.sleep(0.002)
        with self._counting:
            self._present -= 1
        if is_welcome:
            return werkzeug.Response(self._content)
        return werkzeug.Response("later", 429, {"Retry-After": "0.1"})


@pytest.mark.slow
def test_a_server_that_takes_few_requests_at_once_is_soon_asked_more_slowly(tmp_path: Path) -> None:
    content = b"weights"
    with HTTPServer(threaded=True) as server, client_with(Schedule(BRIEF)) as client:
        crowded = Crowded(server, content, most=4)
        names = [str(index) for index in range(250)]
        fetches = [small_file(name, server.url_for(f"/{name}"), content) for name in names]

        done, errors = fetch_all(
            Store(str(tmp_path / "store")), client, fetches, Reporter(), jobs=8
        )

    assert errors == []
    assert len(done) == 250
    # Nearly all that were on their way at first, hardly any later: each is refused less than once.
    assert crowded.refused < 250


def small_file(name: str, url: str, content: bytes) -> Fetch:
    return Fetch(
        subject=f"m/{name}",
        model="m",
        kind=Kind.URL,
        digest=sha256_of_bytes(content),
        size=len(content),
        locations=(Location(url=url),),
    )
