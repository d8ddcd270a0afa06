"""Which source answers for an origin; each is opened once and kept as long as its verb runs."""

import threading

from modellock.documents.lockfile import LockedModel, named_endpoint
from modellock.documents.manifest import Manifest, Spec
from modellock.ports.reporting import Reporter
from modellock.ports.settings import Settings
from modellock.shell.httpclient import HttpClient
from modellock.sources import Source
from modellock.sources.github import GitHubSource
from modellock.sources.hub import HubSource
from modellock.sources.local import LocalSource
from modellock.sources.url import UrlSource
from modellock.values.origins import Kind


def open_client(settings: Settings, reporter: Reporter) -> HttpClient:
    """What one run of a verb asks with, as its settings are."""
    return HttpClient(
        token_for=settings.token_for,
        reporter=reporter,
        named_hosts=settings.named_hosts,
        limit_rate=settings.limit_rate,
    )


class OpenSources:
    """The sources of one run of a verb. Safe to use from several threads."""

    def __init__(
        self, settings: Settings, client: HttpClient, reporter: Reporter, *, directory: str
    ) -> None:
        self._settings = settings
        self._client = client
        self._reporter = reporter
        self._directory = directory
        self._opened: dict[tuple[Kind, str | None], Source] = {}
        self._lock = threading.Lock()

    def of_spec(self, spec: Spec, manifest: Manifest) -> Source:
        """The source that a spec asks."""
        named = None if spec.source is None else manifest.sources[spec.source].endpoint
        return self._of(spec.kind, named)

    def of_model(self, model: LockedModel) -> Source:
        """The source that serves a locked model, known from models.lock alone."""
        return self._of(model.kind, None if model.source is None else named_endpoint(model))

    def _of(self, kind: Kind, endpoint: str | None) -> Source:
        with self._lock:
            if (kind, endpoint) not in self._opened:
                self._opened[kind, endpoint] = self._open(kind, endpoint)
            return self._opened[kind, endpoint]

    def _open(self, kind: Kind, endpoint: str | None) -> Source:
        settings = self._settings
        match kind:
            case Kind.HUB:
                url = endpoint or settings.endpoints.hub
                return HubSource(
                    url,
                    token=settings.token_for(url),
                    reporter=self._reporter,
                    stop=self._client.stop,
                    border=self._client.border,
                )
            case Kind.GITHUB if endpoint is None:
                servers = settings.endpoints
                return GitHubSource(
                    self._client, api_url=servers.github_api, server_url=servers.github_server
                )
            case Kind.GITHUB:
                # GitHub Enterprise Server keeps its API below the server's own address.
                return GitHubSource(
                    self._client, api_url=f"{endpoint}/api/v3", server_url=str(endpoint)
                )
            case Kind.URL:
                return UrlSource(self._client)
            case Kind.LOCAL:
                return LocalSource(self._directory)
