"""The HTTP client against real sockets: bodies, tokens, redirects, certificates, patience."""

import gzip
import json
import os
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

import pytest
import trustme

from modellock.errors import (
    CertificateError,
    NetworkError,
    ServerError,
    TruncatedError,
    UsageError,
)
from modellock.ports.reporting import Reporter
from modellock.ports.settings import Token, no_token
from modellock.shell.crew import StoppedError
from modellock.shell.httpclient import HttpClient
from modellock.shell.responses import Response
from modellock.shell.retries import Schedule
from modellock.shell.stalls import Patience
from modellock.testing import EmbeddedFiles, Lie, Reply
from tests.integration.wires import BRIEF, Waits, stalling
from tests.waiting import AT_ONCE, LONG, at_once, port_of_nobody

SMALL = b"weights"
LARGE = bytes(range(256)) * 12_000
"""More than what is read off the socket by blocks."""

Open = Callable[..., HttpClient]


@pytest.fixture
def files() -> Iterator[EmbeddedFiles]:
    with EmbeddedFiles({"/small": SMALL, "/large": LARGE}) as files:
        yield files


@pytest.fixture
def elsewhere() -> Iterator[EmbeddedFiles]:
    with EmbeddedFiles({"/small": SMALL, "/large": LARGE}) as files:
        yield files


@pytest.fixture
def open_client() -> Iterator[Open]:
    with ExitStack() as stack:

        def open_client(
            token_for: Callable[[str], Token | None] = no_token,
            reporter: Reporter | None = None,
            silence: float = LONG,
            delays: Sequence[float] = BRIEF,
        ) -> HttpClient:
            return stack.enter_context(
                HttpClient(
                    token_for=token_for,
                    reporter=reporter or Reporter(),
                    schedule=Schedule(delays, jitter=0.0),
                    patience=Patience(silence=silence),
                )
            )

        yield open_client


@pytest.fixture
def client(open_client: Open) -> HttpClient:
    return open_client()


def content(response: Response) -> bytes:
    return b"".join(bytes(block) for block in response.blocks())


def received(client: HttpClient, url: str) -> tuple[int, bytes]:
    with client.stream(url) as response:
        return response.status, content(response)


def tokens_of(files: EmbeddedFiles) -> list[str | None]:
    return [request.authorization for request in files.requests]


def files_host(files: EmbeddedFiles) -> str:
    return files.url.removeprefix("http://")


def secret_of(files: EmbeddedFiles) -> Callable[[str], Token | None]:
    """A token that belongs to one server."""
    return lambda url: Token("secret", "VARIABLE") if url.startswith(files.url) else None


@pytest.mark.parametrize(("path", "expected"), [("/small", SMALL), ("/large", LARGE)])
def test_a_body_arrives_as_it_was_sent(
    files: EmbeddedFiles, client: HttpClient, path: str, expected: bytes
) -> None:
    with client.stream(f"{files.url}{path}") as response:
        assert (response.status, response.size) == (200, len(expected))
        assert content(response) == expected


def test_a_large_body_comes_in_blocks_of_a_mebibyte_or_what_is_there(
    files: EmbeddedFiles, client: HttpClient
) -> None:
    with client.stream(f"{files.url}/large") as response:
        sizes = [len(block) for block in response.blocks()]

    assert sum(sizes) == len(LARGE)
    assert max(sizes) <= 1 << 20


def test_a_body_without_a_length_arrives_whole(files: EmbeddedFiles, client: HttpClient) -> None:
    files.lies.add("/large", Lie.reply(Reply(headers={"Transfer-Encoding": "chunked"}, body=LARGE)))

    with client.stream(f"{files.url}/large") as response:
        assert response.size is None
        assert content(response) == LARGE


def test_a_length_beside_chunks_means_nothing(files: EmbeddedFiles, client: HttpClient) -> None:
    headers = {"Transfer-Encoding": "chunked", "Content-Length": "99999999"}
    files.lies.add("/large", Lie.reply(Reply(headers=headers, body=LARGE)))

    with client.stream(f"{files.url}/large") as response:
        assert response.size is None
        assert content(response) == LARGE


