"""The embedded GitHub: what a test fills, starts and asks."""

import hashlib
import ssl
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Literal, Self, TypedDict, Unpack

from modellock.testing.github import refusals, routes
from modellock.testing.github.assets import AssetObjects
from modellock.testing.github.content import (
    DigestShown,
    GitHubRepository,
    Release,
    TagKind,
    initial_commit,
    repository_id,
)
from modellock.testing.github.payloads import Urls
from modellock.testing.github.quota import GitHubQuota
from modellock.testing.github.shelf import GitHubSettings, Shelf
from modellock.testing.moments import FIRST, STEP, moment
from modellock.testing.wire.exchange import Reply, Request, json_reply
from modellock.testing.wire.lies import Lies
from modellock.testing.wire.loopback import OBJECTS_ADDRESS, Loopback, RequestLog
from modellock.testing.wire.objects import ObjectHost
from modellock.testing.wire.ranges import is_unchanged

_ENTERPRISE_PREFIX = "/api/v3"


class ReleaseOptions(TypedDict, total=False):
    """What `EmbeddedGitHub.publish` may be told, of the release and of its repository."""

    title: str | None
    """`name` in the API. Default: the tag."""

    body: str | None
    draft: bool
    prerelease: bool
    latest: bool
    """Labelled by hand as the latest."""

    immutable: bool | None
    """None: no such key, as on old servers. Default False."""

    digest: DigestShown
    """What is said of the assets' sha256. Default True: the truth."""

    created_at: datetime | str
    """Of the commit. Default: as published."""

    published_at: datetime | str
    """Default: a day after the release before it; the first is of 2025-01-01."""

    target: str
    """`target_commitish`. Default `main`."""

    commit: str
    """Default: an id that follows from the tag and the assets."""

    tag_kind: TagKind
    private: bool
    repository_id: int
    object_format: Literal["sha1", "sha256"]


