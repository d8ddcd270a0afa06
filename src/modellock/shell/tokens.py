"""Which token belongs to which host, looked up anew in environment, token file and netrc."""

import base64
import os
import re
from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

from modellock.errors import UsageError
from modellock.ports.refusals import host_variable
from modellock.ports.settings import Endpoints, Token
from modellock.values.addresses import service_of
from modellock.values.origins import is_secure
from modellock.values.wording import visible

_HUB_VARIABLE = "HF_TOKEN"
_GITHUB_VARIABLES = ("GITHUB_TOKEN", "GH_TOKEN")
_HTTP_PROXIES = ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY")
_PRINTABLE = re.compile(r"[!-~]+")


def tokens_from(
    environ: Mapping[str, str], endpoints: Endpoints, *, home: str
) -> Callable[[str], Token | None]:
    """The function that answers which token may travel to a URL.

    `HF_TOKEN` and the Hub's token file belong to the Hub's endpoint, `GITHUB_TOKEN` and `GH_TOKEN`
    to GitHub's, `MODELLOCK_TOKEN_<HOST>` to the host that it names, on any port, and netrc to the
    hosts that are neither Hub nor GitHub. None over plain http, except on this machine.

    It raises UsageError, which never shows the secret, for a token that no header could carry, for
    a netrc that cannot be read, and where a proxy would see the token.
    """
    hub = service_of(endpoints.hub)
    github = {service_of(endpoints.github_api), service_of(endpoints.github_server)}

    def token_for(url: str) -> Token | None:
        token = belonging_to(url) if is_secure(url) else None
        if token is not None:
            _refuse_proxy(url, environ)
        return token

    def belonging_to(url: str) -> Token | None:
        service = service_of(url)
        named = _from_variables((host_variable(service[1]),), environ)
        if service == hub:
            return _hub_token(environ, home) or named
        if service in github:
            return _from_variables(_GITHUB_VARIABLES, environ) or named
        return named or _from_netrc(service[1], environ, home)

    return token_for


def _refuse_proxy(url: str, environ: Mapping[str, str]) -> None:
    """Refuse a proxy on the way to this machine: it would read what http does not encrypt."""
    variable = next((name for name in _HTTP_PROXIES if environ.get(name)), None)
    parts = urlsplit(url)
    if variable is None or parts.scheme != "http":
        return
    import urllib.request  # noqa: PLC0415 - 20 ms, for very few

    exempt = environ.get("no_proxy") or environ.get("NO_PROXY") or ""
    bypass = urllib.request.proxy_bypass_environment  # type: ignore[attr-defined]
    if not bypass(parts.netloc, {"no": exempt}):
        raise UsageError(
            f"{variable}: the proxy would see the token for {visible(parts.netloc)}",
            hint=f"set `NO_PROXY={visible(parts.hostname or '')}`",
        )


def _hub_token(environ: Mapping[str, str], home: str) -> Token | None:
    return _from_variables((_HUB_VARIABLE,), environ) or _from_file(token_file(environ, home))


def token_file(environ: Mapping[str, str], home: str) -> str:
    """Where `hf auth login` keeps the Hub's token (huggingface_hub, `constants.HF_TOKEN_PATH`)."""
    cache = environ.get("XDG_CACHE_HOME") or os.path.join(home, ".cache")
    hub_home = environ.get("HF_HOME") or os.path.join(cache, "huggingface")
    return environ.get("HF_TOKEN_PATH") or os.path.join(hub_home, "token")


def _from_variables(names: tuple[str, ...], environ: Mapping[str, str]) -> Token | None:
    for name in names:
        token = _token(environ.get(name, ""), name)
        if token is not None:
            return token
    return None


def _from_file(path: str) -> Token | None:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            text = file.read()
    except OSError:
        return None
    return _token(text, path)


def _from_netrc(host: str, environ: Mapping[str, str], home: str) -> Token | None:
    path = environ.get("NETRC") or os.path.join(home, ".netrc")
    if not os.path.isfile(path):
        return None
    import netrc  # noqa: PLC0415 - 4 ms, and few have the file

    try:
        hosts = netrc.netrc(path).hosts
    except netrc.NetrcParseError:
        # Its own message may quote the password.
        raise UsageError(f"{path}: is not what netrc allows") from None
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: cannot be read") from error
    # Not `authenticators`: that would hand the `default` entry to any host that a lock names.
    login, _, password = hosts.get(host, ("", "", ""))
    token = _token(password, path)
    return token and Token(_basic(login, token.secret), path, scheme="Basic")


def _basic(login: str, password: str) -> str:
    return base64.b64encode(f"{login}:{password}".encode()).decode()


def _token(text: str, found_in: str) -> Token | None:
    secret = text.strip()
    if not secret:
        return None
    if not _PRINTABLE.fullmatch(secret):
        raise UsageError(f"{found_in}: is not a token: it has spaces or other characters none has")
    return Token(secret, found_in)
