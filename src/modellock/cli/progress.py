"""Progress on a terminal: one bar for all bytes, a line for each large file on its way."""

import threading
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, SpinnerColumn, Task, TaskID
from rich.table import Column
from rich.text import Text

from modellock.cli.reporters import LARGE, LineReporter, left_words
from modellock.cli.terminal import Terminal
from modellock.values.wording import size_words, visible

_WIDE = 100
"""Columns from which a bar is long."""

_FIGURES_WIDTH = 48
"""Columns for "999.9 MB of 999.9 MB, 999.9 MB/s, 59 minutes left", spinner and gaps."""


class BarReporter(LineReporter):
    """Draws on stderr until its `with` statement ends; lines appear above what is drawn."""

    def __init__(self, terminal: Terminal) -> None:
        super().__init__(terminal, progress=False)
        console = Console(stderr=True, no_color=not terminal.colored, highlight=False)
        bar = 20 if console.width >= _WIDE else 8
        self._subject_width = max(10, console.width - bar - _FIGURES_WIDTH)
        self._drawn = Progress(
            SpinnerColumn(),
            _Subject(table_column=Column(ratio=1, no_wrap=True, overflow="ellipsis")),
            BarColumn(bar_width=bar),
            _Figures(table_column=Column(no_wrap=True, justify="right")),
            console=console,
            transient=True,
            expand=True,
        )
        self._changing = threading.Lock()
        self._overall: TaskID | None = None
        self._bytes = 0
        self._resolving: TaskID | None = None
        self._models = 0
        self._large: dict[str, TaskID] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._drawn.stop()

    def line(self, text: str) -> None:
        """Print above the bars."""
        self._drawn.console.print(Text.from_ansi(text.rstrip("\n")), soft_wrap=True)

    def resolving(self, model: str) -> None:  # noqa: D102
        super().resolving(model)
        with self._changing:
            if self._resolving is None:
                self._drawn.start()
                self._resolving = self._drawn.add_task("Resolving", total=0, counts="models")
            self._models += 1
            self._drawn.update(self._resolving, total=self._models)

    def resolved(self, model: str) -> None:  # noqa: D102
        super().resolved(model)
        if self._resolving is not None:
            self._drawn.advance(self._resolving)

    def fetches_planned(self, files: int, size: int) -> None:  # noqa: D102
        if not files:
            return
        with self._changing:
            self._drawn.start()
            if self._overall is None:
                self._overall = self._drawn.add_task("Fetching", total=0)
            self._bytes += size
            self._drawn.update(self._overall, total=self._bytes)

    def fetch_started(self, subject: str, size: int | None, *, model: str) -> None:  # noqa: D102
        del model
        if size is not None and size >= LARGE:
            with self._changing:
                shown = end_of(visible(subject), self._subject_width)
                self._large[subject] = self._drawn.add_task(shown, total=size)

    def fetch_advanced(self, subject: str, count: int) -> None:  # noqa: D102
        if self._overall is not None:
            self._drawn.advance(self._overall, count)
        if subject in self._large:
            self._drawn.advance(self._large[subject], count)

    def fetch_resumed(self, subject: str, count: int) -> None:  # noqa: D102
        # `advance` would take them for what the line brings in a moment.
        with self._changing:
            for task in (self._overall, self._large.get(subject)):
                if task is not None:
                    before = self._drawn.tasks[self._drawn.task_ids.index(task)]
                    self._drawn.reset(task, completed=int(before.completed) + count)

    def fetch_finished(self, subject: str) -> None:  # noqa: D102
        super().fetch_finished(subject)
        self._drop(subject)

    def fetch_failed(self, subject: str, reason: str) -> None:  # noqa: D102
        super().fetch_failed(subject, reason)
        self._drop(subject)

    def unpacking(self, subject: str, size: int, *, model: str) -> None:  # noqa: D102
        super().unpacking(subject, size, model=model)
        if size >= LARGE:
            self.line(f"Unpacking {visible(subject)} ({size_words(size)})")

    def _drop(self, subject: str) -> None:
        with self._changing:
            task = self._large.pop(subject, None)
            if task is not None:
                self._drawn.remove_task(task)


def end_of(subject: str, width: int) -> str:
    """The last columns of a subject: shards of a model differ at the end."""
    return subject if len(subject) <= width else "…" + subject[1 - width :]


class _Subject(ProgressColumn):
    """What a line is about; rich's own text column would read `[…]` in a file's name as markup."""

    def render(self, task: Task) -> Text:
        return Text(task.description)


class _Figures(ProgressColumn):
    """Bytes, rate and time left."""

    def render(self, task: Task) -> Text:
        if task.fields.get("counts"):
            return Text(f"{task.completed:.0f} of {task.total or 0:.0f} {task.fields['counts']}")
        text = f"{size_words(int(task.completed))} of {size_words(int(task.total or 0))}"
        if task.speed:
            text += f", {size_words(int(task.speed))}/s"
        if task.time_remaining:
            text += f", {left_words(task.time_remaining)} left"
        return Text(text)
