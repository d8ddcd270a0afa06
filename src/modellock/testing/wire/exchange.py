"""One request and its reply, as values."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from email.message import Message
from typing import Any, Self
from urllib.parse import parse_qs, unquote


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request as it arrived."""

    origin: str
    """Which server of a service received it: `hub`, `api`, `objects`, ..."""

    host: str
    port: int

    method: str

    target: str
    """Path and query, percent-encoded as sent."""

    headers: Message
    """Names compare without case."""

    body: bytes = b""

    @property
    def path(self) -> str:
        """Percent-encoded, without the query."""
        return self.target.partition("?")[0]

    @property
    def plain_path(self) -> str:
        """Decoded, without the query: for reading and for patterns."""
        return unquote(self.path)

    @property
    def query(self) -> dict[str, list[str]]:
        """Decoded; `expand[]=` counts as `expand=`, for clients in JavaScript send that."""
        parsed = parse_qs(self.target.partition("?")[2], keep_blank_values=True)
        return {name.removesuffix("[]"): values for name, values in parsed.items()}

    @property
    def authorization(self) -> str | None:
        """The header, scheme and all."""
        return self.headers.get("Authorization")

    @property
    def token(self) -> str | None:
        """What stands behind `Bearer` or `token`."""
        return (self.authorization or "").partition(" ")[2] or None

    def flag(self, name: str) -> bool:
        """Whether the query says yes to `name`."""
        return self.query.get(name, [""])[-1].lower() in {"1", "true", "on", "yes"}

    def number(self, name: str, default: int) -> int:
        """A natural number of the query; `default` where it is absent or no number."""
        text = self.query.get(name, [""])[-1]
        return int(text) if text.isascii() and text.isdigit() else default

    def accepts(self, coding: str) -> bool:
        """Whether the body may come in a content coding such as `gzip`."""
        offered = self.headers.get("Accept-Encoding", "")
        return coding in (part.partition(";")[0].strip() for part in offered.split(","))


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """How a reply goes onto the wire."""

    delay: float = 0
    """Seconds before the first byte."""

    rate: float | None = None
    """Bytes of body a second; None is as fast as it goes."""

    share: float = 1
    """The part of the body that is sent before the connection ends, 0 to 1."""

    reset: bool = False
    """Ends the connection by a TCP reset: after `share` of the body, or, if that is 0, at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What a server answers."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    is_file: bool = False
    """The body is a published file: ranges apply to it, and lies about content."""

    is_text: bool = False
    """Sent gzipped to a client that accepts it."""

    subject: str = ""
    """The public path of what a signed URL serves, for the patterns of lies."""

    delivery: Delivery = field(default_factory=Delivery)

    def with_headers(self, headers: Mapping[str, str]) -> Self:
        """The same reply; headers of one name (in any case) are replaced."""
        changed = {name.lower() for name in headers}
        kept = {name: text for name, text in self.headers.items() if name.lower() not in changed}
        return replace(self, headers={**kept, **headers})

    def without_header(self, name: str) -> Self:
        """The same reply; `name` in any case."""
        kept = {key: text for key, text in self.headers.items() if key.lower() != name.lower()}
        return replace(self, headers=kept)

    def header(self, name: str) -> str | None:
        """The text of a header; `name` in any case."""
        return next(
            (text for key, text in self.headers.items() if key.lower() == name.lower()), None
        )


class RefusedError(Exception):
    """Raised while answering: this reply stands instead."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(reply.status)
        self.reply = reply


def json_reply(value: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Reply:
    """`value` as JSON."""
    return Reply(
        status=status,
        headers={"Content-Type": "application/json; charset=utf-8", **(headers or {})},
        body=json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode(),
        is_text=True,
    )


def redirect(status: int, location: str, headers: Mapping[str, str] | None = None) -> Reply:
    """An empty reply that points to `location`."""
    return Reply(status=status, headers={"Location": location, **(headers or {})})
