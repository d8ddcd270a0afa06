"""The Hugging Face Hub, or another server that speaks its API."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from threading import Event
from typing import Any

from modellock.documents.manifest import Spec
from modellock.documents.offers import Candidate, OfferedFile, Snapshot
from modellock.ports.reporting import Reporter
from modellock.ports.settings import Token
from modellock.shell.border import Border
from modellock.shell.retries import Schedule
from modellock.sources import Location, Pinned
from modellock.sources.hub_replies import (
    HubCommit,
    HubRepository,
    read_commits,
    read_newest_commit,
    read_repository,
    read_tags,
    read_tree,
)
from modellock.sources.hub_session import HubSession, list_commits
from modellock.sources.remembered import Remembered
from modellock.values.origins import DEFAULT_REVISION, hub_files_path, is_commit, quote_path

_COMMITS = 100
"""On a page of a history, of which the Hub gives up to 1,000."""


class HubSource:
    """Models and datasets of one Hub: three requests a snapshot, and one per 1,000 files more."""

    def __init__(
        self,
        endpoint: str,
        *,
        token: Token | None,
        reporter: Reporter,
        stop: Event | None = None,
        schedule: Schedule = Schedule(),  # noqa: B008 - it is a value
        border: Border | None = None,
    ) -> None:
        self._endpoint = endpoint
        self._session = HubSession(
            endpoint, token=token, reporter=reporter, stop=stop, schedule=schedule, border=border
        )
        self._commits: Remembered[tuple[str, str, str], HubCommit] = Remembered()
        self._listed_tags: Remembered[tuple[str, str], tuple[Candidate, ...]] = Remembered()

    def candidates(self, spec: Spec) -> Sequence[Candidate]:
        """The tags, where the spec bounds versions; else what it asks for, unseen."""
        if spec.version is None:
            return (Candidate(revision=spec.revision or DEFAULT_REVISION),)
        return self._tags(spec)

    def dated(
        self, spec: Spec, candidate: Candidate, not_after: datetime | None = None
    ) -> Candidate:
        """One request; for a branch that is too young its tags, too, and a page of 100 commits."""
        # By its name, since a tag may be listed with the id of its own object.
        newest = self._newest_commit(spec, candidate.tag or _revision_of(candidate))
        is_late = not_after is not None and newest.time > not_after
        if not_after is not None and is_late and not self._is_fixed(spec, candidate):
            newest = self._newest_until(spec, newest, not_after)
        return replace(candidate, commit=newest.id, published=newest.time)

    def within(self, spec: Spec, revision: str) -> Candidate | None:
        """Through the commits of a branch, page by page until there it is."""
        own = Candidate(revision=spec.revision or DEFAULT_REVISION)
        commit = self._newest_commit(spec, revision).id
        tip = self._newest_commit(spec, _revision_of(own)).id
        if commit != tip and (self._is_fixed(spec, own) or not self._leads_to(spec, tip, commit)):
            return None
        return Candidate(revision=revision, commit=commit)

    def snapshot(self, spec: Spec, candidate: Candidate) -> Snapshot:
        """The repository at the candidate's commit, or at whatever its name points to now."""
        repository = self._repository(spec, _revision_of(candidate))
        return Snapshot(
            files=self._files(spec, repository.commit),
            name=repository.name,
            repo_id=repository.repo_id,
            version=candidate.version,
            tag=candidate.tag,
            commit=repository.commit,
            committed=self._newest_commit(spec, repository.commit).time,
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

    def _newest_commit(self, spec: Spec, revision: str) -> HubCommit:
        """The commit that a revision means, with its time, which neither info nor refs say."""
        key = (spec.type, spec.origin, revision)
        return self._commits.get(key, lambda: self._asked_commit(spec, revision))

    def _asked_commit(self, spec: Spec, revision: str) -> HubCommit:
        def newest(api: Any) -> HubCommit:
            commits = list_commits(api, spec, revision, per_page=1)
            return read_newest_commit(commits, revision)

        commit = self._session.ask(spec, f"{spec.origin}@{revision}", newest)
        self._commits.put((spec.type, spec.origin, commit.id), commit)
        return commit

    def _newest_until(self, spec: Spec, tip: HubCommit, moment: datetime) -> HubCommit:
        def walk(api: Any) -> HubCommit:
            commit = tip
            for commit in read_commits(list_commits(api, spec, tip.id, per_page=_COMMITS)):
                if commit.time <= moment:
                    break
            return commit

        return self._session.ask(spec, f"{spec.origin}@{tip.id}", walk)

    def _leads_to(self, spec: Spec, tip: str, wanted: str) -> bool:
        def walk(api: Any) -> bool:
            commits = read_commits(list_commits(api, spec, tip, per_page=_COMMITS))
            return any(commit.id == wanted for commit in commits)

        return self._session.ask(spec, f"{spec.origin}@{tip}", walk)

    def _is_fixed(self, spec: Spec, candidate: Candidate) -> bool:
        """Whether a candidate is one commit for good: itself, or by its tag."""
        revision = candidate.revision
        if candidate.tag is not None or revision is None or is_commit(revision):
            return True
        return any(tag.tag == revision for tag in self._tags(spec))

    def _tags(self, spec: Spec) -> tuple[Candidate, ...]:
        def tags(api: Any) -> tuple[Candidate, ...]:
            return read_tags(api.list_repo_refs(spec.origin, repo_type=spec.type).tags)

        key = (spec.type, spec.origin)
        return self._listed_tags.get(key, lambda: self._session.ask(spec, spec.origin, tags))


def _revision_of(candidate: Candidate) -> str:
    return candidate.commit or candidate.tag or candidate.revision or DEFAULT_REVISION
