"""The only HTTP client of modellock's own; huggingface_hub has another, for the Hub's API.

It follows redirects itself, so that a token stays with the host it belongs to; it asks for bytes as
they are; it keeps no cookies; it goes through the proxies of the environment.
"""

import itertools
import threading
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Self

from modellock._version import __version__
from modellock.errors import NetworkError, TruncatedError
from modellock.ports.reporting import Reporter
from modellock.ports.settings import Token
from modellock.shell.border import Border, Way
from modellock.shell.connections import open_connections
from modellock.shell.faults import at_host, client_opening, explain_fault
from modellock.shell.heads import attend, due_within
from modellock.shell.limits import Limits
from modellock.shell.lost import Lost
from modellock.shell.pace import Pace
from modellock.shell.responses import Flow, JsonReply, Response, json_reply
from modellock.shell.retries import LONGEST_WAIT, Schedule, Tries, may_pass
from modellock.shell.stalls import Patience
from modellock.shell.unlogged import filter_logs, unlogged
from modellock.values.addresses import Service, host_of, redirect_target, service_of
from modellock.values.wording import visible

CONNECT_SECONDS = 10.0
MOST_REDIRECTS = 10
_REDIRECTS = frozenset([301, 302, 303, 307, 308])
_LARGEST_DRAINED = 1 << 16

_HEADERS = {
    "Accept": "*/*",
    "Accept-Encoding": "identity",
    "Connection": "keep-alive",
    "User-Agent": f"modellock/{__version__}",
}

_POOLS = 16
"""Clients among which threads are dealt out: httpcore looks at each pair of a client's connections
whenever one is wanted, which for 192 of them took 16 s of CPU in place of 3 (httpcore 1.0,
`ConnectionPool._assign_requests_to_connections`; tests/benchmarks/lock.py)."""


