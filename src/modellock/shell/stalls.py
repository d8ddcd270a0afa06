"""Bodies that come too slowly to ever end: each single byte of a trickle breaks the silence."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

Block = bytes | memoryview


class StallError(Exception):
    """A body came more slowly than anybody waits for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How slow a reply may be."""

    silence: float = 30.0
    """Seconds for which a connection may be silent."""

    head: float = 60.0
    """Seconds within which a reply has begun, and a redirect is whole, however little is silent."""

    rate: float = 1_000.0
    """Bytes of a body a second, on average over `window`; what comes more slowly is given up."""

    window: float = 30.0
    """Seconds."""


def watched(
    blocks: Iterator[Block], patience: Patience, clock: Callable[[], float] = time.monotonic
) -> Iterator[Block]:
    """The same blocks. Raises StallError where they come too slowly.

    Only the time spent waiting for them counts, not what is done with them in between.
    """
    waited, received = 0.0, 0
    while True:
        began = clock()
        block = next(blocks, None)
        waited += clock() - began
        if block is None:
            return
        received += len(block)
        yield block
        if waited >= patience.window:
            if received < patience.rate * waited:
                raise StallError
            waited, received = 0.0, 0
