"""One file behind a URL, or its parts: no versions, and nothing known of it before it is here."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from urllib.parse import urlsplit, urlunsplit

from modellock.decisions.parts import MOST_PARTS, Part, path_of_part, read_part
from modellock.documents.manifest import Spec
from modellock.documents.offers import Candidate, OfferedFile, Snapshot
from modellock.errors import NotFoundError
from modellock.shell.httpclient import HttpClient
from modellock.shell.probes import size_at
from modellock.sources import Location, Pinned
from modellock.values.digest import Digest
from modellock.values.origins import filename_of, quote_path


class UrlSource:
    """Asks for nothing but how many parts there are: what a URL serves is learnt by fetching it."""

    def __init__(self, client: HttpClient) -> None:
        self._client = client

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
        """One file of unknown size; its digest where the spec says what it must be.

        With `join`, the URL is that of the first part, and those behind it are asked for until
        there is none.
        """
        del candidate
        digest = None if spec.sha256 is None else Digest("sha256", spec.sha256)
        name = spec.filename or filename_of(spec.origin)
        first = OfferedFile(path=name, size=None, sha256=digest)
        further = self._further_parts(spec, read_part(name)) if spec.join else ()
        return Snapshot(files=(first, *further), name=spec.origin)

    def locations(
        self, pinned: Pinned, path: str, asset_id: int | None = None
    ) -> Sequence[Location]:
        """The URL, or that of another part beside it."""
        del asset_id
        return (Location(url=_url_of(pinned.origin, path)),)

    def _further_parts(self, spec: Spec, first: Part | None) -> Iterator[OfferedFile]:
        if first is None:
            return
        for position in range(first.position + 1, first.position + MOST_PARTS):
            path = path_of_part(first, position)
            try:
                size = size_at(
                    self._client, _url_of(spec.origin, path), f"{spec.name}/{path}", at="lock"
                )
            except NotFoundError:
                return
            yield OfferedFile(path=path, size=size)


def _url_of(origin: str, path: str) -> str:
    own = filename_of(origin)
    first, part = read_part(own), read_part(path)
    if path == own or first is None or part is None or first.whole != part.whole:
        return origin
    parts = urlsplit(origin)
    folder = parts.path.rpartition("/")[0]
    return urlunsplit(parts._replace(path=f"{folder}/{quote_path(path)}"))
