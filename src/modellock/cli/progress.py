"""Progress on a terminal: a line for all that is done, and one for each large file on its way."""

import time
from collections.abc import Sequence
from types import TracebackType
from typing import Self

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from modellock.cli.progress_words import (
    amount_words,
    failed_words,
    file_words,
    left_words,
    pace_words,
    stage_title,
    stage_words,
    total_of,
    wait_words,
)
from modellock.cli.readings import Condition, FileReading, Reading, Stage, StageReading, Wait
from modellock.cli.reporters import LineReporter
from modellock.cli.slots import Slots, fitted
from modellock.cli.terminal import Terminal
from modellock.values.wording import count_words, visible

_NARROW, _WIDE, _WIDEST = 72, 110, 140
"""Columns below which there are no bars, from which there is room for everything, and beyond which
an eye would lose its line."""

_MARGIN = 3
"""Columns that stay free: `^C`, which a terminal shows where the cursor is, must not break a line,
else one line too few would be erased."""

_MOST_FILES = 8
_MOST_WAITS = 3
_ROWS_LEFT = 6
"""Rows of a terminal that are not for files."""

_AMOUNT = 20
"""Columns of "999.9 MB of 999.9 MB"."""

_FIGURES = 44
"""Columns of the same and ", 9.9 MB/s, 59 min left"; sometimes it takes more."""

_CONDITION = 15
"""Columns of "another process"."""

_NARROW_CONDITION = 13
"""Columns of "checking 99 %"."""

_WITH_LEFT = 29
"""Columns of "999.9 MB/s, 11 h 59 min left"."""

_STYLES = {
    Condition.WAITING: "yellow",
    Condition.RETRYING: "yellow",
    Condition.SILENT: "yellow",
    Condition.ELSEWHERE: "bright_black",
}

_TIMES_A_SECOND = 8


class BarReporter(LineReporter):
    """Draws on stderr until its `with` statement ends; lines appear above what is drawn."""

    def __init__(self, terminal: Terminal) -> None:
        super().__init__(terminal, progress=False)
        self._console = Console(stderr=True, no_color=not terminal.colored, highlight=False)
        self._spinner = Spinner("line" if self._console.options.ascii_only else "dots")
        self._slots = Slots()
        self._live = Live(
            console=self._console,
            get_renderable=self._drawn,
            refresh_per_second=_TIMES_A_SECOND,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._live.stop()

    def line(self, text: str) -> None:
        """Print above what is drawn."""
        self._console.print(Text.from_ansi(text.rstrip("\n")), soft_wrap=True)

    def pulse(self) -> None:  # noqa: D102
        if not self._live.is_started and self.tally.has_begun:
            self._live.start(refresh=True)

    def placing(self, model: str) -> None:  # noqa: D102
        super().placing(model)
        self.pulse()

    def fetch_waiting(self, subject: str, reason: str, seconds: float) -> None:  # noqa: D102
        self.tally.wait(subject, reason, seconds)

    def _drawn(self) -> RenderableType:
        reading, (columns, rows) = self.tally.read(), self._console.size
        if reading.stage is None:
            return Text()
        now = time.monotonic()
        page = _Page(min(columns - _MARGIN, _WIDEST), is_plain=self._console.options.ascii_only)
        most = max(1, min(_MOST_FILES, rows - _ROWS_LEFT))
        return Group(
            page.head(reading, reading.stage, str(self._spinner.render(now))),
            page.files(self._slots.fill(reading.in_flight, most, now)),
            *(page.wait(wait) for wait in reading.waits[:_MOST_WAITS]),
        )


class _Page:
    """How all of it looks in so many columns; `is_plain` is for who can show ASCII alone."""

    def __init__(self, width: int, *, is_plain: bool) -> None:
        self._width = width
        self._is_plain = is_plain
        self._is_narrow = width < _NARROW
        self._is_wide = width >= _WIDE
        self._bar_width = 20 if self._is_wide else 8

    def head(self, reading: Reading, stage: StageReading, frame: str) -> Table:
        """What the run is at, and how far it is with that as a whole."""
        if stage.stage is Stage.FETCHING:
            title, figures = self._fetching(reading)
            share = _share(reading.received, total_of(reading))
            usual = _FIGURES
        else:
            title, figures = stage_title(stage), stage_words(stage) or left_words(stage.seconds)
            share = _share(stage.done, stage.size)
            usual = _AMOUNT
        headline = Text.assemble((frame, "green"), " ", self._inert(title))
        if self._is_narrow:
            return self._row_of(headline, figures, widths=[len(figures)])
        widths = [self._bar_width, max(usual, len(figures))]
        return self._row_of(headline, self._bar(share), figures, widths=widths)

    def files(self, files: Sequence[tuple[FileReading, bool]]) -> Table:
        """A line for each."""
        grid = self._grid(self._file_widths)
        room = self._width - sum(self._file_widths) - len(self._file_widths) - 2
        cut = "~" if self._is_plain else "…"
        for file, is_on_its_way in files:
            subject = Text("  " + fitted(self._inert(visible(file.subject)), room, cut=cut))
            words = self._file_words(file) if is_on_its_way else ""
            condition = Text(words, _STYLES.get(file.condition, ""))
            if self._is_narrow:
                grid.add_row(subject, condition)
            else:
                bar = self._bar(_share(file.received, file.size))
                grid.add_row(subject, bar, amount_words(file.received, file.size), condition)
        return grid

    def wait(self, wait: Wait) -> Text:
        """Why something waits."""
        return Text(f"  {wait_words(wait)}"[: self._width], "yellow")

    @property
    def _file_widths(self) -> list[int]:
        if self._is_narrow:
            return [_NARROW_CONDITION]
        return [self._bar_width, _AMOUNT, _WITH_LEFT if self._is_wide else _CONDITION]

    def _fetching(self, reading: Reading) -> tuple[str, str]:
        total, pace = total_of(reading), pace_words(reading)
        if self._is_narrow:
            share = "" if not total else f" {100 * reading.received // total} %"
            return f"Fetching{share}", pace
        title = f"Fetching {reading.files_done:,}/{reading.files_planned:,}"
        if self._is_wide:
            files = count_words(reading.files_planned, "file")
            title = f"Fetching {reading.files_done:,} of {files}"
        return title + failed_words(reading), f"{amount_words(reading.received, total)}, {pace}"

    def _file_words(self, file: FileReading) -> str:
        words, left = file_words(file), file.seconds_left
        return words if left is None or not self._is_wide else f"{words}, {left_words(left)} left"

    def _inert(self, text: str) -> str:
        return text.encode("ascii", "backslashreplace").decode() if self._is_plain else text

    def _bar(self, share: float | None) -> RenderableType:
        if share is None:
            return ""
        # Colors that a light and a dark background have; rich's own are meant for dark ones.
        return ProgressBar(
            total=1.0,
            completed=share,
            width=self._bar_width,
            style="bright_black",
            complete_style="cyan",
            finished_style="green",
        )

    def _row_of(self, *cells: RenderableType, widths: Sequence[int]) -> Table:
        grid = self._grid(widths)
        grid.add_row(*cells)
        return grid

    def _grid(self, widths: Sequence[int]) -> Table:
        """A table whose first column has what the others leave, which have these widths."""
        grid = Table.grid(padding=(0, 1, 0, 0))
        grid.add_column(width=max(1, self._width - sum(widths) - len(widths)), no_wrap=True)
        for width in widths:
            grid.add_column(width=width, justify="right", no_wrap=True)
        return grid


def _share(done: int, size: int | None) -> float | None:
    return min(1.0, done / size) if size else None
