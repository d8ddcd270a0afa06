"""What a reporter has heard of one file, so that its bytes are counted once."""

from modellock.ports.reporting import Reporter


class Heard:
    """Tells a reporter how far a file is. To be used by one thread at a time."""

    def __init__(self, reporter: Reporter, subject: str, model: str) -> None:
        self._reporter = reporter
        self._subject = subject
        self._model = model
        self._is_begun = False
        self._is_awaited = False
        self._arrived = 0
        self._hashed = 0

    def begun(self, size: int) -> None:
        """Somebody sees to it, for the first time or again."""
        if not self._is_begun:
            self._is_begun = True
            self._reporter.fetch_started(self._subject, size, model=self._model)

    def elsewhere(self, arrived: int) -> None:
        """Another process fetches it, and has so many bytes."""
        if self._is_awaited:
            self.arrived(arrived)
        else:
            self._is_awaited = True
            self._reporter.fetch_awaited(self._subject)
            self.resumed(arrived)

    def deserted(self, seconds: float) -> None:
        """Another process has it, and has brought nothing for so long."""
        message = f"{self._subject}: another process brought nothing of it for {seconds:.0f} s"
        self._reporter.note(f"{message}, so it is fetched here, too")

    def here(self) -> None:
        """Nobody else fetches it any more."""
        if self._is_awaited:
            self._is_awaited = False
            self._reporter.fetch_taken_up(self._subject)

    def hashed(self, hashed: int) -> None:
        """All bytes are here, and so many of them are hashed."""
        self._reporter.fetch_checked(self._subject, hashed - self._hashed)
        self._hashed = hashed

    def resumed(self, arrived: int) -> None:
        """So many bytes were here before."""
        if arrived != self._arrived:
            self._reporter.fetch_resumed(self._subject, arrived - self._arrived)
            self._arrived = arrived

    def more(self, count: int) -> None:
        """So many bytes arrived."""
        self.arrived(self._arrived + count)

    def arrived(self, arrived: int) -> None:
        """So many bytes are here; fewer than before, where the file is begun anew."""
        if arrived < self._arrived:
            self._hashed = 0
        if arrived != self._arrived:
            self._reporter.fetch_advanced(self._subject, arrived - self._arrived)
            self._arrived = arrived
