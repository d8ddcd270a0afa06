"""What a run goes by: made once from flags and environment, handed down as a value."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from urllib.parse import urlsplit

from modellock.values.origins import CANONICAL_GITHUB_API, CANONICAL_GITHUB_SERVER, CANONICAL_HUB

HOSTS_VARIABLE = "MODELLOCK_PRIVATE_HOSTS"
"""Names hosts that may be near, beside those of models.toml, separated by commas."""


@dataclass(frozen=True, slots=True, repr=False)
class Token:
    """A secret, and where it was found; its repr shows only the latter."""

    secret: str
    found_in: str
    """A variable's name or a file's path, for messages."""

    scheme: str = "Bearer"
    """How it is sent (RFC 9110, 11.1); `Basic` with a user name from netrc."""

    @property
    def authorization(self) -> str:
        """The text of an Authorization header."""
        return f"{self.scheme} {self.secret}"

    def __repr__(self) -> str:
        return f"Token(found_in={self.found_in!r})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoints:
    """Where requests go; what the lock says does not depend on it. No trailing slash."""

    hub: str = CANONICAL_HUB
    github_api: str = CANONICAL_GITHUB_API
    github_server: str = CANONICAL_GITHUB_SERVER


def no_token(url: str) -> Token | None:  # noqa: ARG001 - one of two functions that answer for a URL
    """The answer of who has no tokens."""
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What a run goes by."""

    store: str
    """The store's directory, absolute."""

    offline: bool = False
    offline_cause: str = "--offline"
    """The flag or variable that turned the network off, for messages."""

    endpoints: Endpoints = field(default_factory=Endpoints)

    token_for: Callable[[str], Token | None] = no_token
    """The token that belongs to a URL's host: only over https or loopback."""

    jobs: int = 8
    """Connections for large files, all together."""

    limit_rate: int | None = None
    """Bytes a second that all connections may bring together; None is as fast as it goes."""

    caches: tuple[str, ...] = ()
    """Directories in which other programs keep models, absolute, where there are any."""

    private_hosts: frozenset[str] = frozenset()
    """Hosts that may be near, besides those of the endpoints: in a private network, or this
    machine. In lower case."""

    @property
    def named_hosts(self) -> frozenset[str]:
        """Every host that environment and models.toml name, as far as that is known."""
        places = self.endpoints
        urls = (places.hub, places.github_api, places.github_server)
        return self.private_hosts | {urlsplit(url).hostname or "" for url in urls}

    def naming(self, hosts: frozenset[str]) -> "Settings":
        """The same with more hosts that are named."""
        return replace(self, private_hosts=self.private_hosts | hosts)
