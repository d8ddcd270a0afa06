"""What a program sees of a call while it lasts, and how it ends one early."""

import functools
import hashlib
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress

import pytest

import modellock
from modellock import FileProgress, Phase, Progress
from modellock.errors import CancelledError
from modellock.testing import Lie
from tests.integration.programs import LARGE, SMALL, Program
from tests.waiting import LONG, at_once, wait_until

pytestmark = pytest.mark.slow

LARGE_NAME = hashlib.sha256(LARGE).hexdigest()
HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 3072000\r\n\r\n"


class Bar:
    """What a progress bar was told."""

    def __init__(self) -> None:
        self.told: list[Progress] = []
        self.threads: set[int] = set()

    def __call__(self, progress: Progress) -> None:
        self.told.append(progress)
        self.threads.add(threading.get_ident())

    def of(self, phase: Phase) -> list[Progress]:
        return [progress for progress in self.told if progress.phase is phase]


class Switch:
    """A `cancel` that is on once something holds."""

    def __init__(self, holds: Callable[[], object]) -> None:
        self._holds = holds

    def is_set(self) -> bool:
        return bool(self._holds())


def test_a_bar_knows_the_total_before_the_first_byte_and_ends_full(program: Program) -> None:
    program.declare(encoder=LARGE)
    program.hub.lies.add("model.safetensors", Lie.trickle(6_000_000))
    bar = Bar()

    modellock.sync(progress=bar)

    fetching = bar.of(Phase.FETCHING)
    assert (fetching[0].received, fetching[0].total, fetching[0].files) == (0, 3_072_005, 2)
    assert (fetching[-1].received, fetching[-1].files_done) == (3_072_005, 2)
    assert [progress.received for progress in fetching] == sorted(
        progress.received for progress in fetching
    )
    assert bar.told[-1].phase is Phase.PLACING
    assert bar.told[-1].model == "encoder"


def test_each_file_on_its_way_is_told_with_its_own_bytes(program: Program) -> None:
    program.declare(encoder=LARGE)
    program.hub.lies.add("model.safetensors", Lie.trickle(1_000_000))
    bar = Bar()

    modellock.sync(progress=bar)

    halfway, file = next(
        (progress, one)
        for progress in bar.told
        for one in progress.in_flight
        if one.file == "model.safetensors" and one.received
    )
    assert isinstance(file, FileProgress)
    assert (file.model, file.size) == ("encoder", 3_072_000)
    assert file.received < 3_072_000
    assert halfway.model == "encoder"


def test_bytes_that_came_for_nothing_are_taken_back(program: Program) -> None:
    program.declare(encoder=LARGE)
    program.hub.lies.add("model.safetensors", Lie.RESET_MIDWAY, times=1)
    bar = Bar()

    modellock.sync(progress=bar)

    last = bar.of(Phase.FETCHING)[-1]
    assert (last.received, last.total, last.files_done) == (3_072_005, 3_072_005, 2)


def test_a_file_that_is_given_up_is_none_that_is_done(program: Program) -> None:
    program.declare(encoder=LARGE)
    program.hub.lies.add("model.safetensors", Lie.WRONG_BYTES)
    bar = Bar()

    with pytest.raises(modellock.errors.MismatchError):
        modellock.sync(progress=bar)

    assert bar.told[-1].files_done < 2
    assert bar.of(Phase.PLACING) == []


def test_the_call_back_comes_in_the_calling_thread_ten_times_a_second(program: Program) -> None:
    program.declare(encoder=LARGE)
    program.hub.lies.add("model.safetensors", Lie.trickle(1_000_000))
    bar, began = Bar(), time.monotonic()

    modellock.sync(progress=bar)

    seconds = time.monotonic() - began
    assert bar.threads == {threading.get_ident()}
    assert 4 <= len(bar.of(Phase.FETCHING)) <= 10 * seconds + 4


def test_a_slow_call_back_holds_up_no_byte(program: Program) -> None:
    program.declare(encoder=LARGE)
    program.hub.lies.add("model.safetensors", Lie.trickle(3_000_000))
    some: list[int] = []

    def dally(progress: Progress) -> None:
        if some or 5 < progress.received < progress.total:
            some.append(progress.received)
            wait_until(lambda: LARGE_NAME in program.stored)

    modellock.sync(progress=dally)

    # All the rest arrived while it dallied.
    assert some[1] == 3_072_005


