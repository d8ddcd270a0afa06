"""GitHub's primary rate limit: requests an hour, per caller."""

import time
from collections import Counter
from dataclasses import dataclass, field

from modellock.testing.wire.exchange import Request

_HOUR = 3600


@dataclass(slots=True)
class GitHubQuota:
    """How many requests a caller has; all the world's, until `requests` is set."""

    requests: int | None = None
    """In an hour, for each token and for all without one. None: told as usual, never refused."""

    _used: Counter[str | None] = field(default_factory=Counter)
    _ends: int = 0

    def is_used_up(self, request: Request) -> bool:
        """Whether the caller has to wait."""
        return self.requests is not None and self._used[request.token] >= self.requests

    def count(self, request: Request) -> None:
        """One request less."""
        if time.time() >= self._ends:
            self._ends = int(time.time()) + _HOUR
            self._used.clear()
        self._used[request.token] += 1

    def figures(self, request: Request) -> dict[str, int]:
        """Limit, remaining, used and reset (seconds since the epoch), as the caller is told."""
        usual = 60 if request.token is None else 5000
        limit = usual if self.requests is None else self.requests
        used = 1 if self.requests is None else min(limit, self._used[request.token])
        return {"limit": limit, "remaining": limit - used, "used": used, "reset": self._ends}
