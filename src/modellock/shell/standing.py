"""How a file's places have served so far, and how the present one is to be asked."""

from collections.abc import Mapping, Sequence
from enum import Enum

from modellock.decisions.fallbacks import Failure
from modellock.errors import ModellockError
from modellock.shell.range_intake import Portion
from modellock.sources import Location


class Way(Enum):
    """How a place is asked."""

    PARTS = "parts"
    """For what is missing, over as many connections as there are."""

    AFRESH = "afresh"
    """From the first byte on, over one connection: parts do not fit, or made a wrong file."""

    WHOLE = "whole"
    """The same, and from the first byte again when that breaks off: the place has no ranges."""


class Standing:
    """What is known of a file's places. To be used by one thread at a time."""

    def __init__(self, locations: Sequence[Location]) -> None:
        self._locations = locations
        self.failures: list[Failure] = []
        """What places did wrong, in the order in which they were asked."""

        self.headers: Mapping[str, str] = {}
        """Of the last reply; names in lower case."""

        self.mirror: str | None = None
        """The place that sent something last; None for the origin, or where none did."""

        self.way = Way.PARTS
        self.begins_anew = False
        """Whether what is here goes as soon as the place sends what looks like the file."""

        self.is_crowded = False
        """Whether the place refused a connection while it served others."""

        self.has_ranges = False
        """Whether the present place sent a part, or says that it would."""

        self._bodies = 0

    @property
    def is_exhausted(self) -> bool:
        """Whether no place is left."""
        return len(self.failures) == len(self._locations)

    @property
    def location(self) -> Location:
        """The present place."""
        return self._locations[len(self.failures)]

    @property
    def is_open_to_more(self) -> bool:
        """Whether one more connection to the present place makes sense."""
        return self.way is Way.PARTS and self.has_ranges and not self.is_crowded

    def resume(self) -> None:
        """Take over what an earlier run left, of which nobody knows out of how many replies."""
        self._bodies = 2

    def begin_anew(self) -> None:
        """Nothing is here any more."""
        self.begins_anew, self._bodies = False, 0

    def welcome(self, portion: Portion) -> None:
        """The present place sends something."""
        self.mirror = self.location.mirror
        self.has_ranges, self.headers = portion.has_ranges, portion.headers
        self._bodies += 1

    def distrust(self) -> bool:
        """Ask the present place for the whole file from now on; False where that was done."""
        if self.way is Way.WHOLE:
            return False
        self.way = Way.AFRESH if self.way is Way.PARTS else Way.WHOLE
        self.begins_anew = True
        return True

    def forgive(self) -> bool:
        """Ask once more after a wrong file, where its bytes did not come in one reply.

        They may be wrong without that anybody lies: a crash can leave zeros behind.
        """
        is_mixed = self._bodies > 1 and self.way is Way.PARTS
        if is_mixed:
            self.way = Way.AFRESH
        return is_mixed

    def blame(self, error: ModellockError) -> None:
        """Go on to the next place."""
        self.failures.append(Failure(self.location.mirror, error))
        self.way, self.begins_anew = Way.PARTS, False
        self.has_ranges = self.is_crowded = False
