"""URLs as places: which service one belongs to, where it may lead, and what of it may be shown."""

from functools import lru_cache
from urllib.parse import urljoin, urlsplit, urlunsplit

_DEFAULT_PORTS = {"http": 80, "https": 443}

Service = tuple[str, str, int | None]


# Asked eight times for each request.
@lru_cache(maxsize=1024)
def service_of(url: str) -> Service:
    """Scheme, host and port: what a token belongs to. ValueError where the port is no number."""
    parts = urlsplit(url)
    return parts.scheme, parts.hostname or "", parts.port or _DEFAULT_PORTS.get(parts.scheme)


def host_of(url: str) -> str:
    """The host as messages name it, with its port where that is not the scheme's own."""
    scheme, host, port = service_of(url)
    return host if port == _DEFAULT_PORTS.get(scheme) else f"{host}:{port}"


def is_host(name: str) -> bool:
    """Whether each part of a host's name has 1 to 63 characters (RFC 1035, 2.3.4).

    Python's own look-up ends in a UnicodeError over any other.
    """
    return all(0 < len(label) < 64 for label in name.removesuffix(".").split("."))


def without_query(url: str) -> str:
    """A URL that may be shown: a query can be a signature, a user name can be a secret."""
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


def redirect_target(url: str, location: str) -> str:
    """Where a redirect from `url` leads; ValueError that says why nobody should follow it.

    Credentials and fragments are dropped: the former would be sent along.
    """
    try:
        parts = urlsplit(urljoin(url, location))
        target = urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2], fragment=""))
        scheme, host = _scheme_and_host(target)
    except ValueError:
        raise ValueError("leads to what is no URL") from None
    if scheme not in _DEFAULT_PORTS or not host:
        raise ValueError(f"leads to `{scheme}:`, expected http or https")
    if url.startswith("https:") and scheme == "http":
        raise ValueError(f"leads from https to http, on {host_of(target)}")
    return target


def _scheme_and_host(url: str) -> tuple[str, str]:
    scheme, host, _ = service_of(url)
    if host and not is_host(host):
        raise ValueError(f"{host!r} is not a host")
    return scheme, host