def test_a_sync_with_nothing_to_do_tells_nothing(program: Program) -> None:
    program.declare(encoder=LARGE)
    modellock.sync()
    bar = Bar()

    modellock.sync(progress=bar)

    assert bar.told == []


def test_who_waits_for_a_server_is_told_why(program: Program) -> None:
    program.declare(encoder=LARGE)
    program.hub.lies.add("model.safetensors", Lie.status(503, retry_after=2), times=1)
    bar = Bar()

    modellock.sync(progress=bar)

    host = program.hub.url.removeprefix("http://")
    assert f"{host} answered 503" in {progress.waiting for progress in bar.told}
    assert bar.told[-1].waiting is None


def test_a_lock_tells_which_model_it_resolves(program: Program) -> None:
    program.hub.publish("acme/encoder", {"config.json": b"{}"})
    (program.directory / "models.toml").write_text('[models.encoder]\nhub = "acme/encoder"\n')
    bar = Bar()

    modellock.lock(progress=bar)

    assert bar.of(Phase.RESOLVING)[-1].model == "encoder"


def test_what_a_call_back_raises_ends_the_call_and_is_raised_by_it(program: Program) -> None:
    program.declare(encoder=LARGE)
    program.hub.lies.add("model.safetensors", Lie.trickle(100_000))

    def close(progress: Progress) -> None:
        if progress.received > 10_000:
            raise LookupError("the window was closed")

    with pytest.raises(LookupError, match="the window was closed"):
        modellock.sync(progress=close)

    assert program.placed == []
    assert LARGE_NAME not in program.stored


def test_the_end_of_an_iterator_is_raised_as_well(program: Program) -> None:
    program.declare(encoder=LARGE)
    turns = iter(())

    with pytest.raises(StopIteration):
        modellock.sync(progress=lambda _: next(turns))

    assert program.placed == []


@pytest.mark.parametrize("has_cause", [True, False])
def test_what_is_raised_has_the_cause_and_the_context_that_it_had(
    program: Program, has_cause: bool
) -> None:
    program.declare(encoder=LARGE)
    first = ZeroDivisionError("no width")

    def draw(_: Progress) -> None:
        try:
            raise first
        except ZeroDivisionError as error:
            if has_cause:
                raise LookupError("no window") from error
            raise LookupError("no window")  # noqa: B904 - without a cause on purpose

    with pytest.raises(LookupError) as caught:
        modellock.sync(progress=draw)

    assert caught.value.__cause__ is (first if has_cause else None)
    assert (caught.value.__context__, caught.value.__suppress_context__) == (first, has_cause)


def test_nor_is_an_error_of_modellock_taken_for_one_of_a_model(program: Program) -> None:
    program.declare(encoder=LARGE)

    def refuse(_: Progress) -> None:
        raise modellock.errors.UsageError("of the program's own")

    with pytest.raises(modellock.errors.UsageError, match="of the program's own"):
        modellock.sync(progress=refuse)

    assert program.placed == []


def test_a_cancelled_sync_shows_nothing_and_the_next_one_goes_on(program: Program) -> None:
    program.declare(encoder=LARGE)
    program.hub.lies.add("model.safetensors", Lie.trickle(200_000))
    small = hashlib.sha256(SMALL).hexdigest()

    with pytest.raises(CancelledError) as caught:
        modellock.sync(cancel=Switch(lambda: small in program.stored))

    assert caught.value.code == "cancelled"
    assert program.placed == []
    assert LARGE_NAME not in program.stored

    program.hub.lies.clear()
    result = modellock.sync()
    assert list(result.fetches) == ["encoder/model.safetensors"]
    assert modellock.status().is_whole


def test_models_that_were_switched_before_the_cancel_stay_whole(program: Program) -> None:
    program.declare(first=LARGE, second=LARGE[::-1])
    cancel = threading.Event()

    def stop_at_second(progress: Progress) -> None:
        if progress.phase is Phase.PLACING and progress.model == "second":
            cancel.set()

    with pytest.raises(CancelledError):
        modellock.sync(progress=stop_at_second, cancel=cancel)

    assert [path for path in program.placed if not path.startswith("first/")] == []
    assert [model.condition for model in modellock.status().models] == ["placed", "missing"]


def test_a_copy_on_its_way_is_cancelled_and_leaves_nothing(program: Program) -> None:
    program.declare(encoder=LARGE)
    copying = threading.Event()

    def see(progress: Progress) -> None:
        if progress.phase is Phase.PLACING:
            copying.set()

    with pytest.raises(CancelledError):
        modellock.sync(link_mode="copy", progress=see, cancel=copying)

    left = [path for path in program.directory.rglob("*") if path.is_file()]
    assert {path.name for path in left} <= {"models.toml", "models.lock", "state.json", "lock"} | {
        path.name for path in (program.directory / ".modellock").iterdir()
    }


