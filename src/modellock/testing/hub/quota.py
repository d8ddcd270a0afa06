"""The Hub's rate limits: fixed windows, per caller and kind of path."""

import time
from dataclasses import dataclass, field

from modellock.testing.wire.exchange import Reply, Request, json_reply


@dataclass(slots=True)
class HubQuota:
    """How many requests a caller has; unlimited, and silent about it, until `requests` is set."""

    requests: int | None = None
    """In one window, for each bucket."""

    seconds: int = 300
    """Length of the window."""

    _used: dict[tuple[str, str | None], int] = field(default_factory=dict)
    _ends: float = 0

    def exceeded(self, request: Request) -> Reply | None:
        """Count the request; the refusal, once there were too many."""
        if self.requests is None:
            return None
        key = (_bucket(request), request.token)
        if time.time() >= self._ends:
            self._ends = time.time() + self.seconds
            self._used.clear()
        self._used[key] = self._used.get(key, 0) + 1
        if self._used[key] <= self.requests:
            return None
        return json_reply(
            {"error": "We had to rate limit you. Please retry later."},
            429,
            {"Retry-After": str(self._left())},
        )

    def headers(self, request: Request) -> dict[str, str]:
        """What each reply says of the caller's quota."""
        if self.requests is None:
            return {}
        bucket = _bucket(request)
        remaining = max(0, self.requests - self._used.get((bucket, request.token), 0))
        return {
            "RateLimit": f'"{bucket}";r={remaining};t={self._left()}',
            "RateLimit-Policy": f'"fixed window";"{bucket}";q={self.requests};w={self.seconds}',
        }

    def _left(self) -> int:
        return max(0, round(self._ends - time.time()))


def _bucket(request: Request) -> str:
    if "/resolve" in request.path:
        return "resolvers"
    return "api" if request.path.startswith("/api/") else "pages"
