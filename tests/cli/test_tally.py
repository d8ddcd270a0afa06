from modellock.cli.progress_words import fetched_words
from modellock.cli.readings import Condition, FileReading, Reading, Stage
from modellock.cli.speed import Speed
from modellock.cli.tally import Tally


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class Fetching:
    """A tally under a clock that a test moves."""

    def __init__(self, files: int, size: int) -> None:
        self.clock = Clock()
        self.tally = Tally(self.clock)
        self.tally.plan(files, size)

    def steadily(self, subject: str, rate: int, seconds: int) -> None:
        for _ in range(10 * seconds):
            self.clock.now += 0.1
            self.tally.advance(subject, rate // 10)

    def read(self) -> Reading:
        return self.tally.read()

    def file(self) -> FileReading:
        (file,) = self.read().in_flight
        return file


def test_a_reading_has_bytes_rate_and_time_left() -> None:
    fetching = Fetching(2, 4_500_000_000)
    fetching.tally.start("a", 4_000_000_000)

    fetching.steadily("a", 20_000_000, 10)

    assert fetched_words(fetching.read()) == (
        "Fetched 200.0 MB of 4.5 GB (0 of 2 files), 20.2 MB/s, 4 min left"
    )


def test_a_rate_follows_soon_and_the_time_left_slowly() -> None:
    fetching = Fetching(1, 10_000_000_000)
    fetching.tally.start("a", 10_000_000_000)
    fetching.steadily("a", 100_000_000, 50)

    fetching.steadily("a", 10_000_000, 10)
    reading = fetching.read()

    assert 15_000_000 < reading.rate < 30_000_000
    assert reading.seconds_left is not None
    assert 60 < reading.seconds_left < 80


def test_a_speed_fades_while_nothing_comes() -> None:
    speed = Speed(5.0, began=0.0)
    speed.add(1_000, now=1.0)

    assert round(speed.at(1.0)) == 1_103
    assert round(speed.at(6.0)) == 105
    assert round(speed.at(60.0)) == 0


def test_a_speed_that_has_just_begun_is_none() -> None:
    assert Speed(5.0, began=7.0).at(7.0) == 0


def test_a_try_that_begins_anew_takes_its_bytes_back_and_not_its_rate() -> None:
    fetching = Fetching(1, 1_000)
    fetching.tally.start("a", 1_000)
    fetching.steadily("a", 100, 5)
    before = fetching.read()

    fetching.tally.advance("a", -500)
    after = fetching.read()

    assert (before.received, after.received) == (500, 0)
    assert after.rate == before.rate


def test_what_was_here_already_says_nothing_of_the_rate() -> None:
    fetching = Fetching(1, 1_000_000)
    fetching.tally.start("a", 1_000_000)
    fetching.tally.resume("a", 900_000)

    fetching.steadily("a", 1_000, 10)
    reading = fetching.read()

    assert (reading.received, reading.resumed) == (910_000, 900_000)
    assert 950 < reading.rate < 1_050
    assert reading.in_flight[0].resumed == 900_000


def test_nobody_tells_a_time_left_before_it_can_be_told() -> None:
    fetching = Fetching(1, 1_000)
    fetching.tally.start("a", 1_000)

    fetching.steadily("a", 100, 1)
    early = fetching.read()
    fetching.steadily("a", 100, 2)
    later = fetching.read()

    assert early.seconds_left is None
    assert later.seconds_left is not None


def test_what_is_done_is_no_longer_in_flight() -> None:
    fetching = Fetching(2, 20)
    fetching.tally.start("a", 10)
    fetching.tally.start("b", None)
    fetching.tally.advance("a", 10)

    fetching.tally.end("a", done=True)
    fetching.tally.end("b", done=False)
    reading = fetching.read()

    assert reading.in_flight == ()
    assert (reading.files_done, reading.files_failed, reading.files_planned) == (1, 1, 2)
    assert reading.is_over


def test_nobody_waits_for_the_bytes_of_a_file_that_failed() -> None:
    fetching = Fetching(2, 2_000)
    fetching.tally.start("a", 1_000)
    fetching.tally.start("b", 1_000)
    fetching.steadily("a", 100, 5)

    fetching.tally.end("b", done=False)
    reading = fetching.read()

    assert reading.seconds_left is not None
    assert 4 < reading.seconds_left < 6
    assert fetched_words(reading).startswith("Fetched 500 bytes of 2.0 kB (0 of 2 files, 1 failed)")


def test_a_total_is_none_until_each_size_is_known() -> None:
    fetching = Fetching(1, 1_000)
    fetching.tally.plan(1, 0, unsized=["b"])
    fetching.tally.start("a", 1_000)
    fetching.steadily("a", 100, 3)

    before = fetching.read()
    fetching.tally.start("b", 2_000)
    after = fetching.read()

    assert (before.unsized, before.seconds_left) == (1, None)
    assert fetched_words(before) == "Fetched 300 bytes (0 of 2 files), 101 bytes/s"
    assert (after.unsized, after.total) == (0, 3_000)
    assert after.seconds_left is not None


def test_a_wait_counts_down_and_is_gone_with_the_next_byte() -> None:
    fetching = Fetching(1, 1_000)
    fetching.tally.start("a", 1_000)
    fetching.tally.wait("a", "hub.example answered 429", 12)
    fetching.clock.now += 4

    waiting, file = fetching.read(), fetching.file()
    fetching.clock.now += 9
    retrying = fetching.file()
    fetching.tally.advance("a", 100)

    assert [(wait.reason, wait.seconds, wait.subjects) for wait in waiting.waits] == [
        ("hub.example answered 429", 8.0, ("a",))
    ]
    assert fetched_words(waiting).endswith(", waiting 8 s")
    assert (file.condition, file.seconds) == (Condition.WAITING, 8.0)
    assert retrying.condition is Condition.RETRYING
    assert fetching.file().condition is Condition.ARRIVING
    assert fetching.read().waits == ()


def test_files_that_wait_for_one_reason_wait_together() -> None:
    fetching = Fetching(2, 20)
    for subject, seconds in (("a", 3), ("b", 5)):
        fetching.tally.start(subject, 10)
        fetching.tally.wait(subject, "connection refused", seconds)

    (wait,) = fetching.read().waits

    assert (wait.seconds, wait.subjects) == (5.0, ("a", "b"))


def test_silence_is_told_for_a_file_and_for_all() -> None:
    fetching = Fetching(1, 1_000)
    fetching.tally.start("a", 1_000)
    fetching.steadily("a", 100, 3)

    fetching.clock.now += 8
    reading, file = fetching.read(), fetching.file()

    assert (file.condition, round(file.seconds)) == (Condition.SILENT, 8)
    assert reading.seconds_left is None
    assert fetched_words(reading).endswith(", nothing for 8 s")


def test_what_another_process_fetches_is_elsewhere_until_it_is_taken_up() -> None:
    fetching = Fetching(1, 1_000)
    fetching.tally.start("a", 1_000)
    fetching.tally.leave("a", elsewhere=True)
    fetching.clock.now += 60

    elsewhere = fetching.file().condition
    fetching.tally.leave("a", elsewhere=False)
    fetching.tally.advance("a", 1)

    assert elsewhere is Condition.ELSEWHERE
    assert fetching.file().condition is Condition.ARRIVING


def test_a_file_whose_bytes_are_all_here_is_checked() -> None:
    fetching = Fetching(1, 1_000)
    fetching.tally.start("a", 1_000)
    fetching.steadily("a", 100, 10)
    fetching.tally.check("a", 400)

    file, words = fetching.file(), fetched_words(fetching.read())
    fetching.tally.advance("a", -1_000)

    assert (file.condition, file.checked) == (Condition.CHECKING, 400)
    assert words.endswith(", checking 40 %")
    assert fetching.file().checked == 0


def test_a_stage_counts_for_itself() -> None:
    clock = Clock()
    tally = Tally(clock)
    tally.enter(Stage.HASHING, size=1_000)
    for _ in range(10):
        clock.now += 0.5
        tally.achieve(Stage.HASHING, 50)
    tally.achieve(Stage.PLACING, 7)

    stage = tally.read().stage

    assert stage is not None
    assert (stage.stage, stage.done, stage.size, stage.seconds) == (Stage.HASHING, 500, 1_000, 5.0)
    assert 90 < stage.rate < 120


def test_models_that_are_asked_about_are_counted() -> None:
    tally = Tally(Clock())
    for _ in range(3):
        tally.enlarge(Stage.RESOLVING, 1)
    tally.achieve(Stage.RESOLVING, 1)

    stage = tally.read().stage

    assert stage is not None
    assert (stage.done, stage.size) == (1, 3)


def test_silence_before_the_first_file_does_not_count() -> None:
    fetching = Fetching(1, 10)
    fetching.clock.now += 50
    fetching.tally.start("a", 10)

    assert fetching.read().silent == 0


def test_where_files_are_still_to_come_it_is_no_check_that_takes_time() -> None:
    fetching = Fetching(2, 2_000)
    fetching.tally.start("a", 1_000)

    fetching.steadily("a", 100, 10)

    assert fetched_words(fetching.read()).endswith(", 101 bytes/s, 10 s left")
