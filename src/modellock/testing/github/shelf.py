"""What the embedded GitHub holds, and who may read it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Literal
from urllib.parse import unquote

from modellock.testing.github import refusals
from modellock.testing.github.assets import AssetObjects
from modellock.testing.github.content import Asset, GitHubRepository, Release
from modellock.testing.github.payloads import Urls
from modellock.testing.wire.exchange import Request


@dataclass(slots=True)
class GitHubSettings:
    """What a test may set; the defaults are those of GitHub."""

    most_per_page: int = 100
    """Larger `per_page` are clamped to it."""

    release_order: Literal["created_at", "published_at", "id", "tag"] = "created_at"
    """What the list of releases is sorted by, highest first; all but `tag` were seen."""

    redirects_assets: bool = True
    """Whether the API sends to the object host for an asset's bytes, or serves them itself."""


@dataclass(slots=True, kw_only=True)
class Shelf:
    """The state of one GitHub."""

    settings: GitHubSettings
    objects: AssetObjects
    urls: Urls = field(default_factory=lambda: Urls(api="", server=""))

    repositories: dict[str, GitHubRepository] = field(default_factory=dict)
    renames: dict[str, str] = field(default_factory=dict)
    """The present name by a former one."""

    tokens: dict[str, Collection[str]] = field(default_factory=dict)
    """Accepted tokens, and the repositories that each may write, and read if they are private."""

    def numbered(self, number: int) -> GitHubRepository | None:
        """The repository of that id."""
        return next((each for each in self.repositories.values() if each.id == number), None)

    def check_caller(self, request: Request) -> None:
        """Refuse who does not say who they are, or says it wrongly."""
        if "User-Agent" not in request.headers:
            raise refusals.no_user_agent()
        if request.authorization is not None and request.token not in self.tokens:
            raise refusals.bad_credentials()

    def is_member(self, request: Request, repository: GitHubRepository) -> bool:
        """Whether the caller may push, and so sees drafts."""
        return repository.name in self.tokens.get(request.token or "", ())


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A request to the API for a repository that its sender may see."""

    request: Request
    shelf: Shelf
    repository: GitHubRepository
    argument: str
    """What the path named below the repository, percent-encoded; `""` for nothing."""

    def named(self) -> str:
        """The argument decoded. Slashes of a tag are literal: `%2F` is not recognised."""
        if "%2f" in self.argument.lower():
            raise refusals.not_found()
        return unquote(self.argument)

    def releases(self) -> Sequence[Release]:
        """Those that the caller may see, in the order of the list."""
        key = attrgetter(self.shelf.settings.release_order)
        drafts = self.shelf.is_member(self.request, self.repository)
        seen = [each for each in self.repository.releases if drafts or not each.draft]
        return sorted(seen, key=key, reverse=True)

    def release(self) -> Release:
        """The release whose id the path names."""
        for each in self.releases():
            if str(each.id) == self.argument:
                return each
        raise refusals.not_found()

    def asset(self) -> tuple[Release, Asset]:
        """The asset whose id the path names."""
        for each in self.releases():
            for asset in each.assets:
                if str(asset.id) == self.argument:
                    return each, asset
        raise refusals.not_found()


def latest(releases: Sequence[Release]) -> Release:
    """The release labelled as the latest, or else the newest by the date of its commit."""
    public = [each for each in releases if not (each.draft or each.prerelease)]
    if not public:
        raise refusals.not_found()
    return max(public, key=lambda each: (each.latest, each.created_at, each.id))
