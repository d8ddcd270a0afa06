"""Services that refuse to answer so many requests: who was told so makes all others wait, too."""

import math
import threading
import time
from collections.abc import Iterable, Mapping

from modellock.errors import ModellockError, RateLimitError
from modellock.ports.refusals import is_limit
from modellock.shell.retries import LONGEST_WAIT, Tries, wait_asked
from modellock.values.addresses import host_of, service_of


class Limits:
    """Until when which service wants no requests. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._until: dict[object, float] = {}

    def heed(self, url: str, tries: Tries) -> None:
        """Wait, without a word, while the service of a URL wants no requests.

        Raises RateLimitError where that is longer than anybody waits; StoppedError.
        """
        while seconds := self._left(service_of(url)):
            if seconds > LONGEST_WAIT:
                raise self._refusal(url, tries.subject, seconds)
            tries.pause(seconds)

    def note(
        self, url: str, status: int, headers: Mapping[str, str], seconds: float | None
    ) -> bool:
        """Remember a refusal because of a limit; who got it waits for `seconds`.

        Whether it is worth a word: not where another thread was told the same. Names of headers
        are in lower case.
        """
        if not is_limit(status, headers):
            return True
        wait = wait_asked(headers) or seconds or 0.0
        service = service_of(url)
        with self._lock:
            until = time.monotonic() + wait
            is_news = self._until.get(service, 0.0) <= time.monotonic()
            self._until[service] = max(until, self._until.get(service, 0.0))
        return is_news

    def _left(self, service: object) -> float:
        with self._lock:
            return max(0.0, self._until.get(service, 0.0) - time.monotonic())

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