def test_one_connection_serves_small_files_and_a_large_one_between_them_harms_none(
    files: EmbeddedFiles, client: HttpClient
) -> None:
    bodies = [
        received(client, f"{files.url}{path}")[1]
        for path in ("/small", "/small", "/large", "/small", "/large")
    ]

    assert bodies == [SMALL, SMALL, LARGE, SMALL, LARGE]


def test_every_request_asks_for_bytes_as_they_are_and_says_who_asks(
    files: EmbeddedFiles, client: HttpClient
) -> None:
    files.redirects["/moved"] = "/small"

    received(client, f"{files.url}/moved")

    assert [request.headers["Accept-Encoding"] for request in files.requests] == ["identity"] * 2
    assert all(request.headers["User-Agent"].startswith("modellock/") for request in files.requests)


def test_cookies_are_never_kept(files: EmbeddedFiles, client: HttpClient) -> None:
    files.lies.add("/small", Lie.header("Set-Cookie", "session=secret; Path=/"))

    received(client, f"{files.url}/small")
    received(client, f"{files.url}/small")

    assert [request.headers["Cookie"] for request in files.requests] == [None, None]


@pytest.mark.parametrize(("path", "size"), [("/small", 7), ("/large", 3_072_000)])
@pytest.mark.parametrize("lie", [Lie.TRUNCATED, Lie.RESET_MIDWAY], ids=["closed", "reset"])
def test_a_body_that_is_cut_short_says_what_came(
    files: EmbeddedFiles, client: HttpClient, path: str, size: int, lie: Lie
) -> None:
    files.lies.add(path, lie)
    host = files_host(files)

    with pytest.raises(TruncatedError, match=f"^{host} broke off: expected {size} bytes, received"):
        received(client, f"{files.url}{path}")


@pytest.mark.parametrize("announced", [100, 5_000_000])
def test_a_body_that_stops_coming_is_not_waited_for_forever(
    open_client: Open, announced: int
) -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % announced
    # On a busy machine it may take several tries until the head is there in time.
    client = open_client(silence=0.3, delays=(0.001,) * 100)

    with stalling(head + b"0123456789") as url, pytest.raises(TruncatedError) as caught:
        received(client, url)

    assert str(caught.value) == (
        f"{url.removeprefix('http://')} stopped sending: "
        f"expected {announced} bytes, received 10 bytes"
    )


@pytest.mark.parametrize("size", [2_000, len(LARGE)])
def test_a_trickle_is_given_up_though_the_connection_is_never_silent(
    files: EmbeddedFiles, size: int
) -> None:
    files.files["/slow"] = LARGE[:size]
    files.lies.add("/slow", Lie.trickle(50))
    patience = Patience(silence=LONG, rate=1_000.0, window=0.1)

    with (
        HttpClient(token_for=no_token, reporter=Reporter(), patience=patience) as client,
        at_once(),
        pytest.raises(TruncatedError) as caught,
    ):
        received(client, f"{files.url}/slow")

    assert "sends too slowly: expected " in str(caught.value)


