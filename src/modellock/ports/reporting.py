"""How verbs tell what they are doing, without knowing who listens."""

from collections.abc import Collection


class Reporter:
    """Hears what happens; each method does nothing, so that a listener overrides what it wants.

    Methods but `pulse` may be called from any thread. A `subject` is `<model>/<path>`, one file on
    its way.
    """

    def pulse(self) -> None:
        """Time goes by: called in the thread that called the verb, ten times a second if it waits.

        What it raises ends the run, and nothing unfinished becomes visible.
        """

    def note(self, message: str) -> None:
        """Worth one quiet line."""

    def warning(self, message: str, *, hint: str | None = None) -> None:
        """Worth a second look, and no failure."""

    def detail(self, message: str) -> None:
        """Only for who asked with `-v`."""

    def resolving(self, model: str) -> None:
        """A source is being asked about a model."""

    def resolved(self, model: str) -> None:
        """A model's files are known."""

    def fetches_planned(self, files: int, size: int, *, unsized: Collection[str] = ()) -> None:
        """So many files, so many bytes will be fetched.

        The sizes of the `unsized` subjects among them nobody knows before they begin to arrive.
        """

    def fetch_started(self, subject: str, size: int | None, *, model: str) -> None:
        """Bytes of a file begin to arrive; `size` in bytes, None where nobody knows yet."""

    def fetch_advanced(self, subject: str, count: int) -> None:
        """So many more bytes arrived; negative when a try is begun anew."""

    def fetch_resumed(self, subject: str, count: int) -> None:
        """So many more bytes were here already, from an earlier run: nothing that a line is worth.

        Negative where they were heard of before, and turned out not to be.
        """

    def fetch_waiting(self, subject: str, reason: str, seconds: float) -> None:
        """Nothing arrives for so many seconds, on purpose, because of `reason`."""

    def fetch_awaited(self, subject: str) -> None:
        """Another process fetches a file: what arrives there is told as if it arrived here."""

    def fetch_taken_up(self, subject: str) -> None:
        """The other process does so no longer."""

    def fetch_checked(self, subject: str, count: int) -> None:
        """Of a file of which all bytes arrived, so many more were hashed.

        Told once at least, and then with all those that were hashed on their way.
        """

    def fetch_finished(self, subject: str) -> None:
        """A file was verified and published."""

    def fetch_failed(self, subject: str, reason: str) -> None:
        """A file was given up."""

    def unpacking(self, subject: str, size: int, *, model: str) -> None:
        """An archive of so many bytes, or the parts of a file, begin to be made into files."""

    def unpacked(self, count: int) -> None:
        """So many more bytes came out of it."""

    def placing(self, model: str) -> None:
        """A model's files are to be put where the project wants them, if they are not there yet.

        Called like `pulse`, before anything of the model changes.
        """

    def copied(self, count: int) -> None:
        """So many more bytes of it were copied; called like `pulse`, and in its place."""
        del count
        self.pulse()

    def placed(self, model: str) -> None:
        """A model's files are where the project wants them."""

    def hashing(self, files: int, size: int) -> None:
        """So many more files that are here, so many bytes, will be hashed again."""

    def hashed(self, count: int) -> None:
        """So many more of these bytes were."""
