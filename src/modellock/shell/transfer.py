"""Fetch files into the store: verified while they stream, in constant memory, several at once."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace

from modellock.decisions.fallbacks import Failure, summary
from modellock.errors import (
    DistrustError,
    FileAccessError,
    ModellockError,
    NoSpaceError,
    SeveralErrors,
    TruncatedError,
)
from modellock.ports.reporting import Reporter
from modellock.shell.crew import Lane, work_in_lanes
from modellock.shell.httpclient import HttpClient
from modellock.shell.intake import Body, StrayedError, opened, take_in
from modellock.shell.retries import Tries
from modellock.shell.store import Store
from modellock.sources import Location
from modellock.values.digest import Digest
from modellock.values.origins import Kind

SMALL = 1_000_000
"""Bytes: a file up to this size arrives in the time that asking for it takes."""

SMALL_PER_JOB = 24
"""With 8 jobs 192 at once: 1,000, each behind a redirect, in 11 round trips (tests/benchmarks)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetch:
    """One file to be fetched, what must be true of it, and where it may come from.

    Whatever is known is checked. Where digest and size are both known, it is a locked file.
    """

    subject: str
    """`<model>/<path>`."""

    model: str
    kind: Kind
    digest: Digest | None
    """The sha256."""

    size: int | None
    """Bytes."""

    git_sha1: str | None = None
    """The git object id; it takes a size to check it."""

    locations: tuple[Location, ...]
    """In the order in which they are tried: each but the first is a fallback."""

    gated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """A file that is in the store now."""

    fetch: Fetch
    digest: Digest
    size: int
    """Bytes."""

    mirror: str | None = None
    """The one that served it; None for the origin."""

    failures: tuple[Failure, ...] = ()
    """Of the places that were asked before, where a mirror served it."""


def fetch_all(
    store: Store,
    client: HttpClient,
    fetches: Sequence[Fetch],
    reporter: Reporter,
    *,
    jobs: int,
) -> tuple[list[Fetched], list[ModellockError]]:
    """Fetch files, the largest first; one that fails stops no other.

    Large ones `jobs` at once; of small ones, which wait for replies and hardly for bytes, more.

    What interrupts the caller ends the transfers under way, and nothing of them is published.
    """

    def fetch_one(fetch: Fetch, _stop: threading.Event) -> Fetched | ModellockError:
        try:
            return fetch_into(store, client, fetch, reporter)
        except ModellockError as error:
            return error

    reporter.fetches_planned(len(fetches), sum(fetch.size or 0 for fetch in fetches))
    ordered = sorted(fetches, key=lambda fetch: (-(fetch.size or 0), fetch.subject))
    small = [fetch for fetch in ordered if fetch.size is not None and fetch.size <= SMALL]
    large = [fetch for fetch in ordered if fetch.size is None or fetch.size > SMALL]
    lanes = [Lane(large, jobs), Lane(small, SMALL_PER_JOB * jobs)]
    outcomes = work_in_lanes(lanes, fetch_one, pulse=reporter.pulse, stop=client.stop)
    errors = [outcome for outcome in outcomes if isinstance(outcome, ModellockError)]
    return [one for one in outcomes if isinstance(one, Fetched)], _flat(errors)


def fetch_into(store: Store, client: HttpClient, fetch: Fetch, reporter: Reporter) -> Fetched:
    """Fetch one file, from the first of its locations that serves it right.

    Raises MismatchError or WrongContentError for other bytes, which are not asked for again where
    they came from; TruncatedError; what `explain_refusal` makes of a refusal; what `HttpClient`
    raises; SeveralErrors where locations failed in different ways; NoSpaceError and
    FileAccessError from the store; StoppedError once `client.stop` is set.
    """
    errand = _Errand(store, client, fetch, reporter)
    try:
        fetched = errand.run()
    except ModellockError as error:
        error.model = fetch.model
        reporter.fetch_failed(fetch.subject, str(error))
        raise
    reporter.fetch_finished(fetch.subject)
    return fetched


def _flat(errors: Sequence[ModellockError]) -> list[ModellockError]:
    flat: list[ModellockError] = []
    for error in errors:
        flat.extend(error.errors if isinstance(error, SeveralErrors) else [error])
    return flat


class _Errand:
    """One fetch under way."""

    def __init__(self, store: Store, client: HttpClient, fetch: Fetch, reporter: Reporter) -> None:
        self._store = store
        self._client = client
        self._fetch = fetch
        self._expected = fetch
        self._reporter = reporter
        self._started = False
        self._received = 0

    def run(self) -> Fetched:
        failures: list[Failure] = []
        for location in self._fetch.locations:
            self._expected = _expected_of(self._fetch, location)
            try:
                fetched = self._from(location, self._client.tries(self._fetch.subject))
            except (NoSpaceError, FileAccessError):
                # Of this machine, not of that place.
                raise
            except ModellockError as error:
                error.model = self._fetch.model
                failures.append(Failure(location.mirror, error))
            else:
                if location.mirror is not None:
                    return replace(fetched, mirror=location.mirror, failures=tuple(failures))
                self._tell(failures)
                return fetched
        raise summary(self._fetch.subject, failures)

    def _tell(self, failures: Sequence[Failure]) -> None:
        for failure in failures:
            error = failure.error
            if isinstance(error, DistrustError):
                self._reporter.warning(str(error), hint="another place had the right bytes")
            else:
                self._reporter.detail(str(error))

    def _from(self, location: Location, tries: Tries) -> Fetched:
        while True:
            outcome = self._attempt(location, tries)
            if isinstance(outcome, Fetched):
                return outcome
            if not tries.again("the file did not arrive whole"):
                raise outcome

    def _attempt(self, location: Location, tries: Tries) -> Fetched | ModellockError:
        self._rewind()
        try:
            with opened(self._client, self._expected, location, tries) as body:
                self._start(body)
                hasher = take_in(
                    self._store, self._expected, body, lambda size: self._hear(size, tries)
                )
        except (TruncatedError, StrayedError) as error:
            return error
        return Fetched(fetch=self._fetch, digest=hasher.sha256, size=hasher.size)

    def _start(self, body: Body) -> None:
        if not self._started:
            self._started = True
            size = body.size if self._fetch.size is None else self._fetch.size
            self._reporter.fetch_started(self._fetch.subject, size, model=self._fetch.model)

    def _rewind(self) -> None:
        if self._received:
            self._reporter.fetch_advanced(self._fetch.subject, -self._received)
            self._received = 0

    def _hear(self, size: int, tries: Tries) -> None:
        tries.check()
        self._received += size
        self._reporter.fetch_advanced(self._fetch.subject, size)


def _expected_of(fetch: Fetch, location: Location) -> Fetch:
    """What a place is held to: a mirror is no Hub, whatever the origin is."""
    return fetch if location.mirror is None else replace(fetch, kind=Kind.URL, gated=False)
