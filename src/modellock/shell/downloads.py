"""One large file on its way: continued where it was left, over any number of connections."""

import threading
from collections.abc import Sequence

from modellock.decisions.claims import Claim
from modellock.decisions.fallbacks import Failure
from modellock.decisions.verdicts import too_many_bytes, wrong_size
from modellock.errors import (
    DistrustError,
    FileAccessError,
    ModellockError,
    NoSpaceError,
    TruncatedError,
)
from modellock.ports.reporting import Reporter
from modellock.shell.assembly import OutdatedError
from modellock.shell.crew import StoppedError
from modellock.shell.deliveries import Wanted
from modellock.shell.faults import at_host
from modellock.shell.heard import Heard
from modellock.shell.httpclient import HttpClient
from modellock.shell.intake import StrayedError
from modellock.shell.range_intake import Portion, WrongRangeError, opened_part
from modellock.shell.responses import StalledError, why_again
from modellock.shell.retries import Tries, longest_wait
from modellock.shell.store import Store
from modellock.shell.store_partials import arrived_so_far, open_partial
from modellock.shell.undertaking import Undertaking
from modellock.sources import Location
from modellock.values.digest import Digest

_MORE_THAN_A_TRICKLE = 1 << 20
"""Bytes from which on a reply that stalled was worth its time."""

_LEAST_PART = 1 << 16
"""Bytes of a reply that brings less than it was asked for, and is no trickle."""


