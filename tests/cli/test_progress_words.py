from dataclasses import replace

import pytest

from modellock.cli.counting import CountingReporter
from modellock.cli.progress_words import (
    file_words,
    left_words,
    pace_words,
    stage_title,
    stage_words,
    wait_words,
)
from modellock.cli.readings import Condition, FileReading, Stage, StageReading, Wait
from modellock.cli.tally import Tally

FILE = FileReading(
    subject="phi/model.bin",
    received=500,
    size=1_000,
    rate=100,
    age=9,
    condition=Condition.ARRIVING,
    seconds=0,
    checked=0,
    resumed=0,
)
STAGE = StageReading(stage=Stage.HASHING, subject="", done=0, size=None, seconds=3, rate=0)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "1 s"),
        (0.2, "1 s"),
        (27.1, "28 s"),
        (59, "59 s"),
        (59.1, "1 min"),
        (61, "2 min"),
        (3_599, "1 h 0 min"),
        (7_140, "1 h 59 min"),
        (172_799, "48 h 0 min"),
        (172_800, "2 days"),
        (10**8, "3 years"),
    ],
)
def test_a_time_left_is_never_nothing_and_never_less_than_it_takes(
    seconds: float, words: str
) -> None:
    assert left_words(seconds) == words


@pytest.mark.parametrize(
    ("file", "words"),
    [
        (FILE, "100 bytes/s"),
        (replace(FILE, condition=Condition.WAITING, seconds=11.2), "waiting 12 s"),
        (replace(FILE, condition=Condition.SILENT, seconds=7.5), "silent 8 s"),
        (replace(FILE, condition=Condition.RETRYING), "retrying"),
        (replace(FILE, condition=Condition.ELSEWHERE), "another process"),
        (replace(FILE, condition=Condition.CHECKING, received=1_000), "checking"),
        (replace(FILE, condition=Condition.CHECKING, received=1_000, checked=419), "checking 41 %"),
        (replace(FILE, condition=Condition.CHECKING, received=0, size=0), "checking"),
    ],
)
def test_a_file_says_what_is_the_matter_with_it(file: FileReading, words: str) -> None:
    assert file_words(file) == words


def test_only_what_arrives_has_a_time_left() -> None:
    assert FILE.seconds_left == 5
    assert replace(FILE, size=None).seconds_left is None
    assert replace(FILE, rate=0).seconds_left is None
    assert replace(FILE, condition=Condition.SILENT).seconds_left is None


def test_a_wait_has_its_reason_made_inert_and_the_number_of_files() -> None:
    one = Wait(reason="hub.example\x1b answered 429", seconds=3.4, subjects=("a",))

    assert wait_words(one) == "waiting 4 s: hub.example\\x1b answered 429"
    assert wait_words(replace(one, subjects=("a", "b"))).endswith("answered 429 (2 files)")


@pytest.mark.parametrize(
    ("stage", "title", "words"),
    [
        (replace(STAGE, stage=Stage.RESOLVING, done=1, size=3), "Resolving", "1 of 3 models"),
        (replace(STAGE, stage=Stage.PLACING, subject="phi"), "Placing phi", ""),
        (
            replace(STAGE, stage=Stage.UNPACKING, subject="phi/w.tar", done=2_000),
            "Unpacking phi/w.tar",
            "2.0 kB",
        ),
        (
            replace(STAGE, done=500, size=1_000, rate=100),
            "Hashing",
            "500 bytes of 1.0 kB, 100 bytes/s, 5 s left",
        ),
        (replace(STAGE, done=1_000, size=1_000, rate=100), "Hashing", "1.0 kB of 1.0 kB"),
        (replace(STAGE, size=1_000), "Hashing", "0 bytes of 1.0 kB, 3 s so far"),
    ],
)
def test_a_stage_says_what_it_is_at_and_how_far(
    stage: StageReading, title: str, words: str
) -> None:
    assert (stage_title(stage), stage_words(stage)) == (title, words)


def test_before_the_first_byte_somebody_is_asked() -> None:
    tally = Tally()
    tally.plan(1, 10)
    tally.start("a", 10)

    assert pace_words(tally.read()) == "asking"


def test_what_is_copied_counts_for_the_model_that_is_placed() -> None:
    reporter = CountingReporter()
    reporter.placing("phi")
    reporter.copied(300)
    reporter.copied(200)

    stage = reporter.tally.read().stage

    assert stage is not None
    assert (stage.stage, stage.subject, stage.done) == (Stage.PLACING, "phi", 500)
