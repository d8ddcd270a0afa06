"""The Hugging Face Hub, or another server that speaks its API."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from modellock.manifest import Spec
from modellock.offers import Candidate, OfferedFile, Snapshot
from modellock.origins import hub_files_path, quote_path
from modellock.reporting import Reporter
from modellock.retries import DELAYS
from modellock.settings import Token
from modellock.sources import Location, Pinned
from modellock.sources.hub_replies import (
    HubRepository,
    read_commit_time,
    read_repository,
    read_tags,
    read_tree,
)
from modellock.sources.hub_session import HubSession, list_commits

DEFAULT_REVISION = "main"


class HubSource:
    """Models and datasets of one Hub: three requests a snapshot, and one per 1,000 files more."""

    def __init__(
        self,
        endpoint: str,
        *,
        token: Token | None,
        reporter: Reporter,
        delays: Sequence[float] = DELAYS,
    ) -> None:
        self._endpoint = endpoint
        self._session = HubSession(endpoint, token=token, reporter=reporter, delays=delays)

    def candidates(self, spec: Spec) -> Sequence[Candidate]:
        """The tags, where the spec bounds versions; else what it asks for, unseen."""
        if spec.version is None:
            return (Candidate(revision=spec.revision or DEFAULT_REVISION),)

        def tags(api: Any) -> tuple[Candidate, ...]:
            return read_tags(api.list_repo_refs(spec.origin, repo_type=spec.type).tags)

        return self._session.ask(spec, spec.origin, tags)

    def snapshot(self, spec: Spec, candidate: Candidate) -> Snapshot:
        """The repository at the candidate's commit, or at whatever its name points to now."""
        revision = candidate.commit or candidate.tag or candidate.revision or DEFAULT_REVISION
        repository = self._repository(spec, revision)
        return Snapshot(
            files=self._files(spec, repository.commit),
            name=repository.name,
            repo_id=repository.repo_id,
            version=candidate.version,
            tag=candidate.tag,
            commit=repository.commit,
            committed=self._committed(spec, repository.commit),
            license=repository.license,
            gated=repository.gated,
        )

    def locations(
        self, pinned: Pinned, path: str, asset_id: int | None = None
    ) -> Sequence[Location]:
        """The Hub itself, which redirects to where the bytes are."""
        del asset_id
        below = hub_files_path(pinned.type, pinned.origin, pinned.commit or DEFAULT_REVISION)
        return (Location(url=self._endpoint + below + quote_path(path)),)

    def _repository(self, spec: Spec, revision: str) -> HubRepository:
        def repository(api: Any) -> HubRepository:
            return read_repository(
                api.repo_info(spec.origin, revision=revision, repo_type=spec.type)
            )

        return self._session.ask(spec, f"{spec.origin}@{revision}", repository)

    def _files(self, spec: Spec, commit: str) -> tuple[OfferedFile, ...]:
        def files(api: Any) -> tuple[OfferedFile, ...]:
            return read_tree(
                api.list_repo_tree(
                    spec.origin, recursive=True, revision=commit, repo_type=spec.type
                )
            )

        return self._session.ask(spec, f"{spec.origin}@{commit}", files)

    def _committed(self, spec: Spec, commit: str) -> datetime:
        """When the commit was made, which neither the repository's info nor its refs say."""

        def time(api: Any) -> datetime:
            return read_commit_time(list_commits(api, spec, commit), commit)

        return self._session.ask(spec, f"{spec.origin}@{commit}", time)
