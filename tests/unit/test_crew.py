import os
import signal
import threading
import time

import pytest

from modellock.shell.crew import Lane, StoppedError, work_in_lanes, work_through
from tests.waiting import LONG, at_once


def test_the_results_are_in_the_order_of_the_items() -> None:
    def work(item: int, _: threading.Event) -> int:
        time.sleep(0.02 / item)
        return item * 10

    assert work_through([1, 2, 3, 4], work, jobs=4) == [10, 20, 30, 40]


def test_no_more_jobs_than_asked_for_are_at_work() -> None:
    at_work = threading.Semaphore(2)

    def work(_: int, __: threading.Event) -> bool:
        free = at_work.acquire(blocking=False)
        time.sleep(0.005)
        at_work.release()
        return free

    assert all(work_through(range(6), work, jobs=2))


def test_work_of_one_lane_waits_for_none_of_another() -> None:
    small_done = threading.Semaphore(0)

    def work(item: str, _: threading.Event) -> str:
        if item == "small":
            small_done.release()
        else:
            assert small_done.acquire(timeout=LONG)
        return item

    lanes = [Lane(["large", "large"], 1), Lane(["small", "small"], 1)]

    assert work_in_lanes(lanes, work) == ["large", "large", "small", "small"]


def test_no_work_needs_no_threads() -> None:
    before = set(threading.enumerate())

    assert work_through([], lambda item, _: item, jobs=8) == []
    assert set(threading.enumerate()) <= before


def test_what_escapes_from_one_thread_stops_the_others_and_is_raised() -> None:
    stopped: list[int] = []
    both_at_work = threading.Barrier(2)

    def work(item: int, stop: threading.Event) -> None:
        both_at_work.wait(LONG)
        if item == 0:
            raise KeyError("defect")
        stop.wait(LONG)
        stopped.append(item)
        raise StoppedError

    with at_once(), pytest.raises(KeyError, match="defect"):
        work_through([0, 1, 2], work, jobs=2)

    assert stopped == [1]


def test_an_interrupt_waits_for_those_at_work_and_for_nobody_else() -> None:
    ended: list[int] = []

    def work(item: int, stop: threading.Event) -> None:
        if item:
            os.kill(os.getpid(), signal.SIGINT)
            stop.wait(LONG)
            time.sleep(0.02)
            ended.append(item)
            raise StoppedError

    with at_once(), pytest.raises(KeyboardInterrupt):
        work_through([0, 0, 0, 1], work, jobs=4, farewell=LONG)

    assert ended == [1]


def test_a_thread_that_hears_nothing_does_not_hold_up_an_interrupt() -> None:
    released = threading.Event()

    def work(_: int, __: threading.Event) -> None:
        os.kill(os.getpid(), signal.SIGINT)
        released.wait(LONG)

    with at_once(), pytest.raises(KeyboardInterrupt):
        work_through([1], work, jobs=1, farewell=0.05)

    released.set()


def test_time_is_told_to_the_caller_while_others_work() -> None:
    told: list[int] = []
    often = threading.Event()

    def pulse() -> None:
        told.append(threading.get_ident())
        if len(told) == 4:
            often.set()

    began = time.monotonic()
    heard = work_through([1, 2], lambda _, __: often.wait(LONG), jobs=2, pulse=pulse)

    assert heard == [True, True]
    # Before the work, after it, and every tenth of a second while it lasts.
    assert len(told) <= 2 + (time.monotonic() - began) / 0.1
    assert set(told) == {threading.get_ident()}


def test_what_the_caller_raises_then_stops_the_work() -> None:
    heard = threading.Event()
    stop = threading.Event()

    def work(_: int, told: threading.Event) -> None:
        assert told is stop
        if told.wait(LONG):
            heard.set()
        raise StoppedError

    def pulse() -> None:
        if time.monotonic() - started > 0.1:
            raise LookupError("enough")

    started = time.monotonic()
    with at_once(), pytest.raises(LookupError, match="enough"):
        work_through([1], work, jobs=1, pulse=pulse, stop=stop, farewell=LONG)

    assert heard.is_set()


def test_work_that_is_stopped_before_it_began_is_not_begun() -> None:
    begun: list[int] = []

    def pulse() -> None:
        raise LookupError("not at all")

    with pytest.raises(LookupError, match="not at all"):
        work_through([1], lambda item, _: begun.append(item), jobs=1, pulse=pulse)

    assert begun == []


def test_threads_that_wait_are_joined_by_others_until_all_are_there() -> None:
    all_there = threading.Barrier(40)

    def work(_: int, __: threading.Event) -> bool:
        return all_there.wait(LONG) >= 0

    assert work_through(range(40), work, jobs=40) == [True] * 40


def test_threads_that_keep_the_processor_busy_stay_few(monkeypatch: pytest.MonkeyPatch) -> None:
    # The process has a processor for itself all the time, which a busy machine would not give it.
    monkeypatch.setattr(time, "process_time", time.monotonic)
    workers: set[int] = set()

    def work(_: int, __: threading.Event) -> None:
        workers.add(threading.get_ident())
        time.sleep(0.002)

    work_through(range(192), work, jobs=192)

    assert len(workers) <= 8
