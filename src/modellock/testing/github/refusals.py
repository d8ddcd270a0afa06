"""How GitHub says no."""

import time
from collections.abc import Mapping

from modellock.testing.wire.exchange import RefusedError, Reply, json_reply
from modellock.testing.wire.lie import Lie

DOCUMENTATION = "https://docs.github.com/rest"


def refusal(status: int, message: str, headers: Mapping[str, str] | None = None) -> Reply:
    """An error reply in GitHub's form."""
    value = {"message": message, "documentation_url": DOCUMENTATION, "status": str(status)}
    return json_reply(value, status, headers)


def not_found() -> RefusedError:
    """Missing, or private: GitHub does not say which."""
    return RefusedError(refusal(404, "Not Found"))


def bad_credentials() -> RefusedError:
    """A token that GitHub does not know."""
    return RefusedError(refusal(401, "Bad credentials"))


def no_user_agent() -> RefusedError:
    """Programs must say who they are."""
    text = (
        "Request forbidden by administrative rules. Please make sure your request has a User-Agent"
    )
    return RefusedError(refusal(403, f"{text} header."))


def limit_exceeded(status: int = 403, headers: Mapping[str, str] | None = None) -> Reply:
    """The hour's requests are used up."""
    message = (
        "API rate limit exceeded for 127.0.0.1. (But here's the good news: Authenticated requests "
        "get a higher rate limit. Check out the documentation for more details.)"
    )
    return refusal(status, message, headers)


def primary_limit(*, status: int = 403, reset_in: float = 60) -> Lie:
    """The hour's requests are used up; `reset_in` seconds from now there are new ones."""
    headers = {
        "x-ratelimit-limit": "60",
        "x-ratelimit-remaining": "0",
        "x-ratelimit-used": "60",
        "x-ratelimit-reset": str(round(time.time() + reset_in)),
        "x-ratelimit-resource": "core",
    }
    return Lie.reply(limit_exceeded(status, headers))


def secondary_limit(*, status: int = 403, retry_after: float | None = 60) -> Lie:
    """Too many requests at a time; `retry_after` seconds, or None where GitHub does not say."""
    message = (
        "You have exceeded a secondary rate limit and have been temporarily blocked from content "
        "creation. Please retry your request again later."
    )
    waiting = {} if retry_after is None else {"Retry-After": f"{retry_after:g}"}
    return Lie.reply(refusal(status, message, waiting))
