"""Where a service lies, and how often."""

import threading
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from modellock.testing.wire.exchange import Reply, Request
from modellock.testing.wire.lie import Lie


@dataclass(slots=True)
class _Rule:
    pattern: str
    lie: Lie
    times: float
    origin: str | None

    def fits(self, request: Request, reply: Reply) -> bool:
        paths = (request.plain_path, reply.subject)
        return (
            self.times > 0
            and self.origin in {None, request.origin}
            and any(fnmatchcase(path, self.pattern) for path in paths)
            and self.lie.concerns(request, reply)
        )


@dataclass(slots=True)
class Lies:
    """The lies that the servers of one service tell, in the order in which they were added."""

    _rules: list[_Rule] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(
        self, pattern: str, lie: Lie, *, times: int | None = None, origin: str | None = None
    ) -> None:
        """Tell `lie` where `pattern` fits a path, the first `times` times.

        The pattern is fnmatch's, over the decoded path; one that begins with neither `/` nor `*`
        fits a file of that name anywhere. A signed URL goes by the path that led to it. `origin`
        narrows it to one server of the service (`hub`, `objects`, ...).
        """
        everywhere = pattern if pattern.startswith(("/", "*")) else f"*/{pattern}"
        limit = float("inf") if times is None else times
        with self._lock:
            self._rules.append(_Rule(everywhere, lie, limit, origin))

    def clear(self) -> None:
        """Tell the truth from now on."""
        with self._lock:
            self._rules.clear()

    def tell(self, request: Request, reply: Reply) -> Reply:
        """The reply after every lie that concerns it."""
        with self._lock:
            for rule in self._rules:
                if rule.fits(request, reply):
                    rule.times -= 1
                    reply = rule.lie.tell(request, reply)
                    if rule.lie.is_last:
                        break
        return reply
