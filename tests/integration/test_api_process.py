"""What a call is to its process: any thread, any event loop, no streams needed, no traces left."""

import asyncio  # noqa: TID251 - what programs use, not what modellock is made of
import json
import os
import threading

import pytest

import modellock
from modellock.errors import CancelledError
from modellock.testing import Lie
from tests.integration.programs import LARGE, SMALL, Program
from tests.waiting import AT_ONCE, LONG, wait_until

pytestmark = pytest.mark.slow

WATCHING = """
import json, logging, os, signal, sys, threading, time, warnings

def process():
    return {
        "environ": dict(os.environ),
        "signals": [str(signal.getsignal(one)) for one in sorted(signal.valid_signals())],
        "directory": os.getcwd(),
        "umask": (mask := os.umask(0)) + 0 * os.umask(mask),
        "log level": logging.getLogger().level,
        "log handlers": len(logging.getLogger().handlers),
        "filters": len(warnings.filters),
        "switch": sys.getswitchinterval(),
        "hook": str(sys.excepthook) + str(threading.excepthook),
        "streams": [id(sys.stdin), id(sys.stdout), id(sys.stderr)],
    }
"""


def test_a_call_leaves_the_process_as_it_was(program: Program) -> None:
    program.declare(encoder=LARGE)
    program.hub.publish("acme/encoder", {"config.json": b'{"new": 1}'})

    said = program.run(f"""{WATCHING}
before = process()
import modellock
modellock.update("encoder")
modellock.sync(progress=lambda _: None, cancel=threading.Event())
modellock.verify(deep=True)
after = process()
print(json.dumps([name for name in before if before[name] != after[name]]))
    """)

    assert json.loads(said) == []


def test_nothing_of_a_call_is_in_the_logs_of_the_program(program: Program) -> None:
    """An HTTP library logs each URL for whoever wants to know, and those of a CDN are signed."""
    program.declare(encoder=LARGE)
    program.hub.publish("acme/encoder", {"config.json": b'{"new": 1}'})

    said = program.run(f"""
import io, logging
log = io.StringIO()
logging.basicConfig(stream=log, level=1, format="%(name)s %(message)s")
import modellock
modellock.update("encoder")
modellock.sync()
ours = log.getvalue()
import httpx
httpx.get("{program.hub.url}/api/models/acme/encoder", timeout=60)
print(len(ours), "httpx HTTP Request: GET" in log.getvalue())
    """)

    assert said == "0 True\n"


def test_it_works_where_there_are_no_streams(program: Program) -> None:
    program.declare(encoder=LARGE)
    program.hub.publish("acme/encoder", {"config.json": b'{"new": 1}'})

    program.run("""
import sys
sys.stdin = sys.stdout = sys.stderr = sys.__stdout__ = sys.__stderr__ = None
import modellock
modellock.update("encoder")
modellock.sync()
modellock.path("encoder")
open("done", "w").close()
    """)

    assert (program.directory / "done").exists()


def test_two_threads_sync_one_project_in_turns(program: Program) -> None:
    program.declare(encoder=LARGE)
    results: list[modellock.SyncResult] = []
    threads = [threading.Thread(target=lambda: results.append(modellock.sync())) for _ in range(4)]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(len(result.fetches) for result in results) == [0, 0, 0, 2]
    assert modellock.verify(deep=True).is_whole


def test_threads_sync_different_projects_at_once_from_one_store(program: Program) -> None:
    program.declare(encoder=LARGE)
    others = [program.directory.with_name(f"other-{number}") for number in range(4)]
    for other in others:
        other.mkdir()
        (other / "models.lock").write_bytes((program.directory / "models.lock").read_bytes())
    failed: list[BaseException] = []

    def sync(number: int) -> None:
        try:
            modellock.sync(directory=others[number])
        except BaseException as error:  # noqa: BLE001 - told by the test's own thread
            failed.append(error)

    threads = [threading.Thread(target=sync, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failed == []
    assert all(modellock.verify(directory=other, deep=True).is_whole for other in others)


def test_an_event_loop_hands_a_call_to_a_thread_and_ends_it(program: Program) -> None:
    program.declare(encoder=LARGE)
    program.hub.lies.add("model.safetensors", Lie.trickle(10_000))
    cancel = threading.Event()

    async def application() -> None:
        downloading = asyncio.create_task(asyncio.to_thread(modellock.sync, cancel=cancel))
        await asyncio.sleep(0.2)
        cancel.set()
        with pytest.raises(CancelledError):
            await asyncio.wait_for(downloading, AT_ONCE)

    asyncio.run(application())


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_child_that_was_forked_calls_as_its_parent_did(program: Program) -> None:
    program.declare(encoder=LARGE, other=SMALL)

    program.run("""
import os, warnings
warnings.simplefilter("ignore")  # of forking while threads run
import modellock
modellock.update(all=True)
modellock.sync(models=["encoder"])
child = os.fork()
if not child:
    modellock.update(all=True)
    modellock.sync(models=["other"])
    modellock.path("other")
    os._exit(0)
_, status = os.waitpid(child, 0)
assert status == 0, status
    """)

    assert modellock.status().is_whole


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_child_that_is_forked_during_a_sync_keeps_nobody_waiting(program: Program) -> None:
    """It has a copy of everything that is open, of the lock by which syncs take turns, too."""
    program.declare(encoder=LARGE)
    program.hub.lies.add("model.safetensors", Lie.delay(3))

    def mark() -> None:
        wait_until(lambda: program.hub.requests)
        (program.directory / "asked").touch()

    threading.Thread(target=mark).start()
    program.run("""
import os, signal, threading, time, warnings
warnings.simplefilter("ignore")  # of forking while threads run
import modellock
syncing = threading.Thread(target=modellock.sync)
syncing.start()
while not os.path.exists("asked"):
    time.sleep(0.01)
child = os.fork()
if not child:
    time.sleep(600)
    os._exit(1)
syncing.join()
cancel = threading.Event()
threading.Timer(30, cancel.set).start()
os.rename("models", "elsewhere")
modellock.sync(cancel=cancel)
os.kill(child, signal.SIGKILL)
os._exit(0)
    """)

    assert modellock.status().is_whole


def test_a_program_that_ends_does_not_wait_for_a_server_that_is_silent(program: Program) -> None:
    program.declare(encoder=LARGE)
    program.hub.lies.add("model.safetensors", Lie.delay(LONG))

    said = program.run("""
import threading, time, modellock
cancel = threading.Event()
threading.Timer(0.3, cancel.set).start()
try:
    modellock.sync(cancel=cancel)
except modellock.errors.CancelledError:
    print(sum(thread.daemon is False for thread in threading.enumerate()))
    """)

    assert said == "1\n"


def test_each_name_loads_no_more_than_it_needs(program: Program) -> None:
    program.declare(encoder=LARGE)
    modellock.sync()

    said = program.run("""
import json, sys
import modellock
modellock.path("encoder")
modellock.LinkMode, modellock.errors.CancelledError
late = {"httpx", "huggingface_hub", "rich", "tomlkit", "packaging"}
print(json.dumps(sorted(late & set(sys.modules))))
modellock.sync()
print(json.dumps(sorted(late & set(sys.modules))))
    """)

    assert [json.loads(line) for line in said.splitlines()] == [[], []]
