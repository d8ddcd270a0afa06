import threading
import time

import pytest

from modellock.crew import StoppedError, work_through


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


def test_no_work_needs_no_threads() -> None:
    before = threading.active_count()

    assert work_through([], lambda item, _: item, jobs=8) == []
    assert threading.active_count() == before


def test_what_escapes_from_one_thread_stops_the_others_and_is_raised() -> None:
    stopped: list[int] = []
    both_at_work = threading.Barrier(2)

    def work(item: int, stop: threading.Event) -> None:
        both_at_work.wait(5)
        if item == 0:
            raise KeyError("defect")
        stop.wait(5)
        stopped.append(item)
        raise StoppedError

    started = time.monotonic()
    with pytest.raises(KeyError, match="defect"):
        work_through([0, 1, 2], work, jobs=2)

    assert time.monotonic() - started < 2
    assert stopped == [1]
