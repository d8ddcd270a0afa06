"""`doctor`: what this machine can do, found out by trying."""

import os
import platform
import shutil
import tempfile
import threading
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib import metadata

from modellock._version import __version__
from modellock.decisions.formats import Codec
from modellock.documents.project_settings import LinkMode
from modellock.errors import ModellockError
from modellock.ports.reporting import Reporter
from modellock.ports.settings import Settings, no_token
from modellock.shell.disk import disk_errors, nearest_directory
from modellock.shell.httpclient import HttpClient
from modellock.shell.links import refusal_of
from modellock.shell.retries import Schedule
from modellock.shell.run_settings import ENDPOINT_VARIABLES, endpoint_variable
from modellock.shell.unpacking_engines import has_library_for

LIBRARIES = ("huggingface_hub", "httpx", "tomlkit", "packaging", "blake3", "rich")
METHODS = (LinkMode.HARDLINK, LinkMode.REFLINK, LinkMode.COPY, LinkMode.SYMLINK)

HOST_VARIABLES = "MODELLOCK_TOKEN_"
PATIENCE_SECONDS = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A directory that modellock writes to."""

    directory: str
    exists: bool
    writable: bool
    free: int
    """Bytes that may still be written to its file system."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """One way to make a placed file from the store's."""

    mode: LinkMode
    refusal: str | None
    """What the system says; None where it works."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointInForce:
    """Where requests of one kind go."""

    name: str
    url: str
    variable: str | None
    """What sets it; None where it is the service's own."""

    token_from: str | None
    """The variable or file that holds the token for its host."""

    refusal: str | None = None
    """Why it cannot be reached; None where it can, or nobody tried."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DoctorResult:
    """What this machine can do."""

    version: str
    python: str
    system: str
    libraries: Mapping[str, str]
    store: Place
    project: Place
    methods: tuple[Method, ...]
    """From the store to the project; empty where one of them cannot be written to."""

    endpoints: tuple[EndpointInForce, ...]
    token_variables: tuple[str, ...]
    """Variables that hold a token for a host of its own."""

    zstd: bool
    """Whether archives that are packed with zstd can be unpacked."""

    offline_cause: str | None
    """The flag or variable that turns the network off."""


def doctor(directory: str, settings: Settings, environ: Mapping[str, str]) -> DoctorResult:
    """Try what `sync` would do from the store to a project's directory; leaves nothing behind.

    Each endpoint gets one request, without a token, unless the network is off. Raises UsageError
    for a variable or a netrc that cannot be used.
    """
    store, project = _place(settings.store), _place(directory)
    urls = [getattr(settings.endpoints, name) for name in ENDPOINT_VARIABLES]
    refusals = {} if settings.offline else _refusals_of(urls)
    return DoctorResult(
        version=__version__,
        python=f"{platform.python_implementation()} {platform.python_version()}",
        system=f"{platform.system()} {platform.release()}",
        libraries={name: metadata.version(name) for name in LIBRARIES},
        store=store,
        project=project,
        methods=_methods(store, project) if store.writable and project.writable else (),
        endpoints=tuple(
            _endpoint(name, settings, environ, refusals) for name in ENDPOINT_VARIABLES
        ),
        token_variables=tuple(
            sorted(name for name in environ if name.startswith(HOST_VARIABLES) and environ[name])
        ),
        zstd=has_library_for(Codec.ZSTD),
        offline_cause=settings.offline_cause if settings.offline else None,
    )


def _place(directory: str) -> Place:
    nearest = nearest_directory(directory)
    return Place(
        directory=directory,
        exists=nearest == directory,
        writable=os.access(nearest, os.W_OK | os.X_OK),
        free=shutil.disk_usage(nearest).free,
    )


def _methods(store: Place, project: Place) -> tuple[Method, ...]:
    with (
        disk_errors(store.directory),
        tempfile.TemporaryDirectory(
            dir=nearest_directory(store.directory), prefix=".modellock-"
        ) as blobs,
        tempfile.TemporaryDirectory(
            dir=nearest_directory(project.directory), prefix=".modellock-"
        ) as placed,
    ):
        blob = os.path.join(blobs, "blob")
        with open(blob, "wb") as file:
            file.write(b"modellock")
        return tuple(
            Method(mode=mode, refusal=refusal_of(mode, blob, os.path.join(placed, mode)))
            for mode in METHODS
        )


def _endpoint(
    name: str, settings: Settings, environ: Mapping[str, str], refusals: Mapping[str, str | None]
) -> EndpointInForce:
    url = getattr(settings.endpoints, name)
    token = settings.token_for(url)
    return EndpointInForce(
        name=name,
        url=url,
        variable=endpoint_variable(name, environ),
        token_from=None if token is None else token.found_in,
        refusal=refusals.get(url),
    )


def _refusals_of(urls: Iterable[str]) -> dict[str, str | None]:
    """Why each endpoint cannot be reached, all asked at once; None where it can."""
    silence = f"no answer within {PATIENCE_SECONDS:.0f} s"
    refusals: dict[str, str | None] = dict.fromkeys(urls, silence)

    def ask(url: str) -> None:
        refusals[url] = _refusal_of(url)

    # Daemons, and no pool: an endpoint that never answers must not hold up the end of the process.
    asking = [threading.Thread(target=ask, args=(url,), daemon=True) for url in refusals]
    for thread in asking:
        thread.start()
    deadline = time.monotonic() + PATIENCE_SECONDS
    for thread in asking:
        thread.join(max(0.0, deadline - time.monotonic()))
    return dict(refusals)


def _refusal_of(url: str) -> str | None:
    try:
        with (
            HttpClient(token_for=no_token, reporter=Reporter(), schedule=Schedule(())) as client,
            client.stream(url) as response,
        ):
            return f"status {response.status}" if response.status >= 500 else None
    except ModellockError as error:
        return str(error)
