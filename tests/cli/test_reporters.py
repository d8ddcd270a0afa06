import json

import pytest

from modellock.cli.events import EventReporter
from modellock.cli.reporters import LineReporter
from modellock.cli.session import reporting
from modellock.cli.terminal import Terminal
from modellock.ports.reporting import Reporter
from tests.cli.test_tally import Clock

Captured = pytest.CaptureFixture[str]


def pass_time(reporter: Reporter, clock: Clock, seconds: float) -> None:
    """Pulse as a verb does, about ten times a second; an eighth adds up without a remainder."""
    for _ in range(round(seconds * 8)):
        clock.now += 0.125
        reporter.pulse()


def fetch_steadily(
    reporter: Reporter, clock: Clock, subject: str, *, rate: int, seconds: int
) -> None:
    for _ in range(seconds * 8):
        reporter.fetch_advanced(subject, rate // 8)
        pass_time(reporter, clock, 0.125)


def test_a_log_gets_few_lines_of_a_long_fetch(capsys: Captured) -> None:
    clock = Clock()
    reporter = LineReporter(Terminal(), clock=clock)

    reporter.fetches_planned(2, 900_000_000)
    reporter.fetch_started("minilm/config.json", 612, model="minilm")
    reporter.fetch_started("minilm/model.safetensors", 899_999_388, model="minilm")
    reporter.fetch_resumed("minilm/model.safetensors", 300_000_000)
    fetch_steadily(reporter, clock, "minilm/model.safetensors", rate=20_000_000, seconds=25)
    reporter.fetch_finished("minilm/config.json")
    fetch_steadily(reporter, clock, "minilm/model.safetensors", rate=20_000_000, seconds=5)
    reporter.fetch_finished("minilm/model.safetensors")
    reporter.pulse()
    reporter.pulse()

    assert capsys.readouterr().err == (
        "Fetching 2 files (900.0 MB)\n"
        "Fetching minilm/model.safetensors (900.0 MB, 300.0 MB were here)\n"
        "Fetched 502.5 MB of 900.0 MB (0 of 2 files), 19.8 MB/s, 20 s left\n"
        "Fetched 702.5 MB of 900.0 MB (0 of 2 files), 19.8 MB/s, 10 s left\n"
        "Fetched 600.0 MB in 30 s, 20.0 MB/s\n"
    )


def test_what_is_quick_leaves_a_log_empty(capsys: Captured) -> None:
    clock = Clock()
    reporter = LineReporter(Terminal(), clock=clock)

    reporter.resolving("minilm")
    reporter.fetches_planned(1, 900_000_000)
    reporter.fetch_started("minilm/model.safetensors", 900_000_000, model="minilm")
    fetch_steadily(reporter, clock, "minilm/model.safetensors", rate=600_000_000, seconds=1)
    reporter.fetch_finished("minilm/model.safetensors")
    reporter.placing("minilm")
    pass_time(reporter, clock, 1)

    assert capsys.readouterr().err == ""


def test_a_large_file_that_takes_time_gets_a_line_of_its_own(capsys: Captured) -> None:
    clock = Clock()
    reporter = LineReporter(Terminal(), clock=clock)

    reporter.fetches_planned(500, 500 * 20_000_000)
    reporter.fetch_started("m/1", 20_000_000, model="m")
    reporter.fetch_started("m/2", 9_000_000, model="m")
    pass_time(reporter, clock, 5)

    assert capsys.readouterr().err == "Fetching 500 files (10.0 GB)\nFetching m/1 (20.0 MB)\n"


def test_a_log_hears_of_silence(capsys: Captured) -> None:
    clock = Clock()
    reporter = LineReporter(Terminal(), clock=clock)

    reporter.fetches_planned(1, 1_000_000)
    reporter.fetch_started("m/f", 1_000_000, model="m")
    reporter.fetch_advanced("m/f", 100_000)
    pass_time(reporter, clock, 85)

    assert capsys.readouterr().err.splitlines() == [
        f"Fetched 100.0 kB of 1.0 MB (0 of 1 file), nothing for {silence}"
        for silence in ("11 s", "21 s", "31 s", "41 s", "51 s", "2 min", "2 min", "2 min")
    ]


def test_files_that_wait_for_one_reason_at_once_get_one_line(capsys: Captured) -> None:
    clock = Clock()
    reporter = LineReporter(Terminal(), clock=clock)

    reporter.fetch_waiting("m/a", "connection refused", 60)
    reporter.fetch_waiting("m/b", "connection refused", 60)
    reporter.fetch_waiting("m/b", "hub.example answered 503", 0.5)
    clock.now += 5
    reporter.fetch_waiting("m/b", "hub.example answered 503", 1)

    assert capsys.readouterr().err == (
        "Waiting 60 s for m/a: connection refused\n"
        "Waiting 0.5 s for m/b: hub.example answered 503\n"
    )


def test_what_another_process_fetches_is_said_so(capsys: Captured) -> None:
    clock = Clock()
    reporter = LineReporter(Terminal(), clock=clock)

    reporter.fetches_planned(1, 90_000_000)
    reporter.fetch_started("m/f", 90_000_000, model="m")
    reporter.fetch_awaited("m/f")
    pass_time(reporter, clock, 3)

    assert capsys.readouterr().err == (
        "Fetching 1 file (90.0 MB)\nm/f: another process fetches it\n"
    )


def test_what_comes_after_the_bytes_is_told_where_it_takes_time(capsys: Captured) -> None:
    clock = Clock()
    reporter = LineReporter(Terminal(), clock=clock)

    reporter.unpacking("m/small.zip", 9, model="m")
    pass_time(reporter, clock, 1)
    reporter.unpacking("m/large.tar", 10_000_000_000, model="m")
    for _ in range(10):
        reporter.unpacked(100_000_000)
        pass_time(reporter, clock, 1)
    reporter.placing("m")
    pass_time(reporter, clock, 11)
    reporter.hashing(3, 80_000_000_000)
    for _ in range(10):
        reporter.hashed(1_000_000_000)
        pass_time(reporter, clock, 1)

    assert capsys.readouterr().err == (
        "Unpacking m/large.tar\n"
        "Unpacking m/large.tar: 1.0 GB\n"
        "Placing m\n"
        "Placing m: 10 s so far\n"
        "Hashing 80.0 GB\n"
        "Hashing: 9.0 GB of 80.0 GB, 1.1 GB/s, 2 min left\n"
    )


def test_without_progress_only_what_needs_a_look_is_told(capsys: Captured) -> None:
    clock = Clock()
    reporter = LineReporter(Terminal(), progress=False, clock=clock)

    reporter.fetches_planned(1, 10**9)
    reporter.fetch_started("a/b", 10**9, model="a")
    pass_time(reporter, clock, 30)
    reporter.note("copying: the store is on another file system")
    reporter.warning("minilm: '*.onx' matches no file", hint="write `*.onnx`")

    assert capsys.readouterr().err == (
        "copying: the store is on another file system\n"
        "warning: minilm: '*.onx' matches no file\n"
        "hint: write `*.onnx`\n"
    )


def test_details_are_for_who_asks(capsys: Captured) -> None:
    LineReporter(Terminal()).placed("minilm")
    LineReporter(Terminal(verbose=True)).placed("minilm")

    assert capsys.readouterr().err == "Placed minilm\n"


def test_what_upstream_says_is_inert_in_a_log(capsys: Captured) -> None:
    clock = Clock()
    reporter = LineReporter(Terminal(), clock=clock)

    reporter.note("::set-env name=x::y")
    reporter.fetch_waiting("m/\x1b[2J", "\u202ehello", 1.0)
    reporter.fetches_planned(1, 10**9)
    reporter.fetch_started("m/\x1b[2J", 10**9, model="m")
    pass_time(reporter, clock, 3)

    assert capsys.readouterr().err == (
        "\\x3a\\x3aset-env name=x::y\nWaiting 1 s for m/\\x1b[2J: \\u202ehello\n"
        "Fetching 1 file (1.0 GB)\nFetching m/\\x1b[2J (1.0 GB)\n"
    )


def test_a_program_gets_one_event_a_line(capsys: Captured) -> None:
    reporter = EventReporter(verbose=False)

    reporter.resolving("minilm")
    reporter.resolved("minilm")
    reporter.fetches_planned(1, 10, unsized=["minilm/u"])
    reporter.fetch_started("minilm/\x1b", 10, model="minilm")
    reporter.fetch_waiting("minilm/w", "429", 1.25)
    reporter.fetch_awaited("minilm/w")
    reporter.fetch_taken_up("minilm/w")
    reporter.fetch_finished("minilm/w")
    reporter.fetch_failed("minilm/v", "cut short")
    reporter.unpacking("minilm/w.zip", 7, model="minilm")
    reporter.placing("minilm")
    reporter.placed("minilm")
    reporter.hashing(2, 8)
    reporter.note("n")
    reporter.warning("w", hint="h")
    reporter.detail("d")

    assert [json.loads(line) for line in capsys.readouterr().err.splitlines()] == [
        {"event": "resolving", "model": "minilm"},
        {"event": "resolved", "model": "minilm"},
        {"event": "fetches-planned", "files": 1, "size": 10, "unsized": 1},
        {"event": "fetch-started", "model": "minilm", "subject": "minilm/\x1b", "size": 10},
        {"event": "fetch-waiting", "subject": "minilm/w", "reason": "429", "seconds": 1.2},
        {"event": "fetch-awaited", "subject": "minilm/w"},
        {"event": "fetch-taken-up", "subject": "minilm/w"},
        {"event": "fetch-finished", "subject": "minilm/w"},
        {"event": "fetch-failed", "subject": "minilm/v", "reason": "cut short"},
        {"event": "unpacking", "model": "minilm", "subject": "minilm/w.zip", "size": 7},
        {"event": "placing", "model": "minilm"},
        {"event": "placed", "model": "minilm"},
        {"event": "hashing", "files": 2, "size": 8},
        {"event": "note", "message": "n"},
        {"event": "warning", "message": "w", "hint": "h"},
    ]


def test_a_program_gets_the_figures_twice_a_second_and_once_at_the_end(capsys: Captured) -> None:
    clock = Clock()
    reporter = EventReporter(verbose=False, clock=clock)

    reporter.fetches_planned(1, 1_000)
    reporter.fetch_started("m/f", 1_000, model="m")
    fetch_steadily(reporter, clock, "m/f", rate=100, seconds=1)
    reporter.fetch_waiting("m/f", "429", 3)
    pass_time(reporter, clock, 0.5)
    reporter.fetch_finished("m/f")
    pass_time(reporter, clock, 1)

    events = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    figures = [event for event in events if event["event"] == "progress"]
    assert [event["files_done"] for event in figures] == [0, 0, 0, 1]
    assert figures[2] == {
        "event": "progress",
        "received": 96,
        "total": 1_000,
        "rate": figures[2]["rate"],
        "seconds_left": None,
        "silent": 0.6,
        "files_done": 0,
        "files_failed": 0,
        "files": 1,
        "in_flight": [
            {
                "subject": "m/f",
                "received": 96,
                "size": 1_000,
                "rate": figures[2]["rate"],
                "condition": "waiting",
                "seconds": 2.5,
                "checked": 0,
            }
        ],
        "waiting": [{"reason": "429", "seconds": 2.5, "subjects": ["m/f"]}],
    }


def test_a_program_hears_how_far_other_work_is(capsys: Captured) -> None:
    clock = Clock()
    reporter = EventReporter(verbose=False, clock=clock)

    reporter.hashing(1, 1_000)
    reporter.hashed(500)
    pass_time(reporter, clock, 0.6)

    assert json.loads(capsys.readouterr().err.splitlines()[-1]) == {
        "event": "working",
        "stage": "hashing",
        "subject": "",
        "done": 500,
        "size": 1_000,
        "rate": 1_000,
        "seconds": 0.5,
    }


@pytest.mark.parametrize(
    ("terminal", "kind"),
    [
        (Terminal(), "LineReporter"),
        (Terminal(quiet=True), "Reporter"),
        (Terminal(events=True), "EventReporter"),
        (Terminal(events=True, quiet=True), "EventReporter"),
    ],
)
def test_who_listens_follows_from_the_flags(terminal: Terminal, kind: str) -> None:
    with reporting(terminal, progress=True) as reporter:
        assert type(reporter).__name__ == kind


def test_who_ends_a_run_is_told_that_nothing_is_lost(capsys: Captured) -> None:
    def interrupted() -> None:
        with reporting(Terminal(), progress=True) as reporter:
            reporter.fetches_planned(1, 10)
            reporter.fetch_started("m/f", 10, model="m")
            reporter.fetch_advanced("m/f", 1)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()

    assert capsys.readouterr().err == "What has arrived is kept: the next run goes on from there\n"