class EmbeddedGitHub:
    """GitHub on loopback: `with EmbeddedGitHub() as github`, then `github.api_url`.

    `enterprise` makes it an Enterprise Server: one host, and the API below `/api/v3`.
    """

    def __init__(self, *, enterprise: bool = False, tls: ssl.SSLContext | None = None) -> None:
        self._prefix = _ENTERPRISE_PREFIX if enterprise else ""
        self._loopback = Loopback(tls)
        self.lies: Lies = self._loopback.lies
        self.requests: RequestLog = self._loopback.requests
        self.quota: GitHubQuota = GitHubQuota()
        self.settings: GitHubSettings = GitHubSettings()
        self._api = self._loopback.add("api", self._answer, finish=self._signed_off)
        self._server = (
            self._api if enterprise else self._loopback.add("server", self._answer_browser)
        )
        objects = ObjectHost(signature_name="sig")
        origin = self._loopback.add("objects", objects.answer, address=OBJECTS_ADDRESS)
        self.objects: AssetObjects = AssetObjects(objects=objects, origin=origin)
        self._shelf = Shelf(settings=self.settings, objects=self.objects)
        self.tokens: dict[str, Collection[str]] = self._shelf.tokens
        """Accepted tokens, and the repositories that each may write, and read if private."""

    @property
    def api_url(self) -> str:
        """The root of the API, without a slash at the end."""
        return f"{self._api.url}{self._prefix}"

    @property
    def server_url(self) -> str:
        """The host for browsers, without a slash at the end."""
        return self._server.url

    @property
    def objects_url(self) -> str:
        """The host of signed URLs, without a slash at the end."""
        return self.objects.origin.url

    def start(self, port: int = 0) -> None:
        """Serve, the API at `port`; 0 is any free one."""
        self._loopback.start(port)
        self._shelf.urls = Urls(api=self.api_url, server=self.server_url)

    def stop(self) -> None:
        """Stop serving; what was published stays."""
        self._loopback.stop()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def publish(
        self, name: str, tag: str, assets: Mapping[str, bytes], **options: Unpack[ReleaseOptions]
    ) -> Release:
        """Release `assets` under `tag`. Servers that are filled alike agree on every id."""
        with self._loopback.lock:
            repository = self._opened(name, options)
            release = _release(repository, tag, assets, options)
            repository.releases.append(release)
            commit = options.get("commit", initial_commit(repository, tag, assets))
            repository.set_tag(tag, commit, options.get("tag_kind", "commit"))
        return release

    def repository(self, name: str) -> GitHubRepository:
        """The repository itself, to look at and to change.

        Raises:
            KeyError: there is none of that name.
        """
        return self._shelf.repositories[name]

    def rename(self, name: str, new_name: str) -> None:
        """Give the repository another name; the former one redirects."""
        with self._loopback.lock:
            repository = self._shelf.repositories.pop(name)
            repository.name = new_name
            self._shelf.repositories[new_name] = repository
            self._shelf.renames[name] = new_name

    def delete(self, name: str) -> None:
        """Remove the repository."""
        with self._loopback.lock:
            del self._shelf.repositories[name]

    def _opened(self, name: str, options: ReleaseOptions) -> GitHubRepository:
        if name not in self._shelf.repositories:
            # Whoever takes a name takes it from the redirect too.
            self._shelf.renames.pop(name, None)
            self._shelf.repositories[name] = GitHubRepository(
                name=name,
                id=options.get("repository_id", repository_id(name)),
                object_format=options.get("object_format", "sha1"),
            )
        repository = self._shelf.repositories[name]
        repository.private = options.get("private", repository.private)
        return repository

    def _answer(self, request: Request) -> Reply:
        if self._prefix and not request.path.startswith(f"{self._prefix}/"):
            return self._answer_browser(request)
        path = request.path.removeprefix(self._prefix)
        if path == "/rate_limit" and not self._prefix:
            rate = self.quota.figures(request)
            return json_reply({"resources": {"core": rate, "search": rate}, "rate": rate})
        if self.quota.is_used_up(request):
            return refusals.limit_exceeded()
        return routes.answer_api(self._shelf, request, path)

    def _answer_browser(self, request: Request) -> Reply:
        return routes.answer_browser(self._shelf, request)

    def _signed_off(self, request: Request, reply: Reply) -> Reply:
        reply = reply.with_headers(
            {
                "x-github-api-version-selected": "2022-11-28",
                "x-github-media-type": "github.v3; format=json",
                "x-github-request-id": "0000:0000:0",
            }
        )
        if reply.status == 200 and not reply.is_file:
            reply = reply.with_headers({"ETag": f'"{hashlib.sha256(reply.body).hexdigest()}"'})
        if self._prefix:
            return reply  # an Enterprise Server has no limits, unless its owners want some
        # A 304 is free for who says who they are (docs, "Best practices for using the REST API").
        if not (request.token and is_unchanged(request, reply)) and request.path != "/rate_limit":
            self.quota.count(request)
        figures = self.quota.figures(request)
        limits = {f"x-ratelimit-{name}": str(figure) for name, figure in figures.items()}
        return reply.with_headers({**limits, "x-ratelimit-resource": "core"})


def _release(
    repository: GitHubRepository, tag: str, assets: Mapping[str, bytes], options: ReleaseOptions
) -> Release:
    before = repository.releases[-1].published_at + STEP if repository.releases else FIRST
    published = moment(options.get("published_at", before))
    digest = options.get("digest", True)
    return Release(
        id=repository.next_release_id(),
        tag=tag,
        name=options.get("title", tag),
        body=options.get("body", ""),
        target=options.get("target", "main"),
        draft=options.get("draft", False),
        prerelease=options.get("prerelease", False),
        immutable=options.get("immutable", False),
        latest=options.get("latest", False),
        created_at=moment(options.get("created_at", published)),
        published_at=published,
        assets=tuple(
            repository.new_asset(name, content, digest, published)
            for name, content in assets.items()
        ),
    )
