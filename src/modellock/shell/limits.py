"""Services that refuse to answer so many requests: who was told so makes all others wait, too.

Then they begin slowly, as TCP does (RFC 5681, 3.1): with one request, and with each answer one more
at once, up to half of what was too many; from there on with one more for each round of answers. All
at once they would be refused again and again, until the patience of each is used up.
"""

import math
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from modellock.errors import ModellockError, RateLimitError
from modellock.ports.refusals import is_limit
from modellock.shell.retries import Tries, wait_asked
from modellock.values.addresses import Service, host_of, service_of

_PAUSE = 0.1
"""Seconds between two looks whether another request may be sent."""


@dataclass(slots=True)
class _Limit:
    """What one service grants."""

    until: float = 0.0
    """When it wants requests again, in seconds of the monotonic clock."""

    at_once: float = math.inf
    """Requests that may wait for an answer at the same time."""

    bearable: float = math.inf
    """As many as are reached quickly."""

    waiting: int = 0
    """Those that do."""

    def answered(self) -> None:
        """Allow some more."""
        self.at_once += 1 if self.at_once < self.bearable else 1 / self.at_once

    def refused(self, wait: float) -> bool:
        """Wait, and then begin with one again; whether that is news."""
        now = time.monotonic()
        is_news = self.until <= now
        self.until = max(now + wait, self.until)
        if is_news:
            self.bearable = max(1.0, min(self.at_once, self.waiting + 1) / 2)
            self.at_once = 1.0
        return is_news


class Limits:
    """Until when which service wants no requests, and how many then. Safe for several threads."""

    def __init__(self) -> None:
        self._changing = threading.Condition()
        self._limits: dict[Service, _Limit] = {}

    @contextmanager
    def turn(self, url: str, tries: Tries) -> Iterator[None]:
        """Wait, without a word, while the service of a URL wants no request; then ask it.

        Raises RateLimitError where that is longer than there is patience for; StoppedError.
        """
        limit = self._limit_of(url)
        self._take_place(limit, url, tries)
        try:
            yield
        finally:
            with self._changing:
                limit.waiting -= 1
                # Its place, and the one that its answer adds.
                self._changing.notify(2)

    def note(
        self, url: str, status: int, headers: Mapping[str, str], seconds: float | None
    ) -> bool:
        """Remember an answer; whoever it refuses because of a limit waits for `seconds`.

        Whether it is worth a word: not where another thread was told the same. Names of headers
        are in lower case.
        """
        limit = self._limit_of(url)
        wait = wait_asked(headers) or seconds or 0.0
        with self._changing:
            if is_limit(status, headers):
                return limit.refused(wait)
            if status < 500:
                limit.answered()
            return True

    def _limit_of(self, url: str) -> _Limit:
        with self._changing:
            return self._limits.setdefault(service_of(url), _Limit())

    def _take_place(self, limit: _Limit, url: str, tries: Tries) -> None:
        while True:
            with self._changing:
                seconds = limit.until - time.monotonic()
                if seconds <= 0 and limit.waiting < limit.at_once:
                    limit.waiting += 1
                    return
                if seconds <= 0:
                    self._changing.wait(_PAUSE)
            if seconds > tries.longest_wait:
                raise self._refusal(url, tries.subject, seconds)
            tries.pause(max(0.0, seconds))

    def _refusal(self, url: str, subject: str, seconds: float) -> RateLimitError:
        host = host_of(url)
        error = RateLimitError(
            f"{subject}: {host} wants no more requests for {math.ceil(seconds)} s"
        )
        error.host = host
        return error


def once_per_host(errors: Iterable[ModellockError]) -> list[ModellockError]:
    """The errors, but of those that one host's limit caused the one that says the most."""
    told = list(errors)
    # Only who got the answer itself knows what to do about it; who heard of it has no hint.
    limits = [error for error in told if isinstance(error, RateLimitError)]
    by_host = {error.host: error for error in sorted(limits, key=lambda one: bool(one.hint))}
    return [
        error
        for error in told
        if not isinstance(error, RateLimitError) or by_host[error.host] is error
    ]
