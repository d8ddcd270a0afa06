"""Fetch files into the store: verified while they stream, in constant memory, several at once."""

from collections.abc import Sequence
from dataclasses import dataclass

from modellock.decisions.fallbacks import Failure, summary
from modellock.errors import (
    DistrustError,
    FileAccessError,
    ModellockError,
    NoSpaceError,
    SeveralErrors,
)
from modellock.ports.reporting import Reporter
from modellock.shell.crew import Lane, work_in_lanes
from modellock.shell.deliveries import Delivery
from modellock.shell.downloads import Download
from modellock.shell.httpclient import HttpClient
from modellock.shell.line import Line
from modellock.shell.local_files import SCHEME
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
    """Of the places that were asked before."""


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

    What interrupts the caller ends the transfers under way, and nothing of them is published. What
    has arrived of large files stays for whoever asks for them next.
    """
    size = sum(fetch.size or 0 for fetch in fetches)
    unsized = [fetch.subject for fetch in fetches if fetch.size is None]
    reporter.fetches_planned(len(fetches), size, unsized=unsized)
    ordered = sorted(fetches, key=lambda fetch: (-(fetch.size or 0), fetch.subject))
    errands = [_Errand(store, client, fetch, reporter) for fetch in ordered]
    with (
        Line([one for one in errands if one.is_large], client.stop) as large,
        Line([one for one in errands if not one.is_large], client.stop) as small,
    ):
        many = SMALL_PER_JOB * jobs
        lanes = [
            Lane([large] * (jobs if large.may_be_shared else min(jobs, len(large))), jobs),
            Lane([small] * min(many, len(small)), many),
        ]
        work_in_lanes(
            lanes, lambda line, _stop: line.serve(), pulse=reporter.pulse, stop=client.stop
        )
    outcomes = [errand.outcome for errand in errands]
    errors = [outcome for outcome in outcomes if isinstance(outcome, ModellockError)]
    return [one for one in outcomes if isinstance(one, Fetched)], _flat(errors)


def _flat(errors: Sequence[ModellockError]) -> list[ModellockError]:
    flat: list[ModellockError] = []
    for error in errors:
        flat.extend(error.errors if isinstance(error, SeveralErrors) else [error])
    return flat


class _Errand:
    """One fetch, in the way that suits it."""

    def __init__(self, store: Store, client: HttpClient, fetch: Fetch, reporter: Reporter) -> None:
        self._fetch = fetch
        self._reporter = reporter
        self._carrier = _carrier(store, client, fetch, reporter)

    @property
    def is_large(self) -> bool:
        """Whether its bytes take longer than asking for them."""
        return self._fetch.size is None or self._fetch.size > SMALL

    @property
    def outcome(self) -> Fetched | ModellockError:
        """The file, or why it is not here; once it is over."""
        carrier = self._carrier
        if carrier.received is not None:
            digest, size = carrier.received
            return Fetched(
                fetch=self._fetch,
                digest=digest,
                size=size,
                mirror=carrier.mirror,
                failures=tuple(carrier.failures),
            )
        error = carrier.fault or summary(self._fetch.subject, carrier.failures)
        error.model = self._fetch.model
        return error

    @property
    def is_over(self) -> bool:
        carrier = self._carrier
        is_here = carrier.received is not None
        is_left = len(carrier.failures) < len(self._fetch.locations)
        return is_here or carrier.fault is not None or not is_left

    @property
    def may_be_shared(self) -> bool:
        return self._carrier.may_be_shared

    @property
    def on_offer(self) -> int:
        return self._carrier.on_offer

    def begin(self) -> bool:
        try:
            return self._carrier.begin()
        except (NoSpaceError, FileAccessError) as error:
            self._carrier.fault = error
            return True

    def work(self) -> None:
        self._carrier.work()

    def conclude(self) -> None:
        """Tell how it ended."""
        outcome = self.outcome
        if isinstance(outcome, ModellockError):
            self._reporter.fetch_failed(self._fetch.subject, str(outcome))
            return
        if outcome.mirror is None:
            self._tell(outcome.failures)
        self._reporter.fetch_finished(self._fetch.subject)

    def _tell(self, failures: Sequence[Failure]) -> None:
        for failure in failures:
            error = failure.error
            if isinstance(error, DistrustError):
                self._reporter.warning(str(error), hint="another place had the right bytes")
            else:
                self._reporter.detail(str(error))

    def close(self) -> None:
        self._carrier.close()


def _carrier(
    store: Store, client: HttpClient, fetch: Fetch, reporter: Reporter
) -> Delivery | Download:
    """How to get a file: of a large one that is known, what arrived outlives this process."""
    is_local = all(location.url.startswith(SCHEME) for location in fetch.locations)
    if is_local or fetch.digest is None or fetch.size is None or fetch.size <= SMALL:
        return Delivery(store, client, fetch, reporter)
    return Download(store, client, fetch, reporter)
