import json

import pytest

from modellock.cli.progress import end_of
from modellock.cli.reporters import EventReporter, LineReporter
from modellock.cli.session import reporting
from modellock.cli.terminal import Terminal

Captured = pytest.CaptureFixture[str]


def test_a_log_gets_one_line_for_each_large_file(capsys: Captured) -> None:
    reporter = LineReporter(Terminal())

    reporter.fetches_planned(2, 90_868_988)
    reporter.fetch_started("minilm/config.json", 612, model="minilm")
    reporter.fetch_started("minilm/model.safetensors", 90_868_376, model="minilm")
    reporter.fetch_advanced("minilm/model.safetensors", 1_000)
    reporter.fetch_waiting("minilm/model.safetensors", "503 Service Unavailable", 4.0)
    reporter.fetch_finished("minilm/config.json")

    assert capsys.readouterr().err == (
        "Fetching 2 files (90.9 MB)\n"
        "Fetching minilm/model.safetensors (90.9 MB)\n"
        "Waiting 4 s for minilm/model.safetensors: 503 Service Unavailable\n"
    )


def test_files_that_wait_for_one_reason_at_once_get_one_line(capsys: Captured) -> None:
    reporter = LineReporter(Terminal())

    reporter.fetch_waiting("m/a", "connection refused", 60)
    reporter.fetch_waiting("m/b", "connection refused", 60)
    reporter.fetch_waiting("m/b", "hub.example answered 503", 60)

    assert capsys.readouterr().err == (
        "Waiting 60 s for m/a: connection refused\nWaiting 60 s for m/b: hub.example answered 503\n"
    )


def test_without_progress_only_what_needs_a_look_is_told(capsys: Captured) -> None:
    reporter = LineReporter(Terminal(), progress=False)

    reporter.fetches_planned(1, 10**9)
    reporter.fetch_started("a/b", 10**9, model="a")
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


def test_only_a_large_archive_is_worth_a_line(capsys: Captured) -> None:
    reporter = LineReporter(Terminal())

    reporter.unpacking("m/small.zip", 9_999_999, model="m")
    reporter.unpacking("m/large.tar", 10_000_000, model="m")

    assert capsys.readouterr().err == "Unpacking m/large.tar (10.0 MB)\n"


def test_what_upstream_says_is_inert_in_a_log(capsys: Captured) -> None:
    reporter = LineReporter(Terminal())

    reporter.note("::set-env name=x::y")
    reporter.fetch_waiting("m/\x1b[2J", "\u202ehello", 1.0)

    assert capsys.readouterr().err == (
        "\\x3a\\x3aset-env name=x::y\nWaiting 1 s for m/\\x1b[2J: \\u202ehello\n"
    )


def test_a_program_gets_one_event_a_line(capsys: Captured) -> None:
    reporter = EventReporter(verbose=False)

    reporter.resolving("minilm")
    reporter.resolved("minilm")
    reporter.fetches_planned(1, 10)
    reporter.fetch_started("minilm/\x1b", 10, model="minilm")
    reporter.fetch_waiting("minilm/w", "429", 1.25)
    reporter.fetch_finished("minilm/w")
    reporter.fetch_failed("minilm/v", "cut short")
    reporter.unpacking("minilm/w.zip", 7, model="minilm")
    reporter.placed("minilm")
    reporter.note("n")
    reporter.warning("w", hint="h")
    reporter.detail("d")

    assert [json.loads(line) for line in capsys.readouterr().err.splitlines()] == [
        {"event": "resolving", "model": "minilm"},
        {"event": "resolved", "model": "minilm"},
        {"event": "fetches-planned", "files": 1, "size": 10},
        {"event": "fetch-started", "model": "minilm", "subject": "minilm/\x1b", "size": 10},
        {"event": "fetch-waiting", "subject": "minilm/w", "reason": "429", "seconds": 1.2},
        {"event": "fetch-finished", "subject": "minilm/w"},
        {"event": "fetch-failed", "subject": "minilm/v", "reason": "cut short"},
        {"event": "unpacking", "model": "minilm", "subject": "minilm/w.zip", "size": 7},
        {"event": "placed", "model": "minilm"},
        {"event": "note", "message": "n"},
        {"event": "warning", "message": "w", "hint": "h"},
    ]


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


@pytest.mark.parametrize(
    ("subject", "shown"),
    [("short", "short"), ("model-00002-of-00005.bin", "…00005.bin"), ("0123456789", "0123456789")],
)
def test_of_a_long_subject_the_end_is_shown(subject: str, shown: str) -> None:
    assert end_of(subject, 10) == shown
