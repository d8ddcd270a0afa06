"""Services that used up the patience for one thing, and answered nothing else meanwhile.

They get no more of it until they answer: else each of a thousand files waits for a server that is
down. One that serves other files meanwhile is not down, whatever ails the one.
"""

import threading
import time

from modellock.values.addresses import Service


class Lost:
    """Which services are lost. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._faults: dict[Service, Exception | None] = {}
        self._answered: dict[Service, float] = {}
        """When each answered last, in seconds of the monotonic clock."""

    def answered(self, service: Service) -> None:
        """It is there, whatever it said."""
        with self._lock:
            self._answered[service] = time.monotonic()
            self._faults.pop(service, None)

    def give_up(self, service: Service, since: float, unreached: Exception | None = None) -> None:
        """One thing was tried since a moment of the monotonic clock, in vain.

        `unreached` is the fault, where there was no connection at all.
        """
        with self._lock:
            if self._answered.get(service, since) <= since:
                self._faults[service] = unreached

    def has(self, service: Service) -> bool:
        """Whether a service is lost."""
        with self._lock:
            return service in self._faults

    def unreached(self, service: Service) -> Exception | None:
        """Why not even a connection can be had; None where that is worth a try."""
        with self._lock:
            return self._faults.get(service)
