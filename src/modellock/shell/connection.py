"""One of the connections that bring a file together."""

from modellock.decisions.claims import Claim
from modellock.decisions.verdicts import too_many_bytes, wrong_size
from modellock.errors import TruncatedError, WrongContentError
from modellock.shell.deliveries import Wanted
from modellock.shell.faults import at_host
from modellock.shell.httpclient import HttpClient
from modellock.shell.intake import StrayedError
from modellock.shell.range_intake import Portion, WrongRangeError, opened_part
from modellock.shell.responses import StalledError, why_again
from modellock.shell.retries import longest_wait
from modellock.shell.undertaking import Undertaking
from modellock.sources import Location

_MORE_THAN_A_TRICKLE = 1 << 20
"""Bytes from which on a reply that stalled was worth its time."""

_LEAST_PART = 1 << 16
"""Bytes of a reply that brings less than it was asked for, and is no trickle."""

_ODD_REPLIES = 2
"""So many in a row are borne of a place that sends parts: of a thousand replies one may be odd."""


class Connection:
    """Brings what was claimed of a file, over one connection at a time."""

    def __init__(self, client: HttpClient, wanted: Wanted, file: Undertaking, claim: Claim) -> None:
        self._client = client
        self._wanted = wanted
        self._file = file
        self._claim = claim
        self._tries = client.tries(wanted.subject, longest_wait=longest_wait(file.places_left))
        self._odd_replies = 0

    def bring(self) -> None:
        """Ask again, within reason, until all that was claimed is here.

        Raises OutdatedError where the file was begun anew meanwhile; WrongRangeError where the
        place has no such parts; what else is wrong with a place; NoSpaceError and FileAccessError
        of this machine; StoppedError once the client is to stop.
        """
        claim = self._claim
        while claim.start < claim.end:
            before = claim.start
            try:
                self._bring_some()
                self._tries.renew()
                self._odd_replies = 0
            except (TruncatedError, StrayedError) as error:
                self._reckon(error, claim.start - before)
                if not self._tries.again(why_again(error)):
                    raise
            except (WrongRangeError, WrongContentError):
                # What is here is thrown away for a place without parts, but not for one bad reply.
                if not self._bears_an_odd_reply():
                    raise

    def _reckon(self, error: Exception, got_on: int) -> None:
        """What a reply that broke off after so many bytes means for the tries that are left."""
        if self._file.always_from_the_first_byte:
            self._file.begin_anew_soon(self._claim)
        elif got_on >= (_MORE_THAN_A_TRICKLE if isinstance(error, StalledError) else 1):
            # A line that breaks again and again is slow, and no reason to give up.
            self._tries.renew()

    def _bears_an_odd_reply(self) -> bool:
        self._odd_replies += 1
        if self._odd_replies > _ODD_REPLIES or not self._file.comes_in_parts:
            return False
        return self._tries.again("something else came than what was asked for")

    def _bring_some(self) -> None:
        """Bring as much as one reply does."""
        location, asked, etag = self._file.to_ask(self._claim)
        with opened_part(
            self._client, self._wanted, location, asked, etag=etag, tries=self._tries
        ) as portion:
            self._file.welcome(self._claim, location, portion)
            for block in portion.blocks:
                self._tries.check()
                if not self._take(memoryview(block), location):
                    return
        self._check_end(location, portion)
        if asked is not None and portion.end is not None and portion.end < asked[1]:
            self._check_length(location, portion.end - portion.start)

    def _take(self, block: memoryview, location: Location) -> bool:
        """Take in a block; False where the rest of the reply is brought by others."""
        claim = self._claim
        while True:
            block = self._file.take(claim, block)
            if claim.start < claim.end:
                return True
            if claim.end == self._wanted.size:
                if block:
                    raise too_many_bytes(self._wanted, location.url)
                return True
            if not self._file.extend(claim):
                return False

    def _check_end(self, location: Location, portion: Portion) -> None:
        """Raise where a reply has ended before what it was to bring."""
        claim = self._claim
        if portion.end is None and claim.start < (self._wanted.size or 0):
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
