"""What may be sent in a conversation with a Hub, request by request."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from modellock._version import __version__
from modellock.errors import NetworkError, ServerError
from modellock.ports.settings import Token
from modellock.shell.border import Border
from modellock.sources.hub_conversation import Conversation

HUB = "https://hub.example"
TOKEN = Token("hf_secret", "HF_TOKEN")


@dataclass
class Request:
    """As much of a request of httpx or httpx2 as a hook looks at."""

    url: str
    headers: dict[str, str] = field(default_factory=dict)
    extensions: dict[str, Any] = field(default_factory=dict)


def conversation(endpoint: str = HUB, token: Token | None = TOKEN) -> Conversation:
    way = Border(None).way("minilm")
    return Conversation(subject="minilm", endpoint=endpoint, token=token, refuse=print, way=way)


@pytest.mark.parametrize(
    "url",
    [
        f"{HUB}/api/models/acme/minilm",
        f"{HUB}:443/api/models/acme/minilm",
        f"{HUB}/api/datasets/acme/rows/tree/main?cursor=x",
    ],
)
def test_a_request_to_the_endpoint_carries_the_token(url: str) -> None:
    request = Request(url)

    conversation().admit(request)

    assert request.headers["Authorization"] == "Bearer hf_secret"


@pytest.mark.parametrize(
    "url",
    [
        "https://other.example/api/models/x",
        "https://hub.example:8443/api/models/x",
        "https://hub.example.evil.example/api/models/x",
        "https://sub.hub.example/api/models/x",
        "https://hub.example@evil.example/api/models/x",
    ],
)
def test_a_request_to_anywhere_else_carries_none(url: str) -> None:
    request = Request(url, {"Authorization": "Bearer hf_secret"})

    conversation().admit(request)

    assert "Authorization" not in request.headers


def test_without_a_token_of_ours_none_is_sent() -> None:
    request = Request(f"{HUB}/api/models/x", {"Authorization": "Bearer of-somebody"})

    conversation(token=None).admit(request)

    assert "Authorization" not in request.headers


def test_nobody_is_told_more_of_the_caller_than_the_version_of_modellock() -> None:
    request = Request(f"{HUB}/api/models/x", {"User-Agent": "torch/2.13; agent/somebody"})

    conversation().admit(request)

    assert request.headers["User-Agent"] == f"modellock/{__version__}"


def test_no_request_waits_forever() -> None:
    request = Request(f"{HUB}/api/models/x", extensions={"timeout": {"read": None}})

    conversation().admit(request)

    assert request.extensions["timeout"] == {
        "connect": 10.0, "read": 30.0, "write": 30.0, "pool": 30.0
    }  # fmt: skip


@pytest.mark.parametrize(
    ("endpoint", "url"),
    [
        (HUB, "http://hub.example/api/models/x"),
        (HUB, "http://127.0.0.1:80/api/models/x"),
        ("http://127.0.0.1:8000", "http://hub.example/api/models/x"),
    ],
)
def test_a_request_never_falls_back_to_plain_http(endpoint: str, url: str) -> None:
    with pytest.raises(NetworkError, match="expected https, received http"):
        conversation(endpoint).admit(Request(url))


def test_on_this_machine_plain_http_is_plain_enough() -> None:
    request = Request("http://127.0.0.1:8000/api/models/x")

    conversation("http://127.0.0.1:8000").admit(request)

    assert request.headers["Authorization"] == "Bearer hf_secret"


@pytest.mark.parametrize("path", ["/api/agent-harnesses", "/api/whoami-v2", "/login", ""])
def test_nothing_but_models_and_datasets_is_asked_about(path: str) -> None:
    with pytest.raises(ServerError, match="expected the API of a Hub"):
        conversation().admit(Request(HUB + path))


def test_a_refusal_shows_neither_query_nor_password() -> None:
    with pytest.raises(ServerError) as caught:
        conversation().admit(Request("https://user:password@evil.example/x?sig=signature"))

    assert str(caught.value) == (
        "minilm: hub.example leads to https://evil.example/x: expected the API of a Hub"
    )


@pytest.mark.parametrize(
    ("most", "url"), [(10, f"{HUB}/api/models/x"), (2_000, f"{HUB}/api/models/x?page={{page}}")]
)
def test_a_listing_has_an_end(most: int, url: str) -> None:
    talk = conversation()
    for page in range(most):
        talk.admit(Request(url.format(page=page)))

    with pytest.raises(ServerError, match="listing without an end"):
        talk.admit(Request(url.format(page=most)))
