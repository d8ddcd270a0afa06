"""Services that refuse to answer so many requests: who was told so makes all others wait, too.

Then requests go out one by one, and each answer brings the next one nearer; a new refusal doubles
the time between them. All at once they would be refused again and again, until the patience of each
is used up; so the service is soon asked about as often as it likes, without that it says how often.
"""

import math
import threading
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from modellock.errors import ModellockError, RateLimitError
from modellock.ports.refusals import is_limit
from modellock.shell.retries import Tries, wait_asked
from modellock.values.addresses import Service, host_of, service_of

_FIRST_SPACING, _SMALLEST_SPACING, _LARGEST_SPACING = 0.01, 0.001, 2.0
"""Seconds between two requests after a refusal; below the smallest they need not be counted."""

_HALVED_IN = 3.0
"""Seconds, about, in which answers halve the time to the next request; or seven of them do."""

_PATIENCE = 0.5
"""Seconds between two looks of who stands in the queue."""


@dataclass(slots=True)
class _Limit:
    """What one service grants. Times are in seconds of the monotonic clock."""

    until: float = 0.0
    """When it wants requests again."""

    spacing: float = 0.0
    """Seconds between two requests."""

    next_at: float = 0.0
    """When the next request may be sent."""

    queue: threading.Lock = field(default_factory=threading.Lock)
    """Held by whose turn comes next."""

    def seconds_left(self) -> float:
        """Until the next turn."""
        return max(self.until, self.next_at) - time.monotonic()

    def answered(self) -> None:
        """Come a little faster."""
        self.spacing *= 1 - min(0.1, self.spacing * math.log(2) / _HALVED_IN)
        if self.spacing < _SMALLEST_SPACING:
            self.spacing = 0.0

    def refused(self, wait: float) -> bool:
        """Wait, and then come more slowly; whether that is news."""
        now = time.monotonic()
        is_news = self.until <= now
        self.until = max(now + wait, self.until)
        if is_news:
            self.spacing = min(max(2 * self.spacing, _FIRST_SPACING), _LARGEST_SPACING)
        return is_news


class Limits:
    """When which service wants requests. Safe to use from several threads."""

    def __init__(self) -> None:
        self._changing = threading.Lock()
        self._limits: dict[Service, _Limit] = {}

    def heed(self, url: str, tries: Tries) -> None:
        """Wait, without a word, until the service of a URL wants one more request.

        Raises RateLimitError where it wants none for longer than there is patience; StoppedError.
        """
        limit = self._limit_of(url)
        if not limit.spacing and limit.seconds_left() <= 0:
            return
        while not limit.queue.acquire(timeout=_PATIENCE):
            self._check(limit, url, tries)
        try:
            while (seconds := limit.seconds_left()) > 0:
                self._check(limit, url, tries)
                tries.pause(seconds)
            limit.next_at = time.monotonic() + limit.spacing
        finally:
            limit.queue.release()

    def _check(self, limit: _Limit, url: str, tries: Tries) -> None:
        tries.check()
        forbidden = limit.until - time.monotonic()
        if forbidden > tries.longest_wait:
            raise self._refusal(url, tries.subject, forbidden)

    def note(
        self, url: str, status: int, headers: Mapping[str, str], seconds: float | None
    ) -> bool:
        """Remember an answer; whoever it refuses because of a limit waits for `seconds`.

        Whether it is worth a word: not where another thread was told the same. Names of headers
        are in lower case.
        """
        limit = self._limit_of(url)
        with self._changing:
            if is_limit(status, headers):
                return limit.refused(wait_asked(headers) or seconds or 0.0)
            if status < 500:
                limit.answered()
            return True

    def _limit_of(self, url: str) -> _Limit:
        with self._changing:
            return self._limits.setdefault(service_of(url), _Limit())

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
