"""One file in one body: a small one, or one of which a digest and a size are yet to be known."""

from collections.abc import Sequence
from typing import Protocol

from modellock.decisions.fallbacks import Failure
from modellock.decisions.verdicts import Expected
from modellock.errors import FileAccessError, ModellockError, NoSpaceError, TruncatedError
from modellock.ports.reporting import Reporter
from modellock.shell.httpclient import HttpClient
from modellock.shell.intake import Body, StrayedError, opened, take_in
from modellock.shell.responses import why_again
from modellock.shell.retries import Tries, longest_wait
from modellock.shell.store import Store
from modellock.sources import Location
from modellock.values.digest import ContentHasher, Digest


class Wanted(Expected, Protocol):
    """A file, and where it may come from."""

    @property
    def locations(self) -> Sequence[Location]:
        """In the order in which they are tried."""
        ...


class Delivery:
    """A file that is fetched from its first byte on, each time."""

    def __init__(
        self, store: Store, client: HttpClient, wanted: Wanted, reporter: Reporter
    ) -> None:
        self.failures: list[Failure] = []
        """What places did wrong, in the order in which they were asked."""

        self.fault: ModellockError | None = None
        """Why it was given up, where no place is to blame."""

        self.received: tuple[Digest, int] | None = None
        """The sha256 and size in bytes of what the store has now."""

        self.mirror: str | None = None
        """The one that served it; None for the origin."""

        self._store = store
        self._client = client
        self._wanted = wanted
        self._reporter = reporter
        self._started = False
        self._arrived = 0

    may_be_shared = False
    on_offer = 0

    def begin(self) -> bool:
        """Nobody else has it."""
        return True

    def work(self) -> None:
        """Fetch it, from the first place that serves it right.

        Raises StoppedError once `client.stop` is set.
        """
        for location in self._wanted.locations:
            try:
                hasher = self._from(location, self._tries())
            except (NoSpaceError, FileAccessError) as error:
                # Of this machine, not of that place.
                self.fault = error
                return
            except ModellockError as error:
                error.model = self._wanted.model
                self.failures.append(Failure(location.mirror, error))
            else:
                self.received, self.mirror = (hasher.sha256, hasher.size), location.mirror
                return

    def close(self) -> None:
        """Nothing is left of what did not arrive."""

    def _tries(self) -> Tries:
        """For the next place."""
        places_left = len(self._wanted.locations) - len(self.failures) - 1
        return self._client.tries(self._wanted.subject, longest_wait=longest_wait(places_left))

    def _from(self, location: Location, tries: Tries) -> ContentHasher:
        while True:
            outcome = self._attempt(location, tries)
            if isinstance(outcome, ContentHasher):
                return outcome
            if not tries.again(why_again(outcome)):
                raise outcome

    def _attempt(self, location: Location, tries: Tries) -> ContentHasher | ModellockError:
        self._rewind()
        try:
            with opened(self._client, self._wanted, location, tries) as body:
                self._start(body)
                return take_in(
                    self._store, self._wanted, body, lambda size: self._hear(size, tries)
                )
        except (TruncatedError, StrayedError) as error:
            return error

    def _start(self, body: Body) -> None:
        if not self._started:
            self._started = True
            wanted = self._wanted
            size = body.size if wanted.size is None else wanted.size
            self._reporter.fetch_started(wanted.subject, size, model=wanted.model)

    def _rewind(self) -> None:
        if self._arrived:
            self._reporter.fetch_advanced(self._wanted.subject, -self._arrived)
            self._arrived = 0

    def _hear(self, size: int, tries: Tries) -> None:
        tries.check()
        self._arrived += size
        self._reporter.fetch_advanced(self._wanted.subject, size)
