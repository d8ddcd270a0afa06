"""The servers of one embedded service: one log of requests and one set of lies for all of them."""

import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack

from modellock.testing.wire.delivery import compressed
from modellock.testing.wire.exchange import RefusedError, Reply, Request
from modellock.testing.wire.lies import Lies
from modellock.testing.wire.origin import Answer, Origin
from modellock.testing.wire.ranges import narrow

OBJECTS_ADDRESS = "127.0.0.2"
"""Where signed URLs lead: another host, so that a client has a chance to leak its token."""


class RequestLog:
    """Every request that a service received, in the order of arrival, over all of its servers."""

    def __init__(self) -> None:
        self._requests: list[Request] = []
        self._lock = threading.Lock()

    def append(self, request: Request) -> None:
        """Add the newest."""
        with self._lock:
            self._requests.append(request)

    def clear(self) -> None:
        """Forget all so far."""
        with self._lock:
            self._requests.clear()

    def __len__(self) -> int:
        return len(self._requests)

    def __getitem__(self, index: int) -> Request:
        return self._requests[index]

    def __iter__(self) -> Iterator[Request]:
        """Over those received until now."""
        with self._lock:
            return iter(tuple(self._requests))


class Loopback:
    """Starts and stops the servers of one service together."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.lies = Lies()
        self.requests = RequestLog()
        self.lock = threading.RLock()
        """Held while a reply is made, and by whoever changes what is published."""
        self._tls = tls
        self._origins: list[Origin] = []
        self._stack = ExitStack()

    def add(
        self,
        name: str,
        answer: Answer,
        *,
        finish: Callable[[Request, Reply], Reply] = lambda _request, reply: reply,
        address: str = "127.0.0.1",
    ) -> Origin:
        """One more server; `finish` adds what every reply of it has, refusals too."""

        def reply_to(request: Request) -> Reply:
            self.requests.append(request)
            with self.lock:
                reply = finish(request, _settled(answer, request))
            reply = self.lies.tell(request, reply)
            return narrow(request, compressed(request, reply))

        origin = Origin(name, reply_to, address=address, tls=self._tls)
        self._origins.append(origin)
        return origin

    def start(self, port: int = 0) -> None:
        """Start all servers, the first one at `port`."""
        for index, origin in enumerate(self._origins):
            origin.start(port if index == 0 else 0)
            self._stack.callback(origin.stop)

    def stop(self) -> None:
        """Stop all servers that run."""
        self._stack.close()


def _settled(answer: Answer, request: Request) -> Reply:
    try:
        return answer(request)
    except RefusedError as refused:
        return refused.reply
