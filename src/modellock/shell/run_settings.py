"""From the environment to `Settings`: store, endpoints, tokens; what flags say beats variables."""

import os
from collections.abc import Mapping

from modellock.errors import UsageError
from modellock.ports.settings import HOSTS_VARIABLE, Endpoints, Settings
from modellock.shell.known_caches import known_caches
from modellock.shell.tokens import tokens_from
from modellock.shell.whereabouts import store_directory
from modellock.values.origins import parse_endpoint
from modellock.values.wording import visible

ENDPOINT_VARIABLES = {
    "hub": ("MODELLOCK_HUB_URL", "HF_ENDPOINT"),
    "github_api": ("MODELLOCK_GITHUB_API_URL",),
    "github_server": ("MODELLOCK_GITHUB_SERVER_URL",),
}
"""Fields of `Endpoints`, and the variables that change them; the first one that is set counts.

GITHUB_API_URL and GITHUB_SERVER_URL are not among them: a runner of GitHub Enterprise sets them by
itself, and then public repositories would be asked for there.
"""

DEFAULT_JOBS = 8


def settings_from(
    environ: Mapping[str, str],
    *,
    store: str | None = None,
    offline_cause: str | None = None,
    jobs: int | None = None,
    limit_rate: int | None = None,
) -> Settings:
    """What a run goes by. Raises UsageError for a variable that holds no endpoint.

    `offline_cause` is the flag or variable that turns the network off, None where it is on.
    `limit_rate` is in bytes a second.
    """
    endpoints = endpoints_from(environ)
    return Settings(
        store=os.path.abspath(store or store_directory(environ)),
        offline=offline_cause is not None,
        offline_cause=offline_cause or "",
        endpoints=endpoints,
        token_for=tokens_from(environ, endpoints, home=os.path.expanduser("~")),
        jobs=jobs or DEFAULT_JOBS,
        caches=known_caches(environ, os.path.expanduser("~")),
        private_hosts=_private_hosts(environ),
        limit_rate=limit_rate,
    )


def endpoints_from(environ: Mapping[str, str]) -> Endpoints:
    """Where requests go. Raises UsageError naming the variable."""
    given = {}
    for field in ENDPOINT_VARIABLES:
        variable = endpoint_variable(field, environ)
        if variable is not None:
            given[field] = _endpoint(variable, environ[variable])
    return Endpoints(**given)


def _private_hosts(environ: Mapping[str, str]) -> frozenset[str]:
    hosts = [host.strip().lower() for host in environ.get(HOSTS_VARIABLE, "").split(",")]
    for host in hosts:
        # An IPv6 address has more colons than the one before a port.
        if "/" in host or "]:" in host or host.count(":") == 1:
            raise UsageError(
                f"{HOSTS_VARIABLE}: {visible(host)!r} is not the name of a host, or an address, "
                "without a port"
            )
    return frozenset(host.strip("[]") for host in hosts if host)


def endpoint_variable(field: str, environ: Mapping[str, str]) -> str | None:
    """The variable that says where an endpoint is; None where nothing changes it."""
    return next((name for name in ENDPOINT_VARIABLES[field] if environ.get(name)), None)


def _endpoint(variable: str, text: str) -> str:
    try:
        return parse_endpoint(text.strip())
    except ValueError as fault:
        raise UsageError(f"{variable}: {fault}") from fault
