"""One question to a Hub on its way: where its requests may go, what they carry, how long they take.

huggingface_hub has one HTTP client for the whole process, and an application that calls modellock
may have made it, with a proxy and certificates of its own. So it is neither replaced nor closed:
two hooks are added to it that do nothing but while a question of ours is asked in the same context.
Nor is anything else of the application's huggingface_hub changed, or of its environment.

- The token is no business of huggingface_hub's. The hook writes it into requests to the endpoint's
  own scheme, host and port, so that neither a redirect nor a page's `Link` carries it elsewhere.
- A refusal is raised before huggingface_hub waits for as long as the server likes.
- `timeout=None`, with which huggingface_hub lists trees, does not mean forever.
- A reply begins and ends: huggingface_hub reads as much as is sent, for as long as something is.
- No reply leads to a near host that nobody named.
- Nothing but the API of models and datasets is asked: `GET /api/agent-harnesses`, which building a
  header can cause, is not sent; and nobody is told more of the caller than modellock's version.
- `HF_HUB_OFFLINE` speaks to the application, and huggingface_hub's own hook enforces it: that hook
  is passed over.
- What huggingface_hub would log of a question of ours, and print, is told by an error instead.
"""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from modellock._version import __version__
from modellock.errors import NetworkError, ServerError
from modellock.ports.settings import Token
from modellock.shell.border import Way
from modellock.shell.heads import attend, due_anew, due_within
from modellock.shell.responses import PATIENCE, bounded
from modellock.shell.unlogged import filter_logs, unlogged
from modellock.values.addresses import host_of, service_of, without_query
from modellock.values.origins import is_secure
from modellock.values.wording import visible

# Seconds, by the names that the transports of httpx and httpx2 know.
_TIMEOUTS = {"connect": 10.0, "read": 30.0, "write": 30.0, "pool": 30.0}

_MOST_REQUESTS = 2_000
"""In one conversation: a tree of two million files."""

_MOST_REPEATS = 10
"""Of one URL in one conversation; huggingface_hub itself tries six times."""

_API_ROOTS = ("/api/models/", "/api/datasets/")

_OWN_HOOK = "hf_request_event_hook"
"""Of huggingface_hub, in both majors; it has no public name."""

_TALKATIVE = ("huggingface_hub.utils._http", "huggingface_hub.utils._detect_agent")
"""The loggers of retries, of warnings in headers and, with `HF_DEBUG`, of whole requests."""

_USER_AGENT = f"modellock/{__version__}"
_ATTENDING = threading.Lock()


@dataclass(slots=True, kw_only=True)
class Conversation:
    """What the hooks go by while a question is being asked."""

    subject: str
    """What is asked about, for messages."""

    endpoint: str
    token: Token | None
    refuse: Callable[[Any], None]
    """Raises what a reply with an error status means."""

    way: Way
    """Where the requests may lead."""

    head_seconds: float = 60.0
    """Within which a reply has begun."""

    asked: Counter[str] = field(default_factory=Counter)

    def admit(self, request: Any) -> None:
        """Make a request ours, or refuse to send it.

        Raises NetworkError where it would fall back to http, ServerError where it leads astray or
        in circles.
        """
        url = str(request.url)
        self.asked[url] += 1
        self._check(url)
        request.headers.pop("Authorization", None)
        request.headers["User-Agent"] = _USER_AGENT
        if self.token is not None and service_of(url) == service_of(self.endpoint):
            request.headers["Authorization"] = self.token.authorization
        request.extensions["timeout"] = dict(_TIMEOUTS)
        self.way.enter(request)
        attend(request)
        due_anew(self.head_seconds)

    def hear(self, response: Any) -> None:
        """Let a reply end, and what it leads to be as near as its sender."""
        self.way.arrive()
        due_anew(PATIENCE)
        where, pieces = f"{self.subject}: {host_of(str(response.url))}", response.iter_bytes
        # What `read` goes through, in both majors.
        response.iter_bytes = lambda *chunks: bounded(pieces(*chunks), where)
        if response.status_code >= 400:
            response.read()
            self.refuse(response)

    def _check(self, url: str) -> None:
        host = f"{self.subject}: {host_of(self.endpoint)}"
        where = visible(without_query(url))
        if not is_secure(url) or (self.endpoint.startswith("https:") and url.startswith("http:")):
            raise NetworkError(f"{host} leads to {where}: expected https, received http")
        if not any(root in urlsplit(url).path for root in _API_ROOTS):
            raise ServerError(f"{host} leads to {where}: expected the API of a Hub")
        if self.asked[url] > _MOST_REPEATS or self.asked.total() > _MOST_REQUESTS:
            raise ServerError(f"{host} sent a listing without an end")


# It holds nothing between conversations, and in each thread another one.
_CURRENT: ContextVar[Conversation | None] = ContextVar("modellock_hub_conversation", default=None)


@contextmanager
def conversing(client: Any, conversation: Conversation) -> Iterator[None]:
    """While it lasts, what this context sends through huggingface_hub's client obeys."""
    _attend(client)
    previous = _CURRENT.set(conversation)
    try:
        filter_logs(*_TALKATIVE)
        with unlogged(), due_within(PATIENCE):
            yield
    finally:
        _CURRENT.reset(previous)


def _attend(client: Any) -> None:
    """Put our hooks into a client, once; they stay, since other threads may be going through."""
    requests, responses = client.event_hooks["request"], client.event_hooks["response"]
    with _ATTENDING:
        if _before_request not in requests:
            requests[:] = [*map(_passed_over, requests), _before_request]
            responses.append(_after_response)


def _passed_over(hook: Callable[[Any], object]) -> Callable[[Any], object]:
    """A hook that is not asked about requests of ours, where it is huggingface_hub's own."""
    if getattr(hook, "__name__", "") != _OWN_HOOK:
        return hook
    return lambda request: None if _CURRENT.get() else hook(request)


def _before_request(request: Any) -> None:
    conversation = _CURRENT.get()
    if conversation is not None:
        conversation.admit(request)


def _after_response(response: Any) -> None:
    conversation = _CURRENT.get()
    if conversation is not None:
        conversation.hear(response)
