"""The embedded services, and clients that know nothing of them."""

import os
import ssl
from collections.abc import Iterator

import httpx
import pytest

from modellock.testing import EmbeddedFiles, EmbeddedGitHub, EmbeddedHub

# Read once, when huggingface_hub is imported: without it every call first asks another endpoint.
os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")


@pytest.fixture
def hub() -> Iterator[EmbeddedHub]:
    with EmbeddedHub() as hub:
        yield hub


@pytest.fixture
def github() -> Iterator[EmbeddedGitHub]:
    with EmbeddedGitHub() as github:
        yield github


@pytest.fixture
def enterprise() -> Iterator[EmbeddedGitHub]:
    with EmbeddedGitHub(enterprise=True) as github:
        yield github


@pytest.fixture
def files() -> Iterator[EmbeddedFiles]:
    with EmbeddedFiles() as files:
        yield files


@pytest.fixture(scope="session")
def certificates() -> ssl.SSLContext:
    """Read once: it takes longer than most tests here."""
    return ssl.create_default_context()


@pytest.fixture
def web(certificates: ssl.SSLContext) -> Iterator[httpx.Client]:
    """Follows redirects, and wants bytes as they are."""
    identity = {"Accept-Encoding": "identity"}
    with httpx.Client(verify=certificates, follow_redirects=True, headers=identity) as client:
        yield client
