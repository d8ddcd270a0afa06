from threading import Event

import pytest

from modellock.ports.reporting import Reporter
from modellock.shell.crew import StoppedError
from modellock.shell.retries import Schedule, Tries, longest_wait, may_pass, retry_delay, wait_asked
from tests.waiting import LONG, at_once

NOW = 1_795_161_600.0  # Fri, 20 Nov 2026 08:00:00 GMT


class Waits(Reporter):
    def __init__(self) -> None:
        self.heard: list[tuple[str, str, float]] = []

    def fetch_waiting(self, subject: str, reason: str, seconds: float) -> None:
        self.heard.append((subject, reason, seconds))


@pytest.mark.parametrize(
    ("attempt", "retry_after", "seconds"),
    [(0, None, 0.5), (1, None, 1.0), (3, None, 4.0), (9, None, 4.0), (0, 7.0, 7.0)],
)
def test_the_delay_grows_unless_the_server_names_it(
    attempt: int, retry_after: float | None, seconds: float
) -> None:
    assert retry_delay(attempt, retry_after) == seconds


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504])
def test_a_passing_trouble_may_pass(status: int) -> None:
    assert may_pass(status, {})


@pytest.mark.parametrize("status", [200, 206, 301, 400, 401, 403, 404, 410, 416, 501])
def test_an_answer_stays_an_answer(status: int) -> None:
    assert not may_pass(status, {})


@pytest.mark.parametrize("headers", [{"retry-after": "1"}, {"x-ratelimit-remaining": "0"}])
def test_githubs_403_for_too_many_requests_may_pass(headers: dict[str, str]) -> None:
    assert may_pass(403, headers)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "2.5"}, 2.5),
        ({"retry-after": "Fri, 20 Nov 2026 08:00:30 GMT"}, 30.0),
        ({"retry-after": "Fri, 20 Nov 2026 07:00:00 GMT"}, 0.0),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "-1"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "inf"}, None),
        ({"retry-after": "Mon, 01 Jan 99999999999 00:00:00 GMT"}, None),
        ({"retry-after": "Mon, 01 Jan 2029 00:00:00 +99999999999999999999"}, None),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1795161605"}, 5.0),
        ({"x-ratelimit-remaining": "9", "x-ratelimit-reset": "1795161605"}, None),
        ({"x-ratelimit-remaining": "0"}, None),
        ({"ratelimit": '"api";r=0;t=189'}, 190.0),
        ({"ratelimit": '"api";r=489;t=189'}, None),
        ({"ratelimit": '"api";r=0'}, None),
    ],
)
def test_a_server_says_how_long_it_wants_to_be_left_alone(
    headers: dict[str, str], seconds: float | None
) -> None:
    assert wait_asked(headers, NOW) == seconds


def test_tries_wait_by_the_schedule_and_then_give_up() -> None:
    reporter = Waits()
    tries = Tries("m/f", reporter, schedule=Schedule((0.001, 0.002), jitter=0.0))

    assert [tries.again("lost") for _ in range(3)] == [True, True, False]
    assert reporter.heard == [("m/f", "lost", 0.001), ("m/f", "lost", 0.002)]


def test_one_budget_counts_every_kind_of_failure() -> None:
    tries = Tries("m/f", Reporter(), schedule=Schedule((0.001, 0.001), jitter=0.0))

    assert tries.again("lost")
    assert tries.next_wait({"retry-after": "3"}) == 3.0
    assert tries.next_wait({}) is None


def test_a_window_of_the_hub_is_waited_for_once_and_nothing_longer() -> None:
    tries = Tries("m/f", Reporter(), schedule=Schedule((0.001,) * 3, jitter=0.0))

    assert tries.next_wait({"retry-after": "311"}) is None
    assert tries.next_wait({"ratelimit": '"api";r=0;t=300'}) == 301.0
    assert tries.next_wait({"ratelimit": '"api";r=0;t=300'}) is None
    assert tries.next_wait({"retry-after": "9"}) == 9.0


def test_a_place_before_others_is_waited_for_a_minute_at_most() -> None:
    tries = Tries("m/f", Reporter(), schedule=Schedule((0.001,)), longest_wait=longest_wait(1))

    assert tries.next_wait({"retry-after": "61"}) is None
    assert tries.next_wait({"retry-after": "60"}) == 60.0


def test_a_place_that_brings_nothing_for_too_long_is_left_whatever_tries_remain() -> None:
    tries = Tries("m/f", Reporter(), schedule=Schedule((0.001,) * 5), longest_wait=60.0)

    assert tries.next_wait({}) is not None
    tries.since -= 61
    assert tries.next_wait({}) is None
    tries.renew()
    assert tries.next_wait({}) is not None


def test_a_moment_that_has_passed_is_no_reason_to_hurry() -> None:
    tries = Tries("m/f", Reporter(), schedule=Schedule((2.0, 4.0), jitter=0.0))

    assert tries.next_wait({"retry-after": "0"}) == 2.0
    assert tries.next_wait({"retry-after": "Sat, 21 Nov 1998 08:00:05 GMT"}) == 4.0


@pytest.mark.parametrize("now", [0.0, NOW, 9e9])
def test_a_server_that_tells_the_time_is_believed_whatever_this_machine_thinks(now: float) -> None:
    date = {"date": "Sat, 21 Nov 2026 08:00:05 GMT"}

    assert wait_asked({**date, "retry-after": "Sat, 21 Nov 2026 08:00:25 GMT"}, now) == 20.0
    reset = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1795248025"}
    assert wait_asked({**date, **reset}, now) == 20.0


def test_an_interrupt_ends_a_wait_at_once() -> None:
    stop = Event()

    class Interrupting(Reporter):
        def fetch_waiting(self, subject: str, reason: str, seconds: float) -> None:
            del subject, reason, seconds
            stop.set()

    tries = Tries("m/f", Interrupting(), stop=stop, schedule=Schedule((LONG, LONG), jitter=0.0))

    for _ in range(2):
        with at_once(), pytest.raises(StoppedError):
            tries.again("lost")
