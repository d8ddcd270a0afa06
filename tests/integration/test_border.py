"""Where a run may be led: near hosts only by their names in models.toml or the environment."""

import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest

from modellock.documents.manifest import Spec
from modellock.errors import NetworkError, UsageError
from modellock.ports.reporting import Reporter
from modellock.ports.settings import no_token
from modellock.shell.border import Border
from modellock.shell.httpclient import HttpClient
from modellock.shell.retries import Schedule
from modellock.shell.run_settings import settings_from
from modellock.sources.hub import HubSource
from modellock.testing import EmbeddedFiles, EmbeddedHub, Lie
from modellock.testing.wire.exchange import redirect
from modellock.values.origins import Kind
from tests.tunnel import Tunnel, certificates
from tests.waiting import LONG

HERE = frozenset(["127.0.0.1"])


@pytest.fixture
def files() -> Iterator[EmbeddedFiles]:
    with EmbeddedFiles({"/w.bin": b"weights"}) as files:
        yield files


def client_naming(*hosts: str) -> HttpClient:
    return HttpClient(
        token_for=no_token, reporter=Reporter(), schedule=Schedule(()), named_hosts=frozenset(hosts)
    )


def body_of(client: HttpClient, url: str) -> bytes:
    with client.stream(url) as response:
        return b"".join(bytes(block) for block in response.blocks())


def refusal(client: HttpClient, url: str) -> NetworkError:
    with pytest.raises(NetworkError) as caught:
        body_of(client, url)
    return caught.value


def port_of(files: EmbeddedFiles) -> str:
    return files.url.rpartition(":")[2]


def test_a_near_host_that_is_named_is_asked(files: EmbeddedFiles) -> None:
    with client_naming("127.0.0.1") as client:
        assert body_of(client, f"{files.url}/w.bin") == b"weights"


def test_a_near_host_that_nobody_named_is_not_asked(files: EmbeddedFiles) -> None:
    with client_naming("mirror.example") as client:
        error = refusal(client, f"{files.url}/w.bin")

    assert len(files.requests) == 0
    assert str(error) == (
        f"{files.url.removeprefix('http://')}: 127.0.0.1 is this machine, and neither models.toml "
        "nor the environment names it"
    )
    assert error.hint == "if that is meant, set `MODELLOCK_PRIVATE_HOSTS=127.0.0.1`"


@pytest.mark.parametrize("name", ["localhost", "2130706433", "0x7f.1"])
def test_a_name_that_leads_near_is_connected_to_and_told_nothing(name: str) -> None:
    with listening() as (port, received), client_naming("127.0.0.1") as client:
        error = refusal(client, f"http://{name}:{port}/w.bin")

    assert "is this machine, and neither models.toml" in str(error)
    assert received == [b""]


def test_with_tls_nothing_is_told_either() -> None:
    with listening() as (port, received), client_naming() as client:
        refusal(client, f"https://localhost:{port}/w.bin")

    assert received == [b""]


def test_a_connection_of_somebody_who_may_is_not_used_by_somebody_who_may_not(
    files: EmbeddedFiles,
) -> None:
    url = f"http://localhost:{port_of(files)}/w.bin"
    files.redirects["/led"] = url
    with client_naming("127.0.0.1") as client:
        assert body_of(client, f"{files.url}/led") == b"weights"
        files.requests.clear()

        refusal(client, url)

    assert len(files.requests) == 0


def test_a_near_host_may_lead_to_another_that_is_as_near(files: EmbeddedFiles) -> None:
    with EmbeddedFiles() as named:
        named.redirects["/w.bin"] = f"http://localhost:{port_of(files)}/w.bin"
        with client_naming("127.0.0.1") as client:
            assert body_of(client, f"{named.url}/w.bin") == b"weights"


@pytest.mark.parametrize(
    "target",
    [
        "http://169.254.169.254/latest/meta-data/",
        "http://[fe80::1]/",
        "http://[::ffff:a9fe:a9fe]/",
        "http://[64:ff9b::a9fe:a9fe]/",
    ],
)
def test_no_redirect_leads_to_the_local_link(files: EmbeddedFiles, target: str) -> None:
    files.redirects["/w.bin"] = target
    with client_naming("127.0.0.1") as client:
        error = refusal(client, f"{files.url}/w.bin")

    assert "is an address of the local link" in str(error)