class HttpClient:
    """Sends requests. Safe to use from several threads; closes by its `with` statement.

    `schedule` is how long one thing is tried for, `patience` how slow a body may be, `limit_rate`
    the bytes a second that all may bring together; `named_hosts` are those that may be near, with
    None all.
    """

    def __init__(
        self,
        *,
        token_for: Callable[[str], Token | None],
        reporter: Reporter,
        schedule: Schedule = Schedule(),  # noqa: B008 - it is a value
        patience: Patience = Patience(),  # noqa: B008 - it is a value
        limit_rate: int | None = None,
        named_hosts: Collection[str] | None = None,
    ) -> None:
        self.token_for = token_for
        self.stop = threading.Event()
        """Set once nobody waits for an answer any more: who asks gives up, with StoppedError."""
        self._reporter = reporter
        self._schedule = schedule
        self._flow = Flow(patience=patience, pace=Pace(limit_rate, self.stop))
        silence = patience.silence
        self._timeout = {
            "connect": min(silence, CONNECT_SECONDS),
            "read": silence,
            "write": silence,
            "pool": None,
        }
        self._pools: list[Any] = []
        self._mine = threading.local()
        self._threads = itertools.count()
        self._opening = threading.Lock()
        self._lost = Lost()
        self._trusted: Any = None
        """The certificates of the system, read once: that takes 20 ms."""
        self._limits = Limits()
        self.border = Border(named_hosts)
        """Which hosts this run may speak to."""
        filter_logs()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: object) -> None:
        self.stop.set()
        with unlogged():
            for pool in self._pools:
                pool.close()

    def tries(self, subject: str, *, longest_wait: float = LONGEST_WAIT) -> Tries:
        """A budget for one thing, which several requests may use up together.

        `longest_wait` is for how many seconds nothing may come.
        """
        return Tries(
            subject,
            self._reporter,
            stop=self.stop,
            schedule=self._schedule,
            longest_wait=longest_wait,
        )

    def get_json(
        self,
        url: str,
        *,
        accept: str = "application/json",
        headers: Mapping[str, str] | None = None,
        subject: str | None = None,
    ) -> JsonReply:
        """Ask an API; every status is an answer.

        Raises what `stream` raises, and ServerError where a success is no JSON.
        """
        tries = self.tries(subject or host_of(url))
        while True:
            try:
                with self.stream(url, accept=accept, headers=headers, tries=tries) as response:
                    return json_reply(response, tries.subject)
            except TruncatedError:
                if not tries.again("the reply was cut short"):
                    raise

    @contextmanager
    def stream(
        self,
        url: str,
        *,
        accept: str | None = None,
        headers: Mapping[str, str] | None = None,
        tries: Tries | None = None,
        anonymous: bool = False,
    ) -> Iterator[Response]:
        """Ask until there is an answer, whatever its status; its body is still on its way.

        Whoever is `anonymous` sends no token. What may pass (a lost connection, 408, 429, 5xx) is
        tried again within `tries`. Raises NetworkError, CertificateError; RateLimitError while the
        service still minds what another thread asked; StoppedError when interrupted.
        """
        wanted = {**(headers or {}), **({"Accept": accept} if accept else {})}
        token = None if anonymous else self.token_for(url)
        with unlogged():
            response = self._patiently(url, wanted, token, tries or self.tries(host_of(url)))
            try:
                yield response
            finally:
                response.close()

    def _patiently(
        self, url: str, headers: Mapping[str, str], token: Token | None, tries: Tries
    ) -> Response:
        import httpx

        while True:
            tries.check()
            self._refuse_lost(url, tries)
            self._limits.heed(url, tries)
            try:
                response = self._follow(url, headers, token, tries.subject)
            except (httpx.TransportError, httpx.InvalidURL, TimeoutError) as fault:
                self._try_again_or_raise(fault, url, tries)
                continue
            if not may_pass(response.status, response.headers):
                self._lost.answered(service_of(response.url))
                self._limits.note(url, response.status, response.headers, None)
                return response
            if not self._waits(response, url, tries):
                return response

    def _try_again_or_raise(self, fault: Exception, url: str, tries: Tries) -> None:
        """Wait for the next try after one that got no answer."""
        import httpx

        asked = str(fault.request.url) if isinstance(fault, httpx.TransportError) else url
        error, reason = explain_fault(fault, tries.subject, asked)
        service = service_of(asked)
        if reason and self._is_worth_trying(service, tries) and tries.again(reason):
            return
        unreached = isinstance(fault, httpx.ConnectError | httpx.ConnectTimeout)
        self._lost.give_up(service, tries.since, fault if unreached else None)
        raise error from fault

    def _waits(self, response: Response, url: str, tries: Tries) -> bool:
        """Wait for the next try after an answer that may pass; False where it is to stand."""
        service, headers = service_of(response.url), response.headers
        is_hopeful = self._is_worth_trying(service, tries)
        seconds = tries.next_wait(headers) if is_hopeful else None
        is_news = self._limits.note(url, response.status, headers, seconds)
        if seconds is None:
            self._lost.give_up(service, tries.since)
            return False
        response.close()
        if is_news:
            tries.wait(seconds, f"{host_of(response.url)} answered {response.status}")
        return True

    def _is_worth_trying(self, service: Service, tries: Tries) -> bool:
        # What has begun to arrive has a longer patience, which no other thing's may cut short.
        return tries.is_underway or not self._lost.has(service)

    def _refuse_lost(self, url: str, tries: Tries) -> None:
        fault = None if tries.is_underway else self._lost.unreached(service_of(url))
        if fault is not None:
            raise explain_fault(fault, tries.subject, url)[0] from fault

    def _follow(
        self, url: str, headers: Mapping[str, str], token: Token | None, subject: str
    ) -> Response:
        import httpx

        strayed, here, way = False, url, self.border.way(subject)
        for _ in range(MOST_REDIRECTS + 1):
            # Once away, always away: a foreign host does not choose what is asked with a token.
            strayed = strayed or service_of(here) != service_of(url)
            token = None if strayed else token
            with due_within(self._flow.patience.head):
                try:
                    raw = self._send(here, headers, token, way)
                except UnicodeError:
                    # Of the codec that looks up names; `xn--a` is one that only it refuses.
                    where = at_host(subject, here)
                    raise NetworkError(f"{where} is not the name of a host") from None
                location = _redirection(raw)
            if location is None:
                return Response(
                    raw,
                    lost=httpx.RequestError,
                    flow=self._flow,
                    subject=subject,
                    token=token,
                    strayed=strayed,
                )
            try:
                here = redirect_target(here, location)
            except ValueError as fault:
                raise NetworkError(f"{at_host(subject, here)} {visible(str(fault))}") from None
        raise NetworkError(
            f"{at_host(subject, url)} redirects in circles: "
            f"expected at most {MOST_REDIRECTS} redirects, received more"
        )

    def _send(self, url: str, headers: Mapping[str, str], token: Token | None, way: Way) -> Any:
        import httpx

        client = self._pool()
        authorization = {"Authorization": token.authorization} if token else {}
        sent = {**_HEADERS, **headers, **authorization}
        # Not the client's `build_request`, which takes the URL apart and puts it together again.
        request = httpx.Request("GET", url, headers=sent, extensions={"timeout": self._timeout})
        way.enter(request)
        attend(request)
        raw = client.send(request)
        way.arrive()
        return raw

    def _pool(self) -> Any:
        """The client whose connections this thread uses, with a few others."""
        pool = getattr(self._mine, "pool", None)
        if pool is None:
            with self._opening:
                if len(self._pools) < _POOLS:
                    self._pools.append(self._new_pool())
                pool = self._mine.pool = self._pools[next(self._threads) % _POOLS]
        return pool

    def _new_pool(self) -> Any:
        import httpx

        with client_opening(httpx.InvalidURL):
            if self._trusted is None:
                self._trusted = httpx.create_ssl_context()
            return open_connections(self._trusted)


def _redirection(raw: Any) -> str | None:
    """Where a reply redirects to, after its end; None where it does not.

    Only its head counts; a short body is read, to keep the connection.
    """
    location: str | None = raw.headers.get("Location")
    if raw.status_code not in _REDIRECTS or location is None:
        return None
    length = raw.headers.get("Content-Length", "")
    if length.isascii() and length.isdigit() and int(length) <= _LARGEST_DRAINED:
        raw.read()
    raw.close()
    return location
