"""The embedded services over https, with a certificate that is trusted or not."""

import shutil
import ssl
import subprocess
from pathlib import Path

import httpx
import pytest

from modellock.testing import EmbeddedHub

NAME = "acme/minilm"


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """Key and certificate of both loopback hosts, in one file."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not on PATH")
    path = tmp_path / "loopback.pem"
    options = "-x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=hub"
    hosts = ["-addext", "subjectAltName=IP:127.0.0.1,IP:127.0.0.2"]
    targets = ["-keyout", str(path), "-out", f"{path}.crt"]
    subprocess.run(
        ["openssl", "req", *options.split(), *hosts, *targets], check=True, capture_output=True
    )
    path.write_text(path.read_text() + Path(f"{path}.crt").read_text())
    return path


@pytest.fixture
def tls(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


def test_a_client_that_trusts_the_certificate_gets_files_from_both_hosts(
    tls: ssl.SSLContext, certificate: Path
) -> None:
    trust = ssl.create_default_context(cafile=f"{certificate}.crt")
    with EmbeddedHub(tls=tls) as hub, httpx.Client(verify=trust, follow_redirects=True) as web:
        hub.publish(NAME, {"config.json": b"{}", "model.safetensors": b"weights"})

        config = web.get(f"{hub.url}/{NAME}/resolve/main/config.json")
        weights = web.get(f"{hub.url}/{NAME}/resolve/main/model.safetensors")

    assert hub.requests[0].origin == "hub"
    assert (config.content, weights.content) == (b"{}", b"weights")
    assert weights.url.scheme == "https"


def test_a_client_that_does_not_trust_it_gets_nothing(tls: ssl.SSLContext) -> None:
    with EmbeddedHub(tls=tls) as hub:
        hub.publish(NAME, {"config.json": b"{}"})

        with (
            pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"),
            httpx.Client() as web,
        ):
            web.get(f"{hub.url}/api/models/{NAME}")

    assert len(hub.requests) == 0
