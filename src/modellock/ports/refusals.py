"""What a server's no means to a person: one message and one next step for each kind of refusal.

Facts of the Hub: `X-Error-Code` and `X-Error-Message` where it wants to be understood; a 401
without a code hides from strangers whether a repository is missing or private. GitHub answers 404
for what the asker may not see. Whatever a server says is shown inert, and never with the token in
it.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Literal
from urllib.parse import urlsplit

from modellock.errors import (
    AuthenticationError,
    GatedError,
    GoneError,
    ModellockError,
    NotFoundError,
    RateLimitError,
    ServerError,
)
from modellock.ports.settings import Token
from modellock.values.addresses import host_of
from modellock.values.origins import Kind
from modellock.values.wording import visible

At = Literal["lock", "sync"]

_HUB_HOST = "huggingface.co"
_GITHUB_HOSTS = frozenset(["github.com", "api.github.com"])
_UNKNOWN_CALLER = "Invalid credentials"
"""How the Hub's words for a token that it does not know begin; no code comes with them."""
_VARIABLE = re.compile(r"[A-Z0-9_]+")
_MOST_CHARACTERS = 200
_REPOSITORY = r"/[^/]+(?:/[^/]+)??"
_OF_FILE = re.compile(rf"((?:/datasets)?{_REPOSITORY})/(?:resolve|raw)/.+")
_OF_API = re.compile(
    rf"/api(?:/models|(?=/datasets))((?:/datasets)?{_REPOSITORY})"
    r"(?:/(?:revision|tree|refs|paths-info|commits)(?:/.*)?)?"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Refusal:
    kind: Kind
    status: int
    headers: Mapping[str, str]
    """Names in lower case."""

    url: str
    subject: str
    token: Token | None
    gated: bool
    at: At

    @property
    def host(self) -> str:
        return visible(host_of(self.url))

    @property
    def code(self) -> str:
        return self.headers.get("x-error-code", "")

    @property
    def says(self) -> str:
        """The server's own words, to be appended; empty where it has none."""
        words = self.headers.get("x-error-message", "").strip()
        if self.token is not None:
            words = words.replace(self.token.secret, "***")
        if not words:
            return ""
        short = words if len(words) <= _MOST_CHARACTERS else f"{words[:_MOST_CHARACTERS]}…"
        return f'; it says "{visible(short)}"'

    @property
    def again(self) -> str:
        return f"run `modellock {self.at}` again"


def explain_refusal(  # noqa: PLR0913 - all of what decides the words, by name
    kind: Kind,
    *,
    status: int,
    headers: Mapping[str, str],
    url: str,
    subject: str,
    token: Token | None,
    gated: bool = False,
    at: At = "lock",
) -> ModellockError:
    """The error that a reply of 4xx or 5xx stands for.

    `url` is the one that answered, `token` the one that was sent to it, `subject` what was asked
    for: `<model>` or `<model>/<path>`. `gated` says that the repository is known to be so. What is
    missing is NotFoundError at lock, GoneError at sync. Nothing of the URL but its host, and for a
    gated repository its page, is shown.
    """
    refusal = _Refusal(
        kind=kind,
        status=status,
        headers={name.lower(): text for name, text in headers.items()},
        url=url,
        subject=subject,
        token=token,
        gated=gated,
        at=at,
    )
    if is_limit(status, refusal.headers):
        return _limited(refusal)
    match status:
        case 401 | 403:
            return _denied(refusal)
        case 404 | 410 | 451:
            return _missing(refusal)
        case _:
            return _failed(refusal)


def is_limit(status: int, headers: Mapping[str, str]) -> bool:
    """Whether a refusal means "too many requests"; GitHub says that with 403, too.

    Names of headers are in lower case (docs.github.com, "Rate limits for the REST API").
    """
    if status != 403:
        return status == 429
    return headers.get("x-ratelimit-remaining") == "0" or "retry-after" in headers


def host_variable(host: str) -> str:
    """The variable that holds a host's token: upper case, `_` for what no variable may have."""
    return f"MODELLOCK_TOKEN_{re.sub(r'[^A-Z0-9]', '_', host.upper())}"


def _variable(refusal: _Refusal) -> str:
    """The variable to set; where a token was sent, one that counts before it."""
    token = refusal.token
    if token is not None and _VARIABLE.fullmatch(token.found_in):
        return token.found_in
    if token is not None and token.scheme == "Bearer":
        # Out of a file: the Hub's own is the only one of that kind.
        return "HF_TOKEN"
    host = urlsplit(refusal.url).hostname or ""
    if host == _HUB_HOST:
        return "HF_TOKEN"
    return "GITHUB_TOKEN" if host in _GITHUB_HOSTS else host_variable(host)


def _limited(refusal: _Refusal) -> ModellockError:
    hint = (
        f"a token raises the limit: set `{_variable(refusal)}`"
        if refusal.token is None and refusal.kind in (Kind.HUB, Kind.GITHUB)
        else f"{refusal.again} later"
    )
    error = RateLimitError(
        f"{refusal.subject}: {refusal.host} wants no more requests{_reset_words(refusal.headers)}"
        f"{refusal.says}",
        hint=hint,
    )
    error.host = refusal.host
    return error


def _reset_words(headers: Mapping[str, str]) -> str:
    """When there are new ones: seconds, a date, GitHub's epoch seconds or the Hub's `t`."""
    asked = headers.get("retry-after", "")
    if asked:
        return f" for {asked} s" if asked.isdecimal() else f" before {visible(asked)}"
    reset = headers.get("x-ratelimit-reset", "")
    if reset.isdecimal() and len(reset) <= 10:
        return f" before {datetime.fromtimestamp(int(reset), UTC):%Y-%m-%d %H:%M:%S} UTC"
    seconds = re.search(r";\s*t=(\d+)", headers.get("ratelimit", ""))
    return f" for {seconds[1]} s" if seconds else ""


def _denied(refusal: _Refusal) -> ModellockError:
    message = refusal.headers.get("x-error-message", "")
    if "disabled" in message:
        return _absent(refusal, f"{refusal.host} has disabled it")
    gated = refusal.gated and not message.startswith(_UNKNOWN_CALLER)
    if refusal.kind is Kind.HUB and (refusal.code == "GatedRepo" or gated):
        return _gated(refusal)
    if refusal.token is None:
        return AuthenticationError(
            f"{refusal.subject}: {refusal.host} wants a token, and none was sent"
            f"{_hidden_words(refusal)}{refusal.says}",
            hint=f"set `{_variable(refusal)}`",
        )
    if refusal.status == 403:
        return AuthenticationError(
            f"{refusal.subject}: the token from {_found_in(refusal.token)} may not read this on "
            f"{refusal.host}{refusal.says}",
            hint=f"give the token the right to read it, or set another `{_variable(refusal)}`",
        )
    return AuthenticationError(
        f"{refusal.subject}: {refusal.host} refused the token from {_found_in(refusal.token)}"
        f"{refusal.says}",
        hint=f"set `{_variable(refusal)}` to a token that is valid",
    )


def _hidden_words(refusal: _Refusal) -> str:
    hides = refusal.kind is Kind.HUB and refusal.status == 401 and not refusal.code
    return ": the repository is missing, private or gated" if hides else ""


def _gated(refusal: _Refusal) -> ModellockError:
    page = _page(refusal)
    where = f"on {page}" if page else "on the repository's page"
    if refusal.token is None:
        return GatedError(
            f"{refusal.subject}: the repository is gated, and no token was sent to {refusal.host}",
            hint=f"accept the terms {where}, then set `{_variable(refusal)}`",
        )
    found = _found_in(refusal.token)
    return GatedError(
        f"{refusal.subject}: the repository is gated, and the token from {found} has no access"
        f"{refusal.says}",
        hint=f"accept the terms {where} with that token's account",
    )


def _page(refusal: _Refusal) -> str | None:
    """A repository's page, out of the URL of its file or of its API."""
    parts = urlsplit(refusal.url)
    found = _OF_FILE.fullmatch(parts.path) or _OF_API.fullmatch(parts.path)
    return None if found is None else visible(f"{parts.scheme}://{refusal.host}{found[1]}")


def _missing(refusal: _Refusal) -> ModellockError:
    if refusal.code == "RevisionNotFound":
        return _absent(refusal, f"{refusal.host} has no such revision")
    if refusal.code == "EntryNotFound":
        return _absent(refusal, f"{refusal.host} has no such file in this revision")
    if refusal.kind not in (Kind.HUB, Kind.GITHUB):
        return _absent(refusal, f"{refusal.host} answered {status_words(refusal.status)}")
    if refusal.token is None:
        return _absent(
            refusal,
            f"{refusal.host} has nothing there, or keeps it private: no token was sent",
            hint=f"check the name, or set `{_variable(refusal)}`",
        )
    return _absent(
        refusal,
        f"{refusal.host} has nothing there, or hides it from the token from "
        f"{_found_in(refusal.token)}",
        hint="check the name, and what the token may read",
    )


def _absent(refusal: _Refusal, fault: str, *, hint: str | None = None) -> ModellockError:
    message = f"{refusal.subject}: {fault}"
    if refusal.at == "lock":
        return NotFoundError(message, hint=hint or "check what models.toml says about it")
    return GoneError(
        message,
        hint=hint or "keep models.lock: a store or a mirror that has the bytes can serve them",
    )


def _failed(refusal: _Refusal) -> ModellockError:
    return ServerError(
        f"{refusal.subject}: {refusal.host} answered {status_words(refusal.status)}{refusal.says}",
        hint=refusal.again,
    )


def status_words(status: int) -> str:
    """`503 Service Unavailable`."""
    known = status in {one.value for one in HTTPStatus}
    return f"{status} {HTTPStatus(status).phrase}" if known else str(status)


def _found_in(token: Token) -> str:
    return f"`{visible(token.found_in)}`"
