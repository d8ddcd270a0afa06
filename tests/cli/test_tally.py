from modellock.cli.reporters import progress_words
from modellock.cli.tally import Tally


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_reading_is_due_once_in_so_many_seconds() -> None:
    clock = Clock()
    tally = Tally(10.0, clock)
    tally.plan(2, 4_500_000_000)
    tally.start("a", 4_000_000_000)
    tally.advance("a", 200_000_000)

    early = tally.due()
    clock.now += 10
    due = tally.due()
    again = tally.due()

    assert early is None
    assert again is None
    assert due is not None
    assert progress_words(due) == "Fetched 200.0 MB of 4.5 GB, 20.0 MB/s, 3 minutes left"


def test_the_rate_is_that_of_the_last_stretch() -> None:
    clock = Clock()
    tally = Tally(10.0, clock)
    tally.plan(1, 1_000_000_000)
    tally.start("a", 1_000_000_000)
    tally.advance("a", 900_000_000)
    clock.now += 10
    tally.due()

    tally.advance("a", 10_000_000)
    clock.now += 20
    due = tally.due()

    assert due is not None
    assert due.rate == 500_000
    assert due.seconds_left == 180


def test_a_try_that_begins_anew_takes_its_bytes_back() -> None:
    clock = Clock()
    tally = Tally(1.0, clock)
    tally.plan(1, 100)
    tally.start("a", 100)
    tally.advance("a", 60)
    tally.advance("a", -60)
    clock.now += 1

    due = tally.due()

    assert due is not None
    assert due.in_flight == {"a": (0, 100)}
    assert progress_words(due) == "Fetched 0 bytes of 100 bytes, 0 bytes/s"


def test_what_was_here_already_says_nothing_of_the_rate() -> None:
    clock = Clock()
    tally = Tally(1.0, clock)
    tally.plan(1, 100_000)
    tally.start("a", 100_000)
    tally.resume("a", 90_000)
    tally.advance("a", 1_000)
    clock.now += 1

    due = tally.due()

    assert due is not None
    assert progress_words(due) == "Fetched 91.0 kB of 100.0 kB, 1.0 kB/s, 9 s left"


def test_what_is_done_is_no_longer_in_flight() -> None:
    clock = Clock()
    tally = Tally(1.0, clock)
    tally.plan(2, 20)
    tally.start("a", 10)
    tally.start("b", None)
    tally.advance("a", 10)
    tally.end("a", done=True)
    tally.end("b", done=False)
    clock.now += 1

    due = tally.due()

    assert due is not None
    assert due.in_flight == {}
    assert (due.files_done, due.files_planned, due.received) == (1, 2, 10)


def test_silence_before_the_first_file_does_not_count() -> None:
    clock = Clock()
    tally = Tally(10.0, clock)
    clock.now += 50
    tally.start("a", 10)

    assert tally.due() is None
