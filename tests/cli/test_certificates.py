"""Certificates that prove nothing, at the Hub or at the host that it redirects to."""

import datetime as dt
import re
import ssl
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
import trustme

import modellock as api
from modellock.testing import EmbeddedHub, Lie
from modellock.testing.wire.exchange import redirect
from tests.cli.command import Command, Ended

pytestmark = pytest.mark.slow

HUB, OBJECTS = "127.0.0.1", "127.0.0.2"
WEIGHTS = b"w" * 3_000_000
TOKEN = "hf_of_ada"  # noqa: S105 - of an embedded Hub

Certify = Callable[[trustme.CA, Path], ssl.SSLContext]


def shown(certificate: trustme.LeafCert) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    return context


def trusted(authority: trustme.CA, _folder: Path) -> ssl.SSLContext:
    return shown(authority.issue_cert(HUB, OBJECTS))


def expired(authority: trustme.CA, _folder: Path) -> ssl.SSLContext:
    then = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
    return shown(authority.issue_cert(HUB, OBJECTS, not_before=then, not_after=then))


def not_yet_valid(authority: trustme.CA, _folder: Path) -> ssl.SSLContext:
    then = dt.datetime(2100, 1, 1, tzinfo=dt.UTC)
    return shown(authority.issue_cert(HUB, OBJECTS, not_before=then, not_after=then))


def of_another_host(authority: trustme.CA, _folder: Path) -> ssl.SSLContext:
    return shown(authority.issue_cert("hub.example"))


def of_an_unknown_authority(_authority: trustme.CA, _folder: Path) -> ssl.SSLContext:
    return shown(trustme.CA().issue_cert(HUB, OBJECTS))


def of_the_hub_alone(authority: trustme.CA, _folder: Path) -> ssl.SSLContext:
    return shown(authority.issue_cert(HUB))


def self_signed(_authority: trustme.CA, folder: Path) -> ssl.SSLContext:
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    options = "-x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=hub"
    command = ["openssl", "req", *options.split(), "-addext", f"subjectAltName=IP:{HUB}"]
    subprocess.run(
        [*command, "-keyout", str(key), "-out", str(certificate)], check=True, capture_output=True
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context


def published(hub: EmbeddedHub) -> EmbeddedHub:
    hub.publish("acme/m", {"model.safetensors": WEIGHTS})
    hub.tokens[TOKEN] = ["acme/m"]
    return hub


@pytest.fixture
def project(modellock: Command, monkeypatch: pytest.MonkeyPatch) -> Command:
    """Locked while all was well; its store is empty."""
    with published(EmbeddedHub()) as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.url)
        (modellock.folder / "models.toml").write_text('[models.m]\nhub = "acme/m"\n')
        api.lock(directory=modellock.folder, store=modellock.folder / "other")
    return modellock


def sync(
    project: Command, certify: Certify, spoil: Callable[[EmbeddedHub], object] = published
) -> tuple[Ended, list[str]]:
    """How a sync ends that trusts one authority, and who was sent a request."""
    authority = trustme.CA()
    trust = project.home / "authority.pem"
    authority.cert_pem.write_to_path(str(trust))
    with published(EmbeddedHub(tls=certify(authority, project.home))) as hub:
        spoil(hub)
        environ = {"HF_ENDPOINT": hub.url, "HF_TOKEN": TOKEN, "SSL_CERT_FILE": str(trust)}
        ended = project.run("sync", "--no-progress", **environ)
        return ended, [request.origin for request in hub.requests]


def test_both_hosts_are_asked_where_one_trusts_their_authority(project: Command) -> None:
    ended, asked = sync(project, trusted)

    assert (ended.code, asked) == (0, ["hub", "objects"])
    assert (project.folder / "models/m/model.safetensors").read_bytes() == WEIGHTS


@pytest.mark.parametrize(
    ("certify", "words"),
    [
        (expired, "certificate has expired"),
        (not_yet_valid, "certificate is not yet valid"),
        (of_another_host, "IP address mismatch, certificate is not valid for '127.0.0.1'."),
        (of_an_unknown_authority, "unable to get local issuer certificate"),
        (self_signed, "self-signed certificate"),
    ],
)
def test_a_hub_that_proves_nothing_is_told_nothing(
    project: Command, certify: Certify, words: str
) -> None:
    ended, asked = sync(project, certify)

    assert (ended.code, asked) == (3, [])
    assert re.sub(r"127\.0\.0\.1:\d+", "HUB", ended.stderr) == (
        f"error: m/model.safetensors: HUB has a certificate that cannot be verified: {words}\n"
        "hint: set `SSL_CERT_FILE` to a file with the certificates that you trust\n"
    )
    assert not (project.folder / "models").exists()


def test_a_host_of_files_that_proves_nothing_is_told_nothing(project: Command) -> None:
    ended, asked = sync(project, of_the_hub_alone)

    assert (ended.code, asked) == (3, ["hub"])
    assert "127.0.0.2" in ended.stderr
    assert "certificate is not valid for '127.0.0.2'" in ended.stderr
    assert not (project.folder / "models").exists()


def test_a_redirect_to_plain_http_is_refused_unasked(project: Command) -> None:
    with published(EmbeddedHub()) as plain:

        def lead(hub: EmbeddedHub) -> None:
            hub.lies.add("*", Lie.reply(redirect(302, f"{plain.url}/weights")))

        ended, asked = sync(project, trusted, lead)

        assert list(plain.requests) == []
    assert (ended.code, asked) == (3, ["hub"])
    assert " leads from https to http, on 127.0.0.1:" in ended.stderr
    assert not (project.folder / "models").exists()
