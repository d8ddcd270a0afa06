"""What the embedded Hub holds, and who may read it."""

from collections.abc import Collection
from dataclasses import dataclass, field

from modellock.testing.hub import refusals
from modellock.testing.hub.content import HubCommit, HubRepository, Kind
from modellock.testing.hub.large_files import LargeFiles
from modellock.testing.wire.exchange import RefusedError, Request, redirect


@dataclass(slots=True)
class HubSettings:
    """What a test may set; the defaults are those of the Hub."""

    page_size: int = 1000
    """Entries on a page of tree and commits, whatever larger `limit` was asked for."""

    expanded_page_size: int = 50
    """The same for a tree with `expand`."""

    peels_tags: bool = True
    """Whether refs shows the commit of an annotated tag, or the tag's own object."""

    xet_hashes: bool = False
    """Whether tree and paths-info show `xetHash` for large files."""


@dataclass(slots=True, kw_only=True)
class Shelf:
    """The state of one Hub."""

    settings: HubSettings
    large_files: LargeFiles

    url: str = ""
    """The Hub's own, in absolute links."""

    repositories: dict[tuple[Kind, str], HubRepository] = field(default_factory=dict)

    renames: dict[tuple[Kind, str], str] = field(default_factory=dict)
    """The present name by a former one."""

    tokens: dict[str, Collection[str]] = field(default_factory=dict)
    """Accepted tokens, and the private and gated repositories that each may read."""

    def visible(self, request: Request, kind: Kind, name: str) -> HubRepository:
        """The repository, for a caller who may know of it; else the Hub's refusal."""
        self.check_token(request)
        if (kind, name) in self.renames:
            moved = request.target.replace(f"/{name}", f"/{self.renames[kind, name]}", 1)
            raise RefusedError(redirect(307, moved))
        repository = self.repositories.get((kind, name))
        if repository is None or (repository.private and not self._grants(request, repository)):
            raise refusals.unknown_repository(request.token)
        if repository.disabled:
            stranger = request.token is None
            raise refusals.unknown_repository(None) if stranger else refusals.disabled()
        return repository

    def check_token(self, request: Request) -> None:
        """Refuse an unknown token, also where none is needed."""
        if request.authorization is not None and request.token not in self.tokens:
            raise refusals.invalid_token()

    def check_gate(self, request: Request, repository: HubRepository) -> None:
        """Refuse who may see a gated repository but not its content."""
        if repository.gated and not self._grants(request, repository):
            raise refusals.gated(repository, request.token, self.url)

    def _grants(self, request: Request, repository: HubRepository) -> bool:
        return repository.name in self.tokens.get(request.token or "", ())


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A request for a repository that its sender may see."""

    request: Request
    shelf: Shelf
    repository: HubRepository

    revision: str
    """As asked, decoded; `HEAD` where the path named none."""

    path: str
    """In the repository, decoded; `""` where the path named none."""

    def commit(self) -> HubCommit:
        """The revision's; refused where there is none."""
        commit = self.repository.find(self.revision)
        if commit is None:
            raise refusals.unknown_revision(self.revision)
        return commit