class Download:
    """A file whose digest and size are known. Threads call `work`, each with its own connection."""

    def __init__(
        self, store: Store, client: HttpClient, wanted: Wanted, reporter: Reporter
    ) -> None:
        self.fault: ModellockError | None = None
        """Why it was given up, where no place is to blame."""

        self.received: tuple[Digest, int] | None = None
        """The sha256 and size in bytes of what the store has now."""

        self._store = store
        self._client = client
        self._wanted = wanted
        self._digest, self._size = _known(wanted)
        self._heard = Heard(reporter, wanted.subject, wanted.model)
        self._file: Undertaking | None = None
        self._ending = threading.Lock()

    @property
    def failures(self) -> Sequence[Failure]:
        """What places did wrong, in the order in which they were asked."""
        return () if self._file is None else self._file.failures

    @property
    def mirror(self) -> str | None:
        """The one that served the last of it; None for the origin, or where nobody was asked."""
        return None if self._file is None else self._file.mirror

    @property
    def is_over(self) -> bool:
        """Whether nothing is to be done any more."""
        no_place = len(self.failures) == len(self._wanted.locations)
        return self.received is not None or self.fault is not None or no_place

    @property
    def may_be_shared(self) -> bool:
        """Whether another connection may have something to do, now or later."""
        return not self.is_over

    @property
    def on_offer(self) -> int:
        """Bytes that another connection could bring, where it pays; else 0."""
        return 0 if self._file is None or self.is_over else self._file.on_offer

    def begin(self) -> bool:
        """Take up what is here of it; False while another process fetches it.

        Raises NoSpaceError and FileAccessError.
        """
        self._heard.begun(self._size)
        partial = open_partial(self._store, self._digest, self._size)
        if partial is None:
            self._heard.elsewhere(arrived_so_far(self._store, self._digest))
            return False
        self._heard.here()
        self._file = Undertaking(partial, self._wanted, self._heard)
        # Only now, because another process may have published it until it let go of it.
        if self._store.has(self._digest, self._size):
            self.received = (self._digest, self._size)
            self._heard.resumed(self._size)
            partial.discard()
        return True

    def work(self) -> None:
        """Bring bytes over one connection, until others bring all that is left or it is over.

        Raises StoppedError once `client.stop` is set.
        """
        while self._file is not None and not self.is_over:
            if self._client.stop.is_set():
                raise StoppedError
            claim = self._file.claim()
            goes_on = self._end(self._file) if claim is None else self._bring(self._file, claim)
            if not goes_on:
                return

    def close(self) -> None:
        """Leave what is here to whoever comes next."""
        if self._file is not None:
            self._file.assembly.close()

    def _bring(self, file: Undertaking, claim: Claim) -> bool:
        """Bring what was claimed; False where there is one connection too many."""
        try:
            self._bring_all(file, claim)
        except OutdatedError:
            pass
        except WrongRangeError as error:
            file.distrust(claim, error)
        except (NoSpaceError, FileAccessError) as error:
            # Of this machine, not of that place.
            self.fault = error
            file.stop()
        except DistrustError as error:
            file.leave(claim, error)
        except ModellockError as error:
            if file.spare(claim):
                return False
            file.leave(claim, error)
        finally:
            file.release(claim)
        return True

    def _bring_all(self, file: Undertaking, claim: Claim) -> None:
        """Ask again, within reason, until all that was claimed is here."""
        places_left = len(self._wanted.locations) - len(self.failures) - 1
        tries = self._client.tries(self._wanted.subject, longest_wait=longest_wait(places_left))
        while claim.start < claim.end:
            before = claim.start
            try:
                self._bring_some(file, claim, tries)
            except (TruncatedError, StrayedError) as error:
                got_on = claim.start - before
                if file.always_from_the_first_byte:
                    file.begin_anew_soon(claim)
                elif got_on >= (_MORE_THAN_A_TRICKLE if isinstance(error, StalledError) else 1):
                    # A line that breaks again and again is slow, and no reason to give up.
                    tries.renew()
                if not tries.again(why_again(error)):
                    raise

    def _bring_some(self, file: Undertaking, claim: Claim, tries: Tries) -> None:
        """Bring as much as one reply does."""
        location, asked, etag = file.to_ask(claim)
        with opened_part(
            self._client, self._wanted, location, asked, etag=etag, tries=tries
        ) as portion:
            file.welcome(claim, location, portion)
            for block in portion.blocks:
                tries.check()
                if not self._take(file, claim, memoryview(block), location):
                    return
        self._check_end(claim, location, portion)
        if asked is not None and portion.end is not None and portion.end < asked[1]:
            self._check_length(location, portion.end - portion.start)

    def _take(self, file: Undertaking, claim: Claim, block: memoryview, location: Location) -> bool:
        """Take in a block; False where the rest of the reply is brought by others."""
        while True:
            block = file.take(claim, block)
            if claim.start < claim.end:
                return True
            if claim.end == self._size:
                if block:
                    raise too_many_bytes(self._wanted, location.url)
                return True
            if not file.extend(claim):
                return False

    def _check_end(self, claim: Claim, location: Location, portion: Portion) -> None:
        """Raise where a reply has ended before what it was to bring."""
        if portion.end is None and claim.start < self._size:
            raise wrong_size(self._wanted, claim.start, location.url)
        if portion.end is not None and claim.start < min(portion.end, claim.end):
            raise TruncatedError(
                f"{at_host(self._wanted.subject, location.url)} broke off: "
                f"expected bytes up to {portion.end}, received them up to {claim.start}"
            )

    def _check_length(self, location: Location, length: int) -> None:
        """Raise where a server sends less than was asked for, and so little that it never ends."""
        if length < _LEAST_PART:
            raise StalledError(
                f"{at_host(self._wanted.subject, location.url)} sends too little at once: "
                f"expected at least {_LEAST_PART} bytes, received {length} bytes"
            )

    def _end(self, file: Undertaking) -> bool:
        """Publish what is whole, if it is right; False where that is not for this thread to do."""
        if not file.assembly.is_whole() or not self._ending.acquire(blocking=False):
            return False
        try:
            if not self.is_over:
                self._publish(file)
        except (NoSpaceError, FileAccessError) as error:
            self.fault = error
        finally:
            self._ending.release()
        return True

    def _publish(self, file: Undertaking) -> None:
        tries = self._client.tries(self._wanted.subject)

        def heed(hashed: int) -> None:
            tries.check()
            self._heard.hashed(hashed)

        hasher = file.assembly.finish(heed)
        if hasher.sha256 == self._digest:
            if file.assembly.partial.publish(hasher):
                self.received = (self._digest, self._size)
        else:
            file.discredit(hasher.sha256)


def _known(wanted: Wanted) -> tuple[Digest, int]:
    if wanted.digest is None or wanted.size is None:
        raise ValueError(f"{wanted.subject}: digest and size are not known")
    return wanted.digest, wanted.size
