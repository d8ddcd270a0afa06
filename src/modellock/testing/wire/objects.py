"""The object host: serves what a signed URL names, and only that."""

import hashlib
import itertools
import secrets
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from modellock.testing.wire.exchange import RefusedError, Reply, Request


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What one signature permits."""

    path: str
    """On the object host, percent-encoded."""

    content: bytes
    headers: Mapping[str, str]

    subject: str
    """The public path that led here."""

    expires: float
    """Seconds since the epoch."""

    bound_range: str | None = None
    """The only Range header that this URL may be asked with; None is any, or none."""


@dataclass(slots=True, kw_only=True)
class ObjectHost:
    """Signatures and what they permit.

    Refuses a request with an Authorization header (400), as both clouds do: a signature and a
    token are two ways to authenticate.
    """

    signature_name: str
    """The name of the signature in a query."""

    largest_unranged: int | None = None
    """Bytes above which a GET without a Range is refused (400); None is no limit."""

    _grants: dict[str, Grant] = field(default_factory=dict)
    _serial: "itertools.count[int]" = field(default_factory=itertools.count)
    _secret: str = field(default_factory=secrets.token_hex)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def sign(self, grant: Grant) -> str:
        """A new signature, different each time."""
        with self._lock:
            signature = hashlib.sha256(f"{self._secret}{next(self._serial)}".encode()).hexdigest()
            self._grants[signature] = grant
        return signature

    def answer(self, request: Request) -> Reply:
        """The object, or the reason why not."""
        if request.authorization is not None:
            raise _refusal(400, "InvalidArgument", "Only one auth mechanism allowed")
        grant = self._permitted(request)
        return Reply(headers=grant.headers, body=grant.content, is_file=True, subject=grant.subject)

    def _permitted(self, request: Request) -> Grant:
        grant = self._grants.get(request.query.get(self.signature_name, [""])[0])
        asked = request.headers.get("Range")
        # A signature covers the method: HEAD on a URL signed for GET fails.
        if grant is None or request.path != grant.path or request.method != "GET":
            raise _refusal(403, "AccessDenied", "Access denied")
        if time.time() >= grant.expires:
            raise _refusal(403, "AccessDenied", "Request has expired", grant)
        if grant.bound_range not in {None, asked}:
            raise _refusal(403, "AccessDenied", "invalid range", grant)
        if (
            self.largest_unranged is not None
            and not asked
            and len(grant.content) > self.largest_unranged
        ):
            raise _refusal(400, "InvalidRequest", "the object is too large: ask for ranges", grant)
        return grant


def _refusal(status: int, code: str, message: str, grant: Grant | None = None) -> RefusedError:
    text = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f"<Error><Code>{code}</Code><Message>{message}</Message></Error>"
    )
    return RefusedError(
        Reply(
            status=status,
            headers={"Content-Type": "application/xml"},
            body=text.encode(),
            subject=grant.subject if grant else "",
        )
    )
