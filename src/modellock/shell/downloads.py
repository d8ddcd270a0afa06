"""One large file on its way: continued where it was left, over any number of connections."""

import threading
from collections.abc import Mapping
from enum import Enum

from modellock.decisions.claims import Claim, Claims
from modellock.decisions.impostors import HEAD
from modellock.decisions.verdicts import too_many_bytes, wrong_size
from modellock.errors import FileAccessError, ModellockError, NoSpaceError, TruncatedError
from modellock.ports.reporting import Reporter
from modellock.shell.assembly import Assembly, OutdatedError
from modellock.shell.deliveries import Wanted
from modellock.shell.faults import at_host
from modellock.shell.heard import Heard
from modellock.shell.httpclient import HttpClient
from modellock.shell.intake import StrayedError, wrong_end
from modellock.shell.partial_records import place_of
from modellock.shell.range_intake import Portion, WrongRangeError, opened_part
from modellock.shell.retries import Tries
from modellock.shell.store import Store
from modellock.shell.store_partials import arrived_elsewhere, open_partial
from modellock.sources import Location
from modellock.values.digest import Digest
from modellock.values.spans import Span, Spans

LONGEST_RANGE = 16 << 30
"""Bytes asked for at once: the Hub's CDN refuses to send more than 50 GB in one reply (400)."""


class _Way(Enum):
    """How the present place is asked."""

    PARTS = "parts"
    """For what is missing, over as many connections as there are."""

    AFRESH = "afresh"
    """From the first byte on, over one connection: parts do not fit, or made a wrong file."""

    WHOLE = "whole"
    """The same, and from the first byte again when that breaks off: the place has no ranges."""


