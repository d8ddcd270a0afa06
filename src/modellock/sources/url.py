"""One file behind a URL: no versions, and nothing known of it before its bytes are here."""

from collections.abc import Sequence
from datetime import datetime

from modellock.documents.manifest import Spec
from modellock.documents.offers import Candidate, OfferedFile, Snapshot
from modellock.sources import Location, Pinned
from modellock.values.digest import Digest
from modellock.values.origins import filename_of


class UrlSource:
    """Sends no request itself: what a URL serves is learnt by fetching it."""

    def candidates(self, spec: Spec) -> Sequence[Candidate]:
        """The one there is."""
        del spec
        return (Candidate(),)

    def dated(
        self, spec: Spec, candidate: Candidate, not_after: datetime | None = None
    ) -> Candidate:
        """Without a time: nothing tells since when a URL serves what it serves."""
        del spec, not_after
        return candidate

    def within(self, spec: Spec, revision: str) -> Candidate | None:
        """Nothing leads anywhere: a URL has no history."""
        del spec, revision
        return None

    def snapshot(self, spec: Spec, candidate: Candidate) -> Snapshot:
        """One file of unknown size; its digest where the spec says what it must be."""
        del candidate
        digest = None if spec.sha256 is None else Digest("sha256", spec.sha256)
        name = spec.filename or filename_of(spec.origin)
        return Snapshot(files=(OfferedFile(path=name, size=None, sha256=digest),), name=spec.origin)

    def locations(
        self, pinned: Pinned, path: str, asset_id: int | None = None
    ) -> Sequence[Location]:
        """The URL."""
        del path, asset_id
        return (Location(url=pinned.origin),)
