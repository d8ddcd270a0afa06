"""What the connections of one file share: its bytes, who brings which, and what places did."""

import threading
import time

from modellock.decisions.claims import Claim, Claims
from modellock.decisions.fallbacks import Failure
from modellock.decisions.impostors import HEAD
from modellock.errors import ModellockError
from modellock.shell.assembly import Assembly, OutdatedError
from modellock.shell.deliveries import Wanted
from modellock.shell.heard import Heard
from modellock.shell.intake import wrong_end
from modellock.shell.partial_files import Partial
from modellock.shell.partial_records import place_of
from modellock.shell.range_intake import Portion
from modellock.shell.standing import Standing, Way
from modellock.sources import Location
from modellock.values.digest import Digest
from modellock.values.spans import Span, Spans

LONGEST_RANGE = 16 << 30
"""Bytes asked for at once: the Hub's CDN refuses to send more than 50 GB in one reply (400)."""


class Undertaking:
    """One file that connections bring together. Safe to use from several threads."""

    def __init__(self, partial: Partial, wanted: Wanted, heard: Heard) -> None:
        self.assembly = Assembly(partial)
        self._wanted = wanted
        self._size = partial.size
        self._heard = heard
        self._standing = Standing(wanted.locations)
        self._claims = Claims(partial.size)
        self._lock = threading.RLock()
        if partial.here.total:
            self._standing.resume()
        heard.resumed(partial.here.total)

    @property
    def failures(self) -> list[Failure]:
        """What places did wrong, in the order in which they were asked."""
        return self._standing.failures

    @property
    def mirror(self) -> str | None:
        """The one that sent something last; None for the origin, or where nobody did."""
        return self._standing.mirror

    @property
    def places_left(self) -> int:
        """How many may be asked after the present one."""
        return len(self._wanted.locations) - len(self.failures) - 1

    @property
    def comes_in_parts(self) -> bool:
        """Whether the present place has sent a part."""
        return self._standing.has_ranges

    @property
    def on_offer(self) -> int:
        """Bytes that one more connection could bring, where it pays; else 0."""
        with self._lock:
            if self._standing.is_exhausted or not self._standing.is_open_to_more:
                return 0
            return self._claims.on_offer(self.assembly.here, time.monotonic())

    @property
    def always_from_the_first_byte(self) -> bool:
        """Whether nothing of a reply that breaks off can be continued."""
        return self._standing.way is Way.WHOLE

    def claim(self) -> Claim | None:
        """What one connection is to bring next; None where others bring all that is left."""
        with self._lock:
            standing, now = self._standing, time.monotonic()
            if standing.is_exhausted:
                return None
            here = Spans() if standing.begins_anew else self.assembly.here
            if standing.way is not Way.PARTS:
                return self._claims.make_only(here, now)
            claim = self._claims.make(here, now)
            if claim is None and standing.is_open_to_more:
                claim = self._claims.take_over(now)
            return claim

    def release(self, claim: Claim) -> None:
        """Give back what was not brought."""
        with self._lock:
            self._claims.release(claim)

    def to_ask(self, claim: Claim) -> tuple[Location, Span | None, str | None]:
        """The place to ask, for which bytes (None: the whole file), of which ETag.

        Raises OutdatedError, also where another connection took over all of it.
        """
        with self._lock:
            self._check(claim)
            if claim.start == claim.end:
                raise OutdatedError
            location = self._standing.location
            span = self._span(claim)
            etag = self.assembly.etag_of(place_of(location.url)) if span and span[0] else None
            return location, span, etag

    def welcome(self, claim: Claim, location: Location, portion: Portion) -> None:
        """A place begins to send what it was asked for. Raises OutdatedError."""
        with self._lock:
            self._check(claim)
            if self._standing.begins_anew:
                self._begin_round(anew=True, kept=claim)
            self.assembly.partial.comes_from(place_of(location.url), portion.etag)
            self._standing.welcome(portion)

    def take(self, claim: Claim, block: memoryview) -> memoryview:
        """Take in a block; returns what lies behind the claim.

        Raises OutdatedError; NoSpaceError, FileAccessError.
        """
        # All at once, because another connection may take over what is not here yet.
        with self._lock:
            start, round_ = claim.start, claim.round
            part = block[: claim.end - start]
            self.assembly.write(round_, start, part)
            claim.advance(len(part), time.monotonic())
            self._heard.more(len(part))
        self.assembly.hash_on(round_, start, part)
        return block[len(part) :]

    def extend(self, claim: Claim) -> bool:
        """Claim what comes next as well; False where others bring it. Raises OutdatedError."""
        with self._lock:
            self._check(claim)
            return self._claims.extend(claim, self.assembly.here)

    def begin_anew_soon(self, claim: Claim) -> None:
        """A connection asks for the whole file again, and brings it from its first byte on."""
        with self._lock:
            self._standing.begins_anew, claim.start = True, 0

    def stop(self) -> None:
        """Let nothing count that is still on its way."""
        with self._lock:
            self._begin_round()

    def spare(self, claim: Claim) -> bool:
        """Do without a connection, where others go on: some servers grant a client only a few."""
        with self._lock:
            is_spared = claim.round == self._claims.round and len(self._claims) > 1
            if is_spared:
                self._standing.is_crowded = True
                self._claims.release(claim)
            return is_spared

    def distrust(self, claim: Claim, error: ModellockError) -> None:
        """Ask the place for the whole file: it has no ranges, or another file than it had."""
        with self._lock:
            if claim.round != self._claims.round:
                return
            self._begin_round()
            if not self._standing.distrust():
                self._standing.blame(error)

    def leave(self, claim: Claim, error: ModellockError) -> None:
        """Go on to the next place, with what is here; where that is all, its hash decides."""
        with self._lock:
            if claim.round != self._claims.round:
                return
            self._begin_round()
            if not self.assembly.is_whole():
                self._standing.blame(error)

    def discredit(self, received: Digest) -> None:
        """Throw a wrong file away."""
        with self._lock:
            head, standing = self.assembly.head(HEAD), self._standing
            is_forgiven = standing.forgive()
            self._begin_round(anew=True)
            if not is_forgiven:
                url, headers = standing.location.url, standing.headers
                standing.blame(wrong_end(self._wanted, url, headers, head, received))

    def _span(self, claim: Claim) -> Span | None:
        # Of a connection that is alone, all at once; another one that comes later cuts it short.
        is_alone = len(self._claims) == 1
        end = self._claims.reach(claim, self.assembly.here) if is_alone else claim.end
        is_whole = claim.start == 0 and end == self._size <= LONGEST_RANGE
        if is_whole and self._standing.way is not Way.PARTS:
            return None
        return claim.start, min(end, claim.start + LONGEST_RANGE)

    def _check(self, claim: Claim) -> None:
        if claim.round != self._claims.round:
            raise OutdatedError

    def _begin_round(self, *, anew: bool = False, kept: Claim | None = None) -> None:
        """Take all claims back but one; with `anew`, throw away what is here."""
        self._claims.begin_round(kept)
        self.assembly.begin_round(self._claims.round, anew=anew)
        if anew:
            self._standing.begin_anew()
            self._heard.arrived(0)