class Download:
    """A file whose digest and size are known. Threads call `work`, each with its own connection."""

    def __init__(
        self, store: Store, client: HttpClient, wanted: Wanted, reporter: Reporter
    ) -> None:
        self._wanted = wanted
        self.failures: list[ModellockError] = []
        """What places did wrong, in the order in which they were asked."""

        self.fault: ModellockError | None = None
        """Why it was given up, where no place is to blame."""

        self.received: tuple[Digest, int] | None = None
        """The sha256 and size in bytes of what the store has now."""

        self._digest, self._size = _known(wanted)
        self._store = store
        self._client = client
        self._heard = Heard(reporter, wanted.subject, wanted.model)
        self._claims = Claims(self._size)
        self._assembly: Assembly | None = None
        self._lock = threading.RLock()
        self._way = _Way.PARTS
        self._is_to_begin_anew = False
        """Whether what is here goes as soon as the place sends what looks like the file."""

        self._has_ranges = False
        self._bodies = 0
        """How many replies brought what is here; an earlier run counts as two."""

        self._headers: Mapping[str, str] = {}
        """Of the last reply."""

    @property
    def is_over(self) -> bool:
        """Whether nothing is to be done any more."""
        no_place = len(self.failures) == len(self._wanted.locations)
        return self.received is not None or self.fault is not None or no_place

    def begin(self) -> bool:
        """Take up what is here of it; False while another process fetches it.

        Raises NoSpaceError and FileAccessError.
        """
        self._heard.begun(self._size)
        partial = open_partial(self._store, self._digest, self._size)
        if partial is None:
            self._heard.elsewhere(arrived_elsewhere(self._store, self._digest))
            return False
        self._assembly = Assembly(partial)
        # Only now, because another process may have published it until it let go of it.
        if self._store.has(self._digest, self._size):
            self.received = (self._digest, self._size)
            self._heard.arrived(self._size)
            partial.discard()
            return True
        arrived = partial.here.total
        self._bodies = 2 if arrived else 0
        self._heard.resumed(arrived)
        return True

    def work(self) -> None:
        """Bring bytes over one connection, until others bring all that is left or it is over.

        Raises StoppedError once `client.stop` is set.
        """
        assembly = self._assembly
        while assembly is not None and not self.is_over:
            claim = self._claim(assembly)
            if claim is not None:
                self._bring(assembly, claim)
            elif assembly.is_whole():
                self._end(assembly)
            else:
                return

    def close(self) -> None:
        """Leave what is here to whoever comes next."""
        if self._assembly is not None:
            self._assembly.close()

    def _claim(self, assembly: Assembly) -> Claim | None:
        with self._lock:
            here = Spans() if self._is_to_begin_anew else assembly.here
            if self._way is _Way.PARTS:
                return self._claims.make(here)
            return self._claims.make_only(here)

    def _bring(self, assembly: Assembly, claim: Claim) -> None:
        try:
            self._bring_all(assembly, claim)
        except OutdatedError:
            return
        except WrongRangeError as error:
            self._distrust(assembly, claim, error)
        except (NoSpaceError, FileAccessError) as error:
            # Of this machine, not of that place.
            self.fault = error
            self._begin_round(assembly)
        except ModellockError as error:
            self._leave(assembly, claim, error)
        finally:
            with self._lock:
                self._claims.release(claim)

    def _bring_all(self, assembly: Assembly, claim: Claim) -> None:
        """Ask again, within reason, until all that was claimed is here."""
        tries = self._client.tries(self._wanted.subject)
        while claim.start < claim.end:
            before = claim.start
            try:
                self._bring_some(assembly, claim, tries)
            except (TruncatedError, StrayedError):
                if self._way is _Way.WHOLE:
                    self._is_to_begin_anew, claim.start = True, 0
                elif claim.start > before:
                    # A line that breaks again and again is slow, and no reason to give up.
                    tries.renew()
                if not tries.again("the file did not arrive whole"):
                    raise

    def _bring_some(self, assembly: Assembly, claim: Claim, tries: Tries) -> None:
        """Bring as much as one reply does."""
        with self._lock:
            self._check(claim)
            location = self._wanted.locations[len(self.failures)]
            asked = self._to_ask(assembly, claim)
            etag = assembly.etag_of(place_of(location.url)) if claim.start else None
        with opened_part(
            self._client, self._wanted, location, asked, etag=etag, tries=tries
        ) as portion:
            self._welcome(assembly, claim, location, portion)
            for block in portion.blocks:
                tries.check()
                if not self._take(assembly, claim, memoryview(block), location):
                    return
        if portion.end is None and claim.start < self._size:
            raise wrong_size(self._wanted, claim.start, location.url)
        if portion.end is not None and claim.start < min(portion.end, claim.end):
            raise TruncatedError(
                f"{at_host(self._wanted.subject, location.url)} broke off: "
                f"expected bytes up to {portion.end}, received them up to {claim.start}"
            )

    def _to_ask(self, assembly: Assembly, claim: Claim) -> Span | None:
        """The bytes to ask for; None for the whole file."""
        # Of a connection that is alone, all at once; another one that comes later cuts it short.
        is_alone = len(self._claims) == 1
        end = self._claims.reach(claim, assembly.here) if is_alone else claim.end
        if claim.start == 0 and end == self._size <= LONGEST_RANGE:
            return None
        return claim.start, min(end, claim.start + LONGEST_RANGE)

    def _welcome(
        self, assembly: Assembly, claim: Claim, location: Location, portion: Portion
    ) -> None:
        with self._lock:
            self._check(claim)
            if self._is_to_begin_anew:
                self._begin_round(assembly, anew=True, kept=claim)
            assembly.partial.comes_from(place_of(location.url), portion.etag)
            self._has_ranges, self._headers = portion.has_ranges, portion.headers
            self._bodies += 1

    def _take(
        self, assembly: Assembly, claim: Claim, block: memoryview, location: Location
    ) -> bool:
        """Take in a block; False where the rest of the reply is brought by others."""
        while block:
            if claim.start == claim.end and not self._extend(assembly, claim):
                if claim.end == self._size:
                    raise too_many_bytes(self._wanted, location.url)
                return False
            part = block[: claim.end - claim.start]
            assembly.take(claim.round, claim.start, part)
            with self._lock:
                claim.start += len(part)
                self._heard.more(len(part))
            block = block[len(part) :]
        return True

    def _extend(self, assembly: Assembly, claim: Claim) -> bool:
        with self._lock:
            self._check(claim)
            return self._claims.extend(claim, assembly.here)

    def _check(self, claim: Claim) -> None:
        if claim.round != self._claims.round:
            raise OutdatedError

    def _end(self, assembly: Assembly) -> None:
        """Publish what is whole, if it is right."""
        hasher = assembly.finish(self._client.tries(self._wanted.subject).check)
        try:
            if hasher.sha256 == self._digest:
                assembly.partial.publish(hasher)
                self.received = (self._digest, self._size)
            else:
                self._discredit(assembly, hasher.sha256)
        except (NoSpaceError, FileAccessError) as error:
            self.fault = error

    def _discredit(self, assembly: Assembly, received: Digest) -> None:
        """Throw a wrong file away; ask once more where its bytes did not come in one reply.

        They may be wrong without that anybody lies: a crash can leave zeros behind.
        """
        head, bodies, way = assembly.head(HEAD), self._bodies, self._way
        self._begin_round(assembly, anew=True)
        if bodies > 1 and way is _Way.PARTS:
            self._way = _Way.AFRESH
            return
        url = self._wanted.locations[len(self.failures)].url
        self._blame(wrong_end(self._wanted, url, self._headers, head, received))

    def _distrust(self, assembly: Assembly, claim: Claim, error: WrongRangeError) -> None:
        """Ask for the whole file: the place has no ranges, or another file than it had."""
        with self._lock:
            if claim.round != self._claims.round:
                return
            if self._way is _Way.WHOLE:
                self._leave(assembly, claim, error)
                return
            self._way = _Way.AFRESH if self._way is _Way.PARTS else _Way.WHOLE
            self._is_to_begin_anew = True
            self._begin_round(assembly)

    def _leave(self, assembly: Assembly, claim: Claim, error: ModellockError) -> None:
        """Go on to the next place, with what is here."""
        with self._lock:
            if claim.round == self._claims.round:
                self._begin_round(assembly)
                self._blame(error)

    def _blame(self, error: ModellockError) -> None:
        error.model = self._wanted.model
        self.failures.append(error)
        self._way, self._is_to_begin_anew, self._has_ranges = _Way.PARTS, False, False

    def _begin_round(
        self, assembly: Assembly, *, anew: bool = False, kept: Claim | None = None
    ) -> None:
        """Take all claims back but one; with `anew`, throw away what is here."""
        with self._lock:
            self._claims.begin_round(kept)
            assembly.begin_round(self._claims.round, anew=anew)
            if anew:
                self._is_to_begin_anew, self._bodies = False, 0
                self._heard.arrived(0)


def _known(wanted: Wanted) -> tuple[Digest, int]:
    if wanted.digest is None or wanted.size is None:
        raise ValueError(f"{wanted.subject}: digest and size are not known")
    return wanted.digest, wanted.size