@pytest.mark.slow
def test_a_rate_holds_for_all_connections_together(files: EmbeddedFiles) -> None:
    with HttpClient(token_for=no_token, reporter=Reporter(), limit_rate=6_000_000) as client:
        started = time.monotonic()
        threads = [
            threading.Thread(target=received, args=(client, f"{files.url}/large")) for _ in range(2)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        seconds = time.monotonic() - started

    assert 0.9 < seconds < AT_ONCE


@pytest.mark.slow
def test_who_keeps_to_a_rate_is_not_taken_for_a_trickle(files: EmbeddedFiles) -> None:
    # Of the 8 s that it takes hardly any are waited for the server.
    patience = Patience(rate=1_000_000.0, window=5.0)
    with HttpClient(
        token_for=no_token, reporter=Reporter(), patience=patience, limit_rate=400_000
    ) as client:
        assert received(client, f"{files.url}/large") == (200, LARGE)


def test_a_token_goes_to_its_own_host(files: EmbeddedFiles, open_client: Open) -> None:
    received(open_client(secret_of(files)), f"{files.url}/small")

    assert tokens_of(files) == ["Bearer secret"]


def test_a_token_follows_a_redirect_on_its_host(files: EmbeddedFiles, open_client: Open) -> None:
    files.redirects["/moved"] = "/small"

    with open_client(secret_of(files)).stream(f"{files.url}/moved") as response:
        assert response.token == Token("secret", "VARIABLE")
        assert not response.strayed

    assert tokens_of(files) == ["Bearer secret", "Bearer secret"]


def test_a_token_never_follows_a_redirect_to_another_host(
    files: EmbeddedFiles, elsewhere: EmbeddedFiles, open_client: Open
) -> None:
    files.redirects["/moved"] = f"{elsewhere.url}/small?signature=1"

    with open_client(secret_of(files)).stream(f"{files.url}/moved") as response:
        assert content(response) == SMALL
        assert response.token is None
        assert response.strayed

    assert (tokens_of(files), tokens_of(elsewhere)) == (["Bearer secret"], [None])


def test_the_other_hosts_own_token_is_not_sent_along_a_redirect_either(
    files: EmbeddedFiles, elsewhere: EmbeddedFiles, open_client: Open
) -> None:
    files.redirects["/moved"] = f"{elsewhere.url}/small"

    received(open_client(secret_of(elsewhere)), f"{files.url}/moved")

    assert tokens_of(elsewhere) == [None]


def test_a_foreign_host_cannot_lead_back_to_where_the_token_is_sent(
    files: EmbeddedFiles, elsewhere: EmbeddedFiles, open_client: Open
) -> None:
    files.redirects["/moved"] = f"{elsewhere.url}/back"
    elsewhere.redirects["/back"] = f"{files.url}/small"

    received(open_client(secret_of(files)), f"{files.url}/moved")

    assert tokens_of(files) == ["Bearer secret", None]


def test_credentials_in_a_redirect_are_dropped(
    files: EmbeddedFiles, elsewhere: EmbeddedFiles, client: HttpClient
) -> None:
    files.redirects["/moved"] = f"{elsewhere.url}/small".replace("//", "//user:secret@")

    assert received(client, f"{files.url}/moved") == (200, SMALL)
    assert tokens_of(elsewhere) == [None]


def test_the_http_library_does_not_read_netrc_by_itself(
    files: EmbeddedFiles, client: HttpClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login a password b\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))

    received(client, f"{files.url}/small")

    assert tokens_of(files) == [None]


def test_a_redirect_in_circles_ends(files: EmbeddedFiles, client: HttpClient) -> None:
    files.lies.add("/small", Lie.REDIRECT_LOOP)

    with pytest.raises(NetworkError) as caught:
        received(client, f"{files.url}/small")

    assert str(caught.value) == (
        f"{files_host(files)} redirects in circles: expected at most 10 redirects, received more"
    )
    assert len(files.requests) == 11


def test_a_redirect_with_a_body_of_unknown_length_is_followed(
    files: EmbeddedFiles, client: HttpClient
) -> None:
    headers = {"Location": "/small", "Transfer-Encoding": "chunked"}
    files.lies.add("/moved", Lie.reply(Reply(status=302, headers=headers, body=LARGE)))

    assert received(client, f"{files.url}/moved") == (200, SMALL)


def test_a_redirect_to_no_web_server_is_refused(files: EmbeddedFiles, client: HttpClient) -> None:
    files.redirects["/moved"] = "file:///etc/hostname"

    with pytest.raises(NetworkError, match="leads to `file:`, expected http or https"):
        received(client, f"{files.url}/moved")


@pytest.mark.parametrize("location", ["http://[", "http://h:port/", "http://\x01/", "/\x01"])
def test_a_redirect_to_nonsense_is_an_error_of_the_network(
    files: EmbeddedFiles, client: HttpClient, location: str
) -> None:
    files.redirects["/moved"] = location

    with pytest.raises(NetworkError):
        received(client, f"{files.url}/moved")


@pytest.fixture
def authority() -> trustme.CA:
    return trustme.CA()


def server_context(authority: trustme.CA, *identities: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*identities).configure_cert(context)
    return context


