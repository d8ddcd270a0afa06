"""Which machines a run may speak to: those of the public, and near ones that somebody named.

A models.lock, or a host that redirects, could lead a run to what only this machine or its network
reaches: routers, databases, the service of a cloud that hands out credentials. So an address is
looked at once there is a connection to it, which no answer of a name server can change any more,
and before a byte is sent.
"""

from collections.abc import Callable, Collection
from typing import Any

from modellock.errors import NetworkError
from modellock.ports.settings import HOSTS_VARIABLE
from modellock.values.vicinity import Vicinity, vicinity_of
from modellock.values.wording import visible

_CONNECTING, _CONNECTED = "connect_tcp.started", "connect_tcp.complete"
_SENDING = "send_request_headers.started"


class Border:
    """What is known of the hosts of one run. Safe to use from several threads.

    `named` are the hosts that may be at any address, in lower case; with None all may.
    """

    def __init__(self, named: Collection[str] | None) -> None:
        self._named = named
        self._seen: dict[str, Vicinity] = {}
        """The nearest address of each host that there was a connection to."""

    def way(self, subject: str) -> "Way":
        """The way of one request, from redirect to redirect; `subject` is for messages."""
        return Way(subject, self._named, self._seen)


class Way:
    """One request, and where it was led so far."""

    def __init__(
        self, subject: str, named: Collection[str] | None, seen: dict[str, Vicinity]
    ) -> None:
        self._subject = subject
        self._named = named
        self._seen = seen
        self._host, self._literal = "", Vicinity.PUBLIC
        self._nearest = Vicinity.PUBLIC
        """How near a host may be that nobody named: as near as the one that leads there."""

    def enter(self, request: Any) -> None:
        """Look at the next request of the HTTP library before it is sent, and at its connection.

        Raises NetworkError at once, or out of sending it.
        """
        if self._named is None:
            return
        # As the library looks it up, in ASCII; brackets are of the URL alone.
        host = request.url.raw_host.decode("ascii").lower().strip("[]")
        allowed = Vicinity.LINK_LOCAL if host in self._named else self._nearest
        literal = vicinity_of(host)
        self._host, self._literal = host, literal or Vicinity.PUBLIC
        if literal is not None:
            # A proxy would be asked for it without a look.
            self._check(host, host, literal, allowed)
        request.extensions["trace"] = self._watch(host, allowed)

    def arrive(self) -> None:
        """The request was answered: what the answer leads to may be as near as its sender."""
        if self._named is not None:
            self._nearest = self._seen.get(self._host, self._literal)

    def _watch(self, host: str, allowed: Vicinity) -> Callable[[str, dict[str, Any]], None]:
        """What httpcore tells of the connection before the request is sent over it."""
        direct = False

        def trace(event: str, told: dict[str, Any]) -> None:
            nonlocal direct
            if event.endswith(_CONNECTING):
                # A proxy is another host, which the environment names; it looks up names itself.
                direct = told["host"].lower() == host
            elif event.endswith(_CONNECTED) and direct:
                self._meet(host, told["return_value"], allowed)
            elif event.endswith(_SENDING) and host in self._seen:
                # Over a connection that somebody else may have opened.
                self._check(host, None, self._seen[host], allowed)

        return trace

    def _meet(self, host: str, stream: Any, allowed: Vicinity) -> None:
        try:
            address = str(stream.get_extra_info("server_addr")[0])
        except OSError:
            # Nobody is there any more: to send anything will fail, and say so.
            return
        vicinity = vicinity_of(address) or Vicinity.PUBLIC
        try:
            self._check(host, address, vicinity, allowed)
        except NetworkError:
            stream.close()
            raise
        self._seen[host] = max(vicinity, self._seen.get(host, vicinity))

    def _check(self, host: str, address: str | None, vicinity: Vicinity, allowed: Vicinity) -> None:
        if vicinity <= allowed:
            return
        shown = visible(host)
        at = f" ({address})" if address not in (None, host) else ""
        raise NetworkError(
            f"{self._subject}: {shown}{at} is {_WORDS[vicinity]}, and neither models.toml nor the "
            "environment names it",
            hint=f"if that is meant, set `{HOSTS_VARIABLE}={shown}`",
        )


_WORDS = {
    Vicinity.PRIVATE: "in a private network",
    Vicinity.LOOPBACK: "this machine",
    Vicinity.LINK_LOCAL: "an address of the local link",
}
