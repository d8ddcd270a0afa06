"""When to ask a server again: how long it wants to be left alone, and how patient a run is."""

import random
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from threading import Event

from modellock.ports.refusals import is_limit
from modellock.ports.reporting import Reporter
from modellock.shell.crew import StoppedError

DELAYS = (0.5, 1.0, 2.0, 4.0)
"""Seconds before the second to the fifth try, where the server does not say."""

LASTING = (8.0, 15.0, 30.0, 30.0, 30.0)
"""More of them once something has arrived: a router takes two minutes to come back."""

JITTER = 0.25
"""Up to so much is added to a delay, so that those who were cut off together come back apart."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """How long one thing is tried for."""

    delays: Sequence[float] = DELAYS
    """Seconds before the second and each further try."""

    lasting: Sequence[float] = LASTING
    """Seconds before those that follow once a part of it has arrived."""

    jitter: float = JITTER
    """The share of a delay that is added to it at most."""


LONGEST_WAIT = 310.0
"""Seconds, all together; a server that wants more patience than that gets its answer in words.

The Hub counts requests in windows of 300 s (`RateLimit-Policy: "fixed window";"api";q=500;w=300`).
"""

_WAIT_BEFORE_OTHERS = 60.0
"""The same, of a place that is not the last one that may have a file."""

_RETRIED = frozenset([408, 425, 429, 500, 502, 503, 504])


def longest_wait(places_left: int) -> float:
    """Seconds for which nothing may come of a place that so many others stand behind."""
    return _WAIT_BEFORE_OTHERS if places_left else LONGEST_WAIT


def retry_delay(attempt: int, retry_after: float | None, delays: Sequence[float] = DELAYS) -> float:
    """Seconds to wait before trying again; `attempt` counts from 0.

    A server's Retry-After wins (RFC 9110, 10.2.3). Otherwise the schedule, its last delay over
    and over; so it is where the server names a moment that has passed by now.
    """
    return retry_after or delays[min(attempt, len(delays) - 1)]


def may_pass(status: int, headers: Mapping[str, str]) -> bool:
    """Whether the same request may be answered otherwise in a while."""
    return status in _RETRIED or is_limit(status, headers)


def wait_asked(headers: Mapping[str, str], now: float | None = None) -> float | None:
    """Seconds for which a server asks to be left alone; None where it does not say.

    `now` is in seconds since the epoch, and counts only where the reply has no Date: the server's
    own clock goes right by itself, whatever became of this machine's. Retry-After is seconds or a
    date (RFC 9110, 10.2.3); GitHub's `x-ratelimit-reset` is seconds since the epoch; the Hub's
    `RateLimit` reads `"api";r=0;t=189`: requests left, and seconds until there are more.
    """
    now = _moment(headers.get("date", "")) or (time.time() if now is None else now)
    asked = headers.get("retry-after")
    if asked is not None:
        return _seconds(asked, now)
    if headers.get("x-ratelimit-remaining") == "0":
        reset = _number(headers.get("x-ratelimit-reset", ""))
        return None if reset is None else max(0.0, reset - now)
    parts = [part.strip() for part in headers.get("ratelimit", "").split(";")]
    if "r=0" not in parts:
        return None
    # The window begins anew within the last second that it names.
    seconds = next((_number(part[2:]) for part in parts if part.startswith("t=")), None)
    return None if seconds is None else seconds + 1


def _seconds(text: str, now: float) -> float | None:
    number = _number(text)
    if number is not None:
        return number
    moment = _moment(text)
    return None if moment is None else max(0.0, moment - now)


def _moment(text: str) -> float | None:
    """Seconds since the epoch of a date such as `Sat, 21 Nov 2026 08:00:05 GMT`."""
    try:
        return parsedate_to_datetime(text).timestamp()
    except (ValueError, OverflowError):
        return None


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if 0 <= number < 1e12 else None


class Tries:
    """How often one thing may still be tried: one budget over connections, statuses and bodies."""

    def __init__(
        self,
        subject: str,
        reporter: Reporter,
        *,
        stop: Event | None = None,
        schedule: Schedule = Schedule(),
        longest_wait: float = LONGEST_WAIT,
    ) -> None:
        self.subject = subject
        """What is tried, for messages: `<model>/<path>`, or a host."""

        self.since = time.monotonic()
        """When trying began, or got somewhere last."""

        self.is_underway = False
        """Whether something has arrived of what is tried."""

        self.longest_wait = longest_wait
        """Seconds for which nothing may come: a server may want to be left alone, or be silent."""

        self._reporter = reporter
        self._stop = stop or Event()
        self._delays = tuple(schedule.delays)
        self._lasting = tuple(schedule.lasting)
        self._jitter = schedule.jitter
        self._failed = 0
        self._waits_left = longest_wait

    def check(self) -> None:
        """Raise StoppedError once the run is interrupted."""
        if self._stop.is_set():
            raise StoppedError

    def again(self, reason: str) -> bool:
        """Wait, and say so; False, at once, where the budget is used up.

        Raises StoppedError when interrupted.
        """
        seconds = self.next_wait({})
        if seconds is None:
            return False
        self.wait(seconds, reason)
        return True

    def renew(self) -> None:
        """Begin with a whole budget again, and a larger one: the last try got somewhere."""
        self._failed = 0
        self._delays, self._lasting = self._delays + self._lasting, ()
        self.since, self.is_underway = time.monotonic(), True

    def next_wait(self, headers: Mapping[str, str]) -> float | None:
        """Seconds to wait before the next try, which is taken from the budget.

        None where the budget is used up, nothing came for too long, or the server of a reply with
        these headers asks for more patience than is left.
        """
        asked = wait_asked(headers)
        is_too_late = time.monotonic() - self.since > self.longest_wait
        is_used_up = self._failed == len(self._delays) or is_too_late
        if is_used_up or (asked or 0.0) > self._waits_left:
            return None
        seconds = retry_delay(self._failed, asked, self._delays)
        self._failed += 1
        self._waits_left -= asked or 0.0
        spread = self._jitter if asked is None else 0.0
        return seconds * random.uniform(1, 1 + spread)  # noqa: S311 - no secret

    def wait(self, seconds: float, reason: str) -> None:
        """Wait, and say so. Raises StoppedError when interrupted."""
        self.check()
        self._reporter.fetch_waiting(self.subject, reason, seconds)
        self.pause(seconds)

    def pause(self, seconds: float) -> None:
        """Wait without a word. Raises StoppedError when interrupted."""
        if self._stop.wait(seconds):
            raise StoppedError