@pytest.fixture
def trust(authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As a user says whom to trust."""
    authority.cert_pem.write_to_path(str(tmp_path / "trust.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "trust.pem"))


@pytest.mark.usefixtures("trust")
@pytest.mark.parametrize(("path", "expected"), [("/small", SMALL), ("/large", LARGE)])
def test_a_host_with_a_trusted_certificate_is_read(
    authority: trustme.CA, client: HttpClient, path: str, expected: bytes
) -> None:
    tls = server_context(authority, "127.0.0.1")
    with EmbeddedFiles({"/small": SMALL, "/large": LARGE}, tls=tls) as files:
        assert received(client, f"{files.url}{path}") == (200, expected)


def test_an_untrusted_certificate_is_refused_at_once(
    authority: trustme.CA, open_client: Open
) -> None:
    waits = Waits()
    with (
        EmbeddedFiles({"/small": SMALL}, tls=server_context(authority, "127.0.0.1")) as files,
        pytest.raises(CertificateError) as caught,
    ):
        received(open_client(reporter=waits), f"{files.url}/small")

    assert str(caught.value).endswith(
        " has a certificate that cannot be verified: unable to get local issuer certificate"
    )
    assert caught.value.hint == (
        "set `SSL_CERT_FILE` to a file with the certificates that you trust"
    )
    assert waits.heard == []
    assert list(files.requests) == []


@pytest.mark.usefixtures("trust")
def test_a_certificate_of_another_host_is_refused(
    authority: trustme.CA, client: HttpClient
) -> None:
    with (
        EmbeddedFiles({"/small": SMALL}, tls=server_context(authority, "h.example")) as files,
        pytest.raises(CertificateError, match=r"127\.0\.0\.1"),
    ):
        received(client, f"{files.url}/small")


@pytest.mark.usefixtures("trust")
def test_a_redirect_from_https_to_http_is_refused_unasked(
    authority: trustme.CA, elsewhere: EmbeddedFiles, client: HttpClient
) -> None:
    with EmbeddedFiles(tls=server_context(authority, "127.0.0.1")) as files:
        files.redirects["/moved"] = f"{elsewhere.url}/small"

        with pytest.raises(NetworkError, match=r"leads from https to http, on 127\.0\.0\.1:"):
            received(client, f"{files.url}/moved")

    assert list(elsewhere.requests) == []


def test_the_proxy_of_the_environment_is_asked(
    files: EmbeddedFiles, client: HttpClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", files.url)
    monkeypatch.setenv("http_proxy", files.url)
    files.files["http://models.example/small"] = SMALL

    assert received(client, "http://models.example/small") == (200, SMALL)


def test_a_proxy_that_refuses_is_named_as_a_suspect(
    files: EmbeddedFiles, client: HttpClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", files.url)
    monkeypatch.setenv("https_proxy", files.url)

    with pytest.raises(NetworkError) as caught:
        received(client, "https://models.example/small")

    assert str(caught.value).startswith("models.example cannot be reached: ")
    assert caught.value.hint == "check the network, and `HTTPS_PROXY` if there is a proxy"


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("HTTPS_PROXY", "socks5://user:secret@proxy.example"),
        ("ALL_PROXY", "what://user:secret@proxy.example"),
        ("HTTP_PROXY", "http://user:secret@[::1"),
        ("NO_PROXY", "[::1"),
    ],
)
def test_a_proxy_that_cannot_be_used_is_a_fault_of_the_environment(
    files: EmbeddedFiles,
    client: HttpClient,
    monkeypatch: pytest.MonkeyPatch,
    variable: str,
    value: str,
) -> None:
    monkeypatch.setenv(variable, value)
    monkeypatch.setenv(variable.lower(), value)

    with pytest.raises(UsageError, match=f"{variable}.*: cannot be used: ") as caught:
        received(client, f"{files.url}/small")

    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("file", [os.devnull, "/nowhere"])
def test_certificates_that_cannot_be_read_are_a_fault_of_the_environment(
    files: EmbeddedFiles, client: HttpClient, monkeypatch: pytest.MonkeyPatch, file: str
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", file)

    with pytest.raises(UsageError, match=r"^SSL_CERT_FILE or SSL_CERT_DIR: no cert"):
        received(client, f"{files.url}/small")


@pytest.mark.parametrize("url", ["http://a..example/x", "http://xn--a/x"])
def test_what_no_look_up_takes_is_not_the_name_of_a_host(client: HttpClient, url: str) -> None:
    with pytest.raises(NetworkError, match=r"is not the name of a host$"):
        received(client, url)


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_what_may_pass_is_asked_again(files: EmbeddedFiles, open_client: Open, status: int) -> None:
    waits = Waits()
    files.lies.add("/small", Lie.status(status), times=2)

    assert received(open_client(reporter=waits), f"{files.url}/small") == (200, SMALL)
    host = files_host(files)
    assert waits.heard == [(host, f"{host} answered {status}", 0.001)] * 2


def test_a_servers_own_wish_beats_the_schedule(files: EmbeddedFiles, open_client: Open) -> None:
    waits = Waits()
    files.lies.add("/small", Lie.status(429, retry_after=0.02), times=1)

    received(open_client(reporter=waits), f"{files.url}/small")

    assert [seconds for _, _, seconds in waits.heard] == [0.02]


def test_a_server_that_wants_an_hour_gets_its_answer_in_words(
    files: EmbeddedFiles, open_client: Open
) -> None:
    waits = Waits()
    files.lies.add("/small", Lie.status(429, retry_after=3600))

    status, _ = received(open_client(reporter=waits), f"{files.url}/small")

    assert (status, waits.heard, len(files.requests)) == (429, [], 1)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 416])
def test_an_answer_is_not_asked_for_again(
    files: EmbeddedFiles, client: HttpClient, status: int
) -> None:
    files.lies.add("/small", Lie.status(status))

    assert received(client, f"{files.url}/small")[0] == status
    assert len(files.requests) == 1


def test_patience_ends_with_the_fifth_try(files: EmbeddedFiles, client: HttpClient) -> None:
    files.lies.add("/small", Lie.status(503))

    assert received(client, f"{files.url}/small")[0] == 503
    assert len(files.requests) == 5


def test_a_lost_connection_is_made_again(files: EmbeddedFiles, client: HttpClient) -> None:
    files.lies.add("/small", Lie.RESET, times=3)

    assert received(client, f"{files.url}/small") == (200, SMALL)


def test_a_host_that_hangs_up_every_time_is_given_up(
    files: EmbeddedFiles, client: HttpClient
) -> None:
    files.lies.add("/small", Lie.RESET)

    with pytest.raises(NetworkError, match=r"cannot be reached: Connection reset by peer$"):
        received(client, f"{files.url}/small?signature=secret")

    assert len(files.requests) == 5


def test_a_port_that_nobody_listens_on_is_told(client: HttpClient) -> None:
    with port_of_nobody() as port, pytest.raises(NetworkError) as caught:
        received(client, f"http://127.0.0.1:{port}/small?signature=secret")

    assert str(caught.value) == f"127.0.0.1:{port} cannot be reached: Connection refused"


def test_a_host_that_was_given_up_and_answers_again_gets_patience_again(
    files: EmbeddedFiles, client: HttpClient
) -> None:
    files.lies.add("/small", Lie.status(503), times=5)
    given_up = received(client, f"{files.url}/small")[0]
    received(client, f"{files.url}/small")
    files.lies.add("/small", Lie.status(503), times=1)

    answer = received(client, f"{files.url}/small")

    assert given_up == 503
    assert answer == (200, SMALL)


def test_a_host_that_was_not_reached_is_not_asked_again(open_client: Open) -> None:
    waits = Waits()
    client = open_client(reporter=waits)
    with port_of_nobody() as port:
        for _ in range(3):
            with (
                pytest.raises(NetworkError, match="cannot be reached"),
                client.stream(f"http://127.0.0.1:{port}/small"),
            ):
                pass

    assert len(waits.heard) == len(BRIEF)


def test_a_host_that_used_up_the_patience_for_one_thing_gets_no_more_for_others(
    files: EmbeddedFiles, client: HttpClient
) -> None:
    files.lies.add("/small", Lie.status(503))

    for _ in range(3):
        with client.stream(f"{files.url}/small") as response:
            assert response.status == 503
    with client.stream(f"{files.url}/large") as response:
        assert response.status == 200

    assert len(files.requests) == len(BRIEF) + 1 + 2 + 1


def test_the_host_that_a_redirect_led_to_is_the_one_that_is_told(
    files: EmbeddedFiles, client: HttpClient
) -> None:
    with port_of_nobody() as port:
        host = f"127.0.0.1:{port}"
        files.redirects["/moved"] = f"http://{host}/small?signature=secret"

        with pytest.raises(NetworkError) as caught:
            received(client, f"{files.url}/moved")

    assert str(caught.value) == f"{files_host(files)}: {host} cannot be reached: Connection refused"


def test_a_host_that_does_not_answer_is_told(open_client: Open) -> None:
    with stalling(b"") as url, pytest.raises(NetworkError) as caught:
        received(open_client(silence=0.02), url)

    host = url.removeprefix("http://")
    assert str(caught.value) == f"{host} cannot be reached: it did not answer in time"


def test_an_interrupt_ends_the_waiting(files: EmbeddedFiles) -> None:
    files.lies.add("/small", Lie.status(503))

    with HttpClient(token_for=no_token, reporter=Reporter(), schedule=Schedule((LONG,))) as client:
        tries = client.tries("m/small")
        threading.Timer(0.05, client.stop.set).start()
        with (
            at_once(),
            pytest.raises(StoppedError),
            client.stream(f"{files.url}/small", tries=tries),
        ):
            pass


@pytest.mark.parametrize("status", [200, 404])
def test_an_api_answers_with_json_whatever_the_status(
    files: EmbeddedFiles, open_client: Open, status: int
) -> None:
    body = json.dumps({"name": "é"}).encode()
    files.lies.add("/api", Lie.reply(Reply(status=status, body=body, headers={"X-Left": "1"})))

    reply = open_client(secret_of(files)).get_json(
        f"{files.url}/api", accept="application/vnd.github+json", headers={"X-Version": "1"}
    )

    assert (reply.status, reply.body, reply.headers["x-left"]) == (status, {"name": "é"}, "1")
    assert (reply.url, reply.token) == (f"{files.url}/api", Token("secret", "VARIABLE"))
    asked = files.requests[0].headers
    assert (asked["Accept"], asked["X-Version"]) == ("application/vnd.github+json", "1")


def test_an_error_without_json_has_no_body(files: EmbeddedFiles, client: HttpClient) -> None:
    assert client.get_json(f"{files.url}/missing").body is None


def test_a_success_without_json_is_no_api(files: EmbeddedFiles, client: HttpClient) -> None:
    page = Reply(body=b"<html>Log in to the network</html>", headers={"Content-Type": "text/html"})
    files.lies.add("/api", Lie.reply(page))

    with pytest.raises(ServerError) as caught:
        client.get_json(f"{files.url}/api", subject="m")

    assert str(caught.value) == (
        f"m: {files_host(files)} sent a reply that cannot be read: "
        "expected JSON, received text/html"
    )


def test_json_that_was_packed_all_the_same_is_read(
    files: EmbeddedFiles, client: HttpClient
) -> None:
    files.files["/api"] = b'{"a": 1}'
    files.lies.add("/api", Lie.GZIP)

    assert client.get_json(f"{files.url}/api").body == {"a": 1}


def test_json_that_grows_without_end_is_given_up(files: EmbeddedFiles, client: HttpClient) -> None:
    endless = Reply(headers={"Content-Encoding": "gzip"}, body=gzip.compress(bytes(65 << 20), 1))
    files.lies.add("/api", Lie.reply(endless))

    with pytest.raises(ServerError, match="too large: expected at most 67108864 bytes"):
        client.get_json(f"{files.url}/api")


def test_json_that_is_cut_short_is_asked_for_again(
    files: EmbeddedFiles, client: HttpClient
) -> None:
    files.files["/api"] = b'{"a": [1, 2, 3]}'
    files.lies.add("/api", Lie.TRUNCATED, times=4)

    assert client.get_json(f"{files.url}/api").body == {"a": [1, 2, 3]}


def test_json_that_is_always_cut_short_is_given_up(
    files: EmbeddedFiles, client: HttpClient
) -> None:
    files.files["/api"] = b'{"a": [1, 2, 3]}'
    files.lies.add("/api", Lie.TRUNCATED)

    with pytest.raises(TruncatedError):
        client.get_json(f"{files.url}/api")

    assert len(files.requests) == 5
