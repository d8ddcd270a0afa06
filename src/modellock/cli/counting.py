"""What a reporter hears, counted: for those that tell how far a run is."""

import time
from collections.abc import Callable, Collection

from modellock.cli.readings import Stage
from modellock.cli.tally import Tally
from modellock.ports.reporting import Reporter


class CountingReporter(Reporter):
    """Counts, and says nothing. Safe to be called from any thread."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.tally = Tally(clock)

    def resolving(self, model: str) -> None:  # noqa: D102
        del model
        self.tally.enlarge(Stage.RESOLVING, 1)

    def resolved(self, model: str) -> None:  # noqa: D102
        del model
        self.tally.achieve(Stage.RESOLVING, 1)

    def fetches_planned(  # noqa: D102
        self, files: int, size: int, *, unsized: Collection[str] = ()
    ) -> None:
        if files:
            self.tally.plan(files, size, unsized)

    def fetch_started(self, subject: str, size: int | None, *, model: str) -> None:  # noqa: D102
        del model
        self.tally.start(subject, size)

    def fetch_advanced(self, subject: str, count: int) -> None:  # noqa: D102
        self.tally.advance(subject, count)

    def fetch_resumed(self, subject: str, count: int) -> None:  # noqa: D102
        self.tally.resume(subject, count)

    def fetch_waiting(self, subject: str, reason: str, seconds: float) -> None:  # noqa: D102
        self.tally.wait(subject, reason, seconds)

    def fetch_awaited(self, subject: str) -> None:  # noqa: D102
        self.tally.leave(subject, elsewhere=True)

    def fetch_taken_up(self, subject: str) -> None:  # noqa: D102
        self.tally.leave(subject, elsewhere=False)

    def fetch_checked(self, subject: str, count: int) -> None:  # noqa: D102
        self.tally.check(subject, count)

    def fetch_finished(self, subject: str) -> None:  # noqa: D102
        self.tally.end(subject, done=True)

    def fetch_failed(self, subject: str, reason: str) -> None:  # noqa: D102
        del reason
        self.tally.end(subject, done=False)

    def unpacking(self, subject: str, size: int, *, model: str) -> None:  # noqa: D102
        del size, model
        self.tally.enter(Stage.UNPACKING, subject)

    def unpacked(self, count: int) -> None:  # noqa: D102
        self.tally.achieve(Stage.UNPACKING, count)

    def placing(self, model: str) -> None:  # noqa: D102
        self.tally.enter(Stage.PLACING, model)

    def copied(self, count: int) -> None:  # noqa: D102
        self.tally.achieve(Stage.PLACING, count)
        super().copied(count)

    def hashing(self, files: int, size: int) -> None:  # noqa: D102
        if files:
            self.tally.enter(Stage.HASHING, size=size)

    def hashed(self, count: int) -> None:  # noqa: D102
        self.tally.achieve(Stage.HASHING, count)
