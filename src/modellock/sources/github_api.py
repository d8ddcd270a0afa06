"""GitHub's REST API, as far as releases go. What it was told it remembers: a run asks once."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar
from urllib.parse import quote

from modellock.documents.manifest import Spec
from modellock.errors import ServerError
from modellock.ports.refusals import explain_refusal
from modellock.shell.httpclient import HttpClient
from modellock.shell.responses import JsonReply
from modellock.sources.github_replies import (
    Release,
    Repository,
    read_git_object,
    read_release,
    read_releases,
    read_repository,
)
from modellock.sources.remembered import Remembered
from modellock.values.addresses import host_of, service_of
from modellock.values.origins import Kind
from modellock.values.wording import visible

Value = TypeVar("Value")

_JSON = "application/vnd.github+json"

# 2026-03-10 is the first version that breaks with it; it is kept for two years, and what a server
# of one's own, or one that looks like GitHub, knows (docs.github.com/rest, "API versions").
_HEADERS = {"X-GitHub-Api-Version": "2022-11-28"}

_MOST_PAGES = 200
"""Of 100 releases each."""

_MOST_TAG_OBJECTS = 10
"""A tag may point to a tag; of a longer chain nobody has heard."""

_MOST_CHARACTERS = 200
_NEXT = re.compile(r'<([^>]+)>\s*;[^,<]*\brel="?next\b')


class GitHubApi:
    """One server's API. Safe to use from several threads."""

    def __init__(self, client: HttpClient, url: str) -> None:
        self._client = client
        self._url = url
        self._repositories: Remembered[str, Repository] = Remembered()
        self._listings: Remembered[str, tuple[Release, ...]] = Remembered()
        self._releases: Remembered[tuple[str, str], Release] = Remembered()
        self._commits: Remembered[tuple[str, str], str] = Remembered()

    def repository(self, spec: Spec) -> Repository:
        """The repository. Raises NotFoundError where there is none, or none to be seen."""

        def ask() -> Repository:
            return self._ask(spec, self.repository_url(spec.origin), read_repository)

        return self._repositories.get(spec.origin, ask)

    def releases(self, spec: Spec) -> tuple[Release, ...]:
        """All published releases, in no order."""
        return self._listings.get(spec.origin, lambda: tuple(self._listed(spec)))

    def release(self, spec: Spec, tag: str) -> Release:
        """One published release. Raises NotFoundError where no release has the tag."""

        def ask() -> Release:
            url = f"{self.repository_url(spec.origin)}/releases/tags/{quote(tag)}"
            return self._ask(spec, url, read_release, f"release {visible(tag)} of ")

        return self._releases.get((spec.origin, tag), ask)

    def commit(self, spec: Spec, tag: str) -> str:
        """The commit that a tag leads to, over the objects of annotated tags."""
        return self._commits.get((spec.origin, tag), lambda: self._peeled(spec, tag))

    def repository_url(self, origin: str) -> str:
        """The URL below which everything about a repository lies."""
        return f"{self._url}/repos/{origin}"

    def asset_url(self, origin: str, asset_id: int) -> str:
        """The URL of an asset, whose bytes are had by asking for `application/octet-stream`."""
        return f"{self.repository_url(origin)}/releases/assets/{asset_id}"

    def _listed(self, spec: Spec) -> Iterator[Release]:
        """Every page by the link of the one before, which names the repository by its number."""
        url: str | None = f"{self.repository_url(spec.origin)}/releases?per_page=100"
        seen: set[str] = set()
        while url is not None:
            # A reply does not choose which other host is asked, with that host's token.
            if url in seen or len(seen) == _MOST_PAGES or not self._is_own(url):
                raise ServerError(
                    f"{spec.name}: {spec.origin}: {host_of(self._url)} sent a listing that leads "
                    "astray: expected further pages of its own",
                    model=spec.name,
                )
            seen.add(url)
            reply = self._get(spec, url, "releases of ")
            for release in self._read(spec, reply, read_releases):
                self._releases.put((spec.origin, release.tag), release)
                yield release
            following = _NEXT.search(reply.headers.get("link", ""))
            url = following and following[1]

    def _is_own(self, url: str) -> bool:
        try:
            return service_of(url) == service_of(self._url)
        except ValueError:
            return False

    def _peeled(self, spec: Spec, tag: str) -> str:
        # A slash in a tag stays one: GitHub does not take `%2F` for it here.
        url = f"{self.repository_url(spec.origin)}/git/ref/tags/{quote(tag)}"
        what = f"tag {visible(tag)} of "
        for _ in range(_MOST_TAG_OBJECTS):
            target = self._ask(spec, url, read_git_object, what)
            if target.type == "commit":
                return target.sha
            url = f"{self.repository_url(spec.origin)}/git/tags/{target.sha}"
        raise ServerError(
            f"{spec.name}: {what}{spec.origin} leads to no commit: "
            f"expected at most {_MOST_TAG_OBJECTS} tag objects, received more",
            model=spec.name,
        )

    def _ask(self, spec: Spec, url: str, reader: Callable[[Any], Value], what: str = "") -> Value:
        return self._read(spec, self._get(spec, url, what), reader)

    def _get(self, spec: Spec, url: str, what: str) -> JsonReply:
        subject = f"{spec.name}: {what}{spec.origin}"
        reply = self._client.get_json(url, accept=_JSON, headers=_HEADERS, subject=subject)
        if reply.status != 200:
            error = explain_refusal(
                Kind.GITHUB,
                status=reply.status,
                headers=_with_patience(reply),
                url=reply.url,
                subject=subject,
                token=reply.token,
            )
            error.model = spec.name
            raise error
        return reply

    def _read(self, spec: Spec, reply: JsonReply, reader: Callable[[Any], Value]) -> Value:
        try:
            return reader(reply.body)
        except (ValueError, OverflowError) as error:
            fault = visible(str(error)[:_MOST_CHARACTERS])
            raise ServerError(
                f"{spec.name}: {spec.origin}: {host_of(reply.url)} sent a reply that cannot be "
                f"used: {fault}",
                hint=f"check that {self._url} is the API of a GitHub",
                model=spec.name,
            ) from error


def _with_patience(reply: JsonReply) -> Mapping[str, str]:
    """A refusal's headers; of a limit that only its message tells, with the wait that is meant.

    "Wait for at least one minute" (docs.github.com, "Rate limits for the REST API").
    """
    said = reply.body.get("message") if isinstance(reply.body, dict) else None
    if reply.status == 403 and isinstance(said, str) and "rate limit" in said:
        return {"retry-after": "60", **reply.headers}
    return reply.headers
