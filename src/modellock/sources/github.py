"""GitHub Releases, of github.com or of an Enterprise server."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from modellock.documents.manifest import Spec
from modellock.documents.offers import Candidate, OfferedFile, Snapshot
from modellock.documents.weights import is_checksum_or_signature
from modellock.errors import MismatchError, ModellockError
from modellock.ports.refusals import explain_refusal
from modellock.shell.httpclient import HttpClient
from modellock.sources import Location, Pinned
from modellock.sources.checksums import (
    MOST_BYTES,
    Checksum,
    companions,
    lists_a_release,
    parse_checksums,
    sha256_of,
)
from modellock.sources.github_api import GitHubApi
from modellock.sources.github_replies import Asset, Release
from modellock.sources.remembered import Remembered
from modellock.values.digest import Digest, sha256_of_bytes
from modellock.values.globs import matches_any
from modellock.values.origins import Kind, github_assets_path, quote_path
from modellock.values.wording import visible

_BYTES = "application/octet-stream"


class GitHubSource:
    """The releases of one server."""

    def __init__(self, client: HttpClient, *, api_url: str, server_url: str) -> None:
        self._client = client
        self._api = GitHubApi(client, api_url)
        self._server_url = server_url
        self._checksums: Remembered[int, tuple[Checksum, ...]] = Remembered()

    def candidates(self, spec: Spec) -> Sequence[Candidate]:
        """Every published release, pre-releases too; the one of `tag` where the spec names one."""
        # First, so that a repository that is missing is not told as a release that is.
        self._api.repository(spec)
        if spec.tag is not None:
            return (_candidate(self._api.release(spec, spec.tag)),)
        return tuple(_candidate(release) for release in self._api.releases(spec))

    def dated(
        self, spec: Spec, candidate: Candidate, not_after: datetime | None = None
    ) -> Candidate:
        """As it is: the list of releases says when each was published."""
        del spec, not_after
        return candidate

    def within(self, spec: Spec, revision: str) -> Candidate | None:
        """Nothing leads anywhere: releases are not followed."""
        del spec, revision
        return None

    def snapshot(self, spec: Spec, candidate: Candidate) -> Snapshot:
        """A release's assets, its repository's number, and the commit that its tag leads to."""
        repository = self._api.repository(spec)
        release = self._api.release(spec, candidate.tag or spec.tag or "")
        same = repository.name.casefold() == spec.origin.casefold()
        return Snapshot(
            files=tuple(self._offered(spec, release, asset) for asset in release.assets),
            # GitHub takes no notice of case: only another name is another name.
            name=spec.origin if same else repository.name,
            repo_id=repository.id,
            version=candidate.version,
            tag=release.tag,
            commit=self._api.commit(spec, release.tag),
            published=release.published,
        )

    def locations(
        self, pinned: Pinned, path: str, asset_id: int | None = None
    ) -> Sequence[Location]:
        """The browser's URL, which costs no quota; then the API's, which takes a token."""
        return tuple(self._places(pinned.origin, pinned.tag or "", path, asset_id))

    def _places(self, origin: str, tag: str, name: str, asset_id: int | None) -> Iterator[Location]:
        yield Location(url=self._server_url + github_assets_path(origin, tag) + quote_path(name))
        if asset_id is not None:
            yield Location(url=self._api.asset_url(origin, asset_id), accept=_BYTES)

    def _offered(self, spec: Spec, release: Release, asset: Asset) -> OfferedFile:
        digest = asset.digest
        if digest is None and _may_be_selected(spec, asset):
            digest = self._listed_digest(spec, release, asset)
        return OfferedFile(
            path=asset.name,
            size=asset.size,
            sha256=digest,
            asset_id=asset.id,
            uploaded=asset.uploaded,
        )

    def _listed_digest(self, spec: Spec, release: Release, asset: Asset) -> Digest | None:
        """What checksum files of the release say of an asset that has no digest."""
        try:
            return sha256_of(asset.name, self._checksums_for(spec, release, asset))
        except ValueError as error:
            raise MismatchError(
                f"{spec.name}/{visible(asset.name)}: the {visible(str(error))} in release "
                f"{visible(release.tag)} of {spec.origin}",
                hint="ask the publisher which is right, or leave the file out with `exclude`",
                model=spec.name,
            ) from error

    def _checksums_for(self, spec: Spec, release: Release, asset: Asset) -> Iterator[Checksum]:
        own = companions(asset.name)
        for file in release.assets:
            if file.size > MOST_BYTES or not (file.name in own or lists_a_release(file.name)):
                continue
            for checksum in self._read_checksums(spec, release, file):
                # A digest without a name means the one asset that its file is named after.
                if checksum.name is not None or file.name in own:
                    yield checksum

    def _read_checksums(self, spec: Spec, release: Release, file: Asset) -> tuple[Checksum, ...]:
        def ask() -> tuple[Checksum, ...]:
            content = self._content(spec, release, file)
            return parse_checksums(content.decode("utf-8", "replace"))

        return self._checksums.get(file.id, ask)

    def _content(self, spec: Spec, release: Release, file: Asset) -> bytes:
        failed: ModellockError | None = None
        for place in self._places(spec.origin, release.tag, file.name, file.id):
            try:
                return self._fetched(spec, file, place)
            except ModellockError as error:
                failed = error
        assert failed is not None  # noqa: S101 - there is a place
        raise failed

    def _fetched(self, spec: Spec, file: Asset, place: Location) -> bytes:
        subject = f"{spec.name}/{visible(file.name)}"
        tries = self._client.tries(subject)
        with self._client.stream(place.url, accept=place.accept, tries=tries) as response:
            if response.status != 200:
                raise explain_refusal(
                    Kind.GITHUB,
                    status=response.status,
                    headers=response.headers,
                    url=response.url,
                    subject=subject,
                    token=response.token,
                )
            content = response.text(MOST_BYTES)
        # GitHub has been seen to answer with an error page and status 200.
        if len(content) != file.size or file.digest not in (None, sha256_of_bytes(content)):
            raise MismatchError(
                f"{subject}: expected {file.digest or file.size}, "
                f"received {sha256_of_bytes(content)} ({len(content)} bytes)"
            )
        return content


def _candidate(release: Release) -> Candidate:
    return Candidate(
        tag=release.tag,
        published=release.published,
        prerelease=release.prerelease,
        rank=release.id,
    )


def _may_be_selected(spec: Spec, asset: Asset) -> bool:
    """Whether a digest is wanted at all: looking for one costs requests."""
    if spec.include is None:
        taken = not is_checksum_or_signature(asset.name)
    else:
        taken = matches_any(asset.name, spec.include)
    return taken and not matches_any(asset.name, spec.exclude)
