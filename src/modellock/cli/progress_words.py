"""How far a run is, in words that fit a line of a log or of a terminal."""

import math
from collections.abc import Sequence

from modellock.cli.readings import Condition, FileReading, Reading, Stage, StageReading, Wait
from modellock.cli.tally import SILENCE
from modellock.values.wording import age_words, count_words, size_words, visible

_HOUR = 3_600
_DAY = 24 * _HOUR


def left_words(seconds: float) -> str:
    """`28 s`, `3 min`, `1 h 59 min`, `3 days`: never less than it takes, and never nothing."""
    if seconds <= 59:
        return f"{max(1, math.ceil(seconds))} s"
    if seconds >= 2 * _DAY:
        return age_words(seconds)
    hours, minutes = divmod(math.ceil(seconds / 60), 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"


def amount_words(received: int, size: int | None) -> str:
    """`1.2 GB of 4.5 GB`."""
    return size_words(received) + ("" if size is None else f" of {size_words(size)}")


def rate_words(rate: int) -> str:
    """`118.2 MB/s`."""
    return f"{size_words(rate)}/s"


def pace_words(reading: Reading) -> str:
    """How fast it goes, and for how long; or why it does not."""
    if reading.is_waiting:
        return f"waiting {left_words(max(wait.seconds for wait in reading.waits))}"
    if reading.is_checking:
        return checking_words(reading.in_flight)
    if reading.silent >= SILENCE and reading.in_flight:
        return f"nothing for {left_words(reading.silent)}"
    if not reading.rate:
        return "asking"
    left = reading.seconds_left
    shown = "" if left is None else f", {left_words(left)} left"
    return f"{rate_words(reading.rate)}{shown}"


def total_of(reading: Reading) -> int | None:
    """Bytes of all files; None while that is not known of each."""
    return None if reading.unsized else reading.total


def fetched_words(reading: Reading) -> str:
    """`Fetched 1.2 GB of 4.5 GB (3 of 12 files), 118.2 MB/s, 28 s left`."""
    amount = amount_words(reading.received, total_of(reading))
    files = f"{reading.files_done:,} of {count_words(reading.files_planned, 'file')}"
    return f"Fetched {amount} ({files}{failed_words(reading)}), {pace_words(reading)}"


def failed_words(reading: Reading) -> str:
    """`, 3 failed`, or nothing."""
    return f", {reading.files_failed:,} failed" if reading.files_failed else ""


def file_words(file: FileReading) -> str:
    """How a file is doing."""
    match file.condition:
        case Condition.WAITING:
            return f"waiting {left_words(file.seconds)}"
        case Condition.SILENT:
            return f"silent {left_words(file.seconds)}"
        case Condition.CHECKING:
            return checking_words([file])
        case Condition.ELSEWHERE:
            return "another process"
        case Condition.ARRIVING:
            return rate_words(file.rate)
        case _:
            return file.condition.value


def checking_words(files: Sequence[FileReading]) -> str:
    """`checking 41 %`, of files of which all bytes are here."""
    checked, size = sum(file.checked for file in files), sum(file.received for file in files)
    return f"checking {100 * checked // size} %" if checked and size else "checking"


def wait_words(wait: Wait) -> str:
    """Why nothing arrives, and for how long: `waiting 12 s: hub.example answered 429`."""
    many = f" ({count_words(len(wait.subjects), 'file')})" if len(wait.subjects) > 1 else ""
    return f"waiting {left_words(wait.seconds)}: {visible(wait.reason)}{many}"


def stage_title(stage: StageReading) -> str:
    """`Unpacking voice/weights.tar`."""
    return f"{stage.stage.capitalize()} {visible(stage.subject)}".rstrip()


def stage_words(stage: StageReading) -> str:
    """`1.2 GB of 4.5 GB, 512.0 MB/s`, `3 of 12 models`; empty where there is nothing to count."""
    if stage.stage is Stage.RESOLVING:
        return f"{stage.done:,} of {count_words(stage.size or 0, 'model')}"
    if not stage.done and stage.size is None:
        return ""
    words = amount_words(stage.done, stage.size)
    if not stage.done:
        return f"{words}, {left_words(stage.seconds)} so far"
    if stage.size is None or not stage.rate or stage.done >= stage.size:
        return words
    left = (stage.size - stage.done) / stage.rate
    return f"{words}, {rate_words(stage.rate)}, {left_words(left)} left"
