"""Which files have a line on a terminal: few, and each stays where it is."""

from collections.abc import Sequence

from modellock.cli.readings import FileReading

_LEAST = 1_000_000
_UNDER_WAY = 1.0
"""A file gets a line from so many bytes on, after so many seconds: else lines would flash by."""

_LINGER = 1.5
"""Seconds for which the line of a file that is here waits for the next one to take its place."""


class Slots:
    """Lines, from the top. To be used by one thread at a time."""

    def __init__(self) -> None:
        self._lines: list[tuple[FileReading, float | None]] = []
        """With when the file was gone, by the clock of who asks; None while it is on its way."""

    def fill(
        self, files: Sequence[FileReading], most: int, now: float
    ) -> list[tuple[FileReading, bool]]:
        """The files to show, at most so many, each with whether it is still on its way."""
        flying = {file.subject: file for file in files if _is_worth_a_line(file)}
        lines: list[tuple[FileReading, float | None]] = []
        for file, gone_at in self._lines[:most]:
            there = flying.pop(file.subject, None)
            lines.append((there, None) if there else (file, gone_at or now))
        for newcomer in flying.values():
            free = next((index for index, line in enumerate(lines) if line[1] is not None), None)
            if free is not None:
                lines[free] = (newcomer, None)
            elif len(lines) < most:
                lines.append((newcomer, None))
        self._lines = [line for line in lines if line[1] is None or now - line[1] < _LINGER]
        return [(file, gone_at is None) for file, gone_at in self._lines]


def _is_worth_a_line(file: FileReading) -> bool:
    return file.age >= _UNDER_WAY and (file.size is None or file.size > _LEAST)


def fitted(subject: str, width: int, *, cut: str = "…") -> str:
    """`model/path` in so many columns, with a mark of one column for what is left out.

    The extension goes first, then the beginning of the path: shards differ between the two.
    """
    if len(subject) <= width:
        return subject
    model, slash, path = subject.partition("/")
    stem, dot, _ = path.rpartition(".")
    path = stem + cut if dot else path
    room = max(1, width // 3)
    model = model if len(model) <= room else model[: room - 1] + cut
    left = width - len(model) - len(slash)
    if len(path) > left:
        path = cut + path[len(path) - left + 1 :]
    return f"{model}{slash}{path}"[:width]
