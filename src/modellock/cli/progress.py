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
    file_words,
    left_words,
    pace_words,
    stage_title,
    stage_words,
    total_of,
    wait_words,
)
from modellock.cli.readings import Condition, FileReading, Reading, Stage, StageReading
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

_FIGURES = 46
"""Columns of the same and ", 99.9 MB/s, 59 min left"; sometimes it takes more."""

_CONDITION = 15
"""Columns of "another process"."""

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
        reading, (width, height) = self.tally.read(), self._console.size
        width = min(width - _MARGIN, _WIDEST)
        if reading.stage is None:
            return Text()
        most = max(1, min(_MOST_FILES, height - _ROWS_LEFT))
        files = self._slots.fill(reading.in_flight, most, time.monotonic())
        waits = reading.waits[:_MOST_WAITS]
        return Group(
            self._head(reading, reading.stage, width),
            _files(files, width),
            *(Text(f"  {wait_words(wait)}"[:width], "yellow") for wait in waits),
        )

    def _head(self, reading: Reading, stage: StageReading, width: int) -> Table:
        """What the run is at, and how far it is with that as a whole."""
        title, figures, share = _whole(reading, stage, width)
        frame = str(self._spinner.render(time.monotonic()))
        if width < _NARROW:
            grid = _grid(width, [len(figures)])
            grid.add_row(Text.assemble((frame, "green"), " ", title), figures)
        else:
            usual = _FIGURES if stage.stage is Stage.FETCHING else _AMOUNT
            grid = _grid(width, [_bar_width(width), max(usual, len(figures))])
            grid.add_row(Text.assemble((frame, "green"), " ", title), _bar(share, width), figures)
        return grid


def _whole(reading: Reading, stage: StageReading, width: int) -> tuple[str, str, float | None]:
    """Title, figures, and the share of it that is done, where that is known."""
    if stage.stage is not Stage.FETCHING:
        words = stage_words(stage) or left_words(stage.seconds)
        return stage_title(stage), words, _share(stage.done, stage.size)
    total = total_of(reading)
    share = _share(reading.received, total)
    if width < _NARROW:
        title = "Fetching" if share is None else f"Fetching {share:.0%}"
        return title, pace_words(reading), share
    title = f"Fetching {reading.files_done:,}/{reading.files_planned:,}"
    if width >= _WIDE:
        files = count_words(reading.files_planned, "file")
        title = f"Fetching {reading.files_done:,} of {files}"
    if reading.files_failed:
        title += f", {reading.files_failed} failed"
    return title, f"{amount_words(reading.received, total)}, {pace_words(reading)}", share


def _files(files: Sequence[tuple[FileReading, bool]], width: int) -> Table:
    """A line for each."""
    is_narrow = width < _NARROW
    widths = [_WITH_LEFT if width >= _WIDE else _CONDITION]
    grid = _grid(width, widths if is_narrow else [_bar_width(width), _AMOUNT, *widths])
    for file, is_on_its_way in files:
        subject = Text(f"  {fitted(visible(file.subject), _room(grid, width) - 2)}")
        words = _file_words(file, width) if is_on_its_way else ""
        condition = Text(words, _STYLES.get(file.condition, ""))
        if is_narrow:
            grid.add_row(subject, condition)
        else:
            bar = _bar(_share(file.received, file.size), width)
            grid.add_row(subject, bar, amount_words(file.received, file.size), condition)
    return grid


def _file_words(file: FileReading, width: int) -> str:
    words, left = file_words(file), file.seconds_left
    return f"{words}, {left_words(left)} left" if left is not None and width >= _WIDE else words


def _share(done: int, size: int | None) -> float | None:
    return min(1.0, done / size) if size else None


def _bar_width(width: int) -> int:
    return 20 if width >= _WIDE else 8


def _bar(share: float | None, width: int) -> RenderableType:
    if share is None:
        return ""
    # Colors that a light and a dark background have; rich's own are meant for dark ones.
    return ProgressBar(
        total=1.0,
        completed=share,
        width=_bar_width(width),
        style="bright_black",
        complete_style="cyan",
        finished_style="green",
    )


def _grid(width: int, widths: Sequence[int]) -> Table:
    """A table whose first column has what the others leave, which have these widths."""
    grid = Table.grid(padding=(0, 1, 0, 0))
    grid.add_column(width=max(1, width - sum(widths) - len(widths)), no_wrap=True)
    for each in widths:
        grid.add_column(width=each, justify="right", no_wrap=True)
    return grid


def _room(grid: Table, width: int) -> int:
    return grid.columns[0].width or width