def test_no_redirect_of_a_hubs_api_leads_to_the_local_link() -> None:
    spec = Spec(name="m", kind=Kind.HUB, origin="acme/m", revision="main")
    border = Border(HERE)
    with EmbeddedHub() as hub:
        hub.publish("acme/m", {"config.json": b"{}"})
        source = HubSource(hub.url, token=None, reporter=Reporter(), border=border)
        (candidate,) = source.candidates(spec)
        assert source.snapshot(spec, candidate).name == "acme/m"
        metadata = "https://169.254.169.254/api/models/acme/m"
        hub.lies.add("/api/*", Lie.reply(redirect(307, metadata)))

        with pytest.raises(
            NetworkError, match=r"169\.254\.169\.254 is an address of the local link"
        ):
            source.snapshot(spec, candidate)


@pytest.mark.parametrize(
    "target", ["https://127.0.0.1/", "https://10.0.0.5/", "https://[::1]/", "https://192.168.0.1/"]
)
def test_a_public_host_leads_to_no_near_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, target: str
) -> None:
    tls, trusted = certificates(["mirror.example"], tmp_path)
    with EmbeddedFiles(tls=tls) as files, Tunnel({"mirror.example": files.url}) as tunnel:
        monkeypatch.setenv("HTTPS_PROXY", tunnel.url)
        monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
        files.redirects["/w.bin"] = target
        with client_naming("hub.example") as client:
            error = refusal(client, "https://mirror.example/w.bin")

    assert re.search("neither models.toml nor the environment names it", str(error))


def test_the_way_to_a_public_host_may_lead_over_a_near_proxy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tls, trusted = certificates(["mirror.example"], tmp_path)
    with (
        EmbeddedFiles({"/w.bin": b"w"}, tls=tls) as files,
        Tunnel({"mirror.example": files.url}) as tunnel,
    ):
        monkeypatch.setenv("HTTPS_PROXY", tunnel.url)
        monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
        with client_naming() as client:
            assert body_of(client, "https://mirror.example/w.bin") == b"w"


def test_a_connection_that_is_gone_before_it_was_looked_at_is_left_to_who_sends() -> None:
    asked: list[str] = []

    class Gone:
        def get_extra_info(self, name: str) -> object:
            asked.append(name)
            raise OSError(name)

    request = SimpleNamespace(url=SimpleNamespace(raw_host=b"m.example"), extensions={})
    Border(frozenset()).way("m/w.bin").enter(request)
    trace = request.extensions["trace"]

    trace("connection.connect_tcp.started", {"host": "m.example"})
    trace("connection.connect_tcp.complete", {"return_value": Gone()})
    trace("http11.send_request_headers.started", {})

    assert asked == ["server_addr"]


def test_the_environment_names_hosts_in_any_case_and_addresses_in_brackets_or_not() -> None:
    settings = settings_from({"HOME": "/", "MODELLOCK_PRIVATE_HOSTS": "NAS.local, [fd00::1],::1,"})

    assert settings.private_hosts == {"nas.local", "fd00::1", "::1"}
    assert settings.named_hosts >= {"huggingface.co", "github.com", "nas.local"}


@pytest.mark.parametrize("host", ["nas.local:8443", "https://nas.local", "[fd00::1]:80"])
def test_a_port_or_a_url_names_no_host(host: str) -> None:
    with pytest.raises(UsageError, match=r"^MODELLOCK_PRIVATE_HOSTS: .* without a port$"):
        settings_from({"MODELLOCK_PRIVATE_HOSTS": host})


@contextmanager
def listening() -> Iterator[tuple[int, list[bytes]]]:
    """A port that takes one connection, and what came over it until it was closed."""
    received: list[bytes] = []

    def listen() -> None:
        connection, _ = listener.accept()
        with connection:
            connection.settimeout(LONG)
            received.append(connection.recv(1024))

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=listen, daemon=True)
        thread.start()
        yield listener.getsockname()[1], received
        thread.join(LONG)