@pytest.mark.parametrize(
    "lie",
    [
        Lie.delay(LONG),
        Lie.status(503, retry_after=LONG),
        Lie.trickle(1),
    ],
    ids=["silence before the head", "a wait between tries", "a byte a second"],
)
def test_a_cancel_is_heard_within_a_second_while_a_server_is_slow(
    program: Program, lie: Lie
) -> None:
    program.declare(encoder=LARGE)
    program.hub.lies.add("model.safetensors", lie)

    assert_cancelled_at_once(modellock.sync, lambda: program.hub.requests)


@pytest.mark.parametrize("start_of_reply", [b"", HEAD, HEAD + LARGE[:2_000_000]])
def test_and_while_one_is_silent_for_good(
    program: Program, start_of_reply: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    program.declare(encoder=LARGE)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        answered: list[socket.socket] = []
        answering = threading.Thread(
            target=answer_once, args=(listener, start_of_reply, answered), daemon=True
        )
        answering.start()
        port = listener.getsockname()[1]
        monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{port}")

        assert_cancelled_at_once(modellock.sync, lambda: answered)

    assert program.placed == []


@pytest.mark.parametrize("lie", [Lie.delay(LONG), Lie.status(503, retry_after=LONG)])
def test_a_lock_hears_a_cancel_within_a_second_too(program: Program, lie: Lie) -> None:
    program.hub.publish("acme/encoder", {"config.json": b"{}"})
    (program.directory / "models.toml").write_text('[models.encoder]\nhub = "acme/encoder"\n')
    program.hub.lies.add("/api/*", lie)

    assert_cancelled_at_once(modellock.lock, lambda: program.hub.requests)
    assert not (program.directory / "models.lock").exists()


def test_nothing_is_asked_any_more_once_a_call_was_cancelled(program: Program) -> None:
    program.declare(encoder=LARGE)
    program.hub.lies.add("*", Lie.status(503, retry_after=3))
    assert_cancelled_at_once(modellock.sync, lambda: program.hub.requests)
    time.sleep(0.5)  # what was on its way arrives
    asked = len(program.hub.requests)

    time.sleep(4)

    assert len(program.hub.requests) == asked


def test_a_sync_that_waits_for_another_one_can_be_cancelled(program: Program) -> None:
    program.declare(encoder=LARGE)
    program.hub.lies.add("model.safetensors", Lie.delay(LONG))
    first = threading.Event()
    other = threading.Thread(target=sync_until, args=(first,))
    other.start()
    wait_until(lambda: program.hub.requests)

    try:
        assert_cancelled_at_once(modellock.sync, lambda: True)
    finally:
        first.set()
        other.join()


def test_a_call_that_is_cancelled_before_it_begins_asks_nobody(program: Program) -> None:
    program.declare(encoder=LARGE)
    cancel = threading.Event()
    cancel.set()

    for call in (modellock.sync, modellock.lock, functools.partial(modellock.lock, check=True)):
        with pytest.raises(CancelledError):
            call(cancel=cancel)

    assert len(program.hub.requests) == 0


def test_a_deep_verify_can_be_cancelled(program: Program) -> None:
    program.declare(encoder=LARGE)
    modellock.sync()

    with pytest.raises(CancelledError):
        modellock.verify(deep=True, cancel=Switch(lambda: True))


def assert_cancelled_at_once(call: Callable[..., object], begun: Callable[[], object]) -> None:
    """A call that is told to end, soon after something is seen to have begun, ends."""
    cancel = threading.Event()

    def end() -> None:
        wait_until(begun)
        time.sleep(0.3)  # by then it waits for what does not come
        cancel.set()

    threading.Thread(target=end).start()
    with at_once(), pytest.raises(CancelledError):
        call(cancel=cancel)


def sync_until(cancel: threading.Event) -> None:
    with pytest.raises(CancelledError):
        modellock.sync(cancel=cancel)


def answer_once(
    listener: socket.socket, start_of_reply: bytes, answered: list[socket.socket]
) -> None:
    """Say the beginning of something, and nothing more for as long as the test lasts."""
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        with suppress(OSError):  # the call has ended
            connection.recv(65536)
            connection.sendall(start_of_reply)
        answered.append(connection)
