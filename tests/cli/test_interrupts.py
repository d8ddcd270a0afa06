"""Ctrl-C and SIGTERM end a sync at once, whatever it waits for, and keep what is here."""

import os
import re
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress

import pytest

import modellock as api
from modellock.testing import EmbeddedHub, Lie
from tests.cli.command import Command
from tests.integration.wires import stalling
from tests.waiting import LONG, at_once, wait_until

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="no /proc"),
]

WEIGHTS = bytes(range(256)) * 12_000
Server = Callable[[], AbstractContextManager[str]]

SIGNALS = {signal.SIGINT: (130, "interrupted"), signal.SIGTERM: (143, "terminated")}


@pytest.fixture
def hub() -> Iterator[EmbeddedHub]:
    with EmbeddedHub() as hub:
        hub.publish("acme/m", {"model.safetensors": WEIGHTS})
        yield hub


@pytest.fixture
def project(modellock: Command, hub: EmbeddedHub, monkeypatch: pytest.MonkeyPatch) -> Command:
    monkeypatch.setenv("HF_ENDPOINT", hub.url)
    (modellock.folder / "models.toml").write_text('[models.m]\nhub = "acme/m"\n')
    api.lock(directory=modellock.folder, store=modellock.folder / "other")
    hub.requests.clear()
    return modellock


@contextmanager
def full() -> Iterator[str]:
    """An address where a connection is begun and never made: the queue of it is full."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener, ExitStack() as waiting:
        for _ in range(8):
            client = waiting.enter_context(socket.socket())
            client.setblocking(False)
            client.connect_ex(listener.getsockname())
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


@contextmanager
def silent_tls() -> Iterator[str]:
    """An address where a handshake is begun and never answered."""
    with stalling(b"") as url:
        yield url.replace("http:", "https:")


@contextmanager
def silent() -> Iterator[str]:
    with stalling(b"") as url:
        yield url


@contextmanager
def half_a_head() -> Iterator[str]:
    with stalling(b"HTTP/1.1 200 OK\r\nContent-") as url:
        yield url


@contextmanager
def half_a_body() -> Iterator[str]:
    with stalling(b"HTTP/1.1 200 OK\r\nContent-Length: 3072000\r\n\r\n" + WEIGHTS[:1000]) as url:
        yield url


@pytest.mark.parametrize("kind", SIGNALS)
@pytest.mark.parametrize("verb", ["lock", "sync"])
@pytest.mark.parametrize("server", [full, silent_tls, silent, half_a_head, half_a_body])
def test_a_server_that_says_nothing_holds_up_no_end(
    project: Command, server: Server, verb: str, kind: signal.Signals
) -> None:
    if verb == "lock":
        (project.folder / "models.lock").unlink()
    with server() as url:
        process = project.start(verb, HF_ENDPOINT=url)
        wait_until(lambda: has_socket(process))
        time.sleep(0.3)

        assert_ends(process, kind)
    assert not (project.folder / "models").exists()


@pytest.mark.parametrize("kind", SIGNALS)
@pytest.mark.parametrize("verb", ["lock", "sync"])
@pytest.mark.parametrize(
    ("lie", "words"),
    [
        (Lie.status(503, retry_after=LONG), "Waiting 120 s for "),
        (Lie.status(429, headers={"RateLimit": '"api";r=0;t=189'}), "Waiting 190 s for "),
        (Lie.delay(LONG), ""),
    ],
    ids=["503", "rate limit", "late"],
)
def test_a_server_that_wants_patience_holds_up_no_end(
    project: Command, hub: EmbeddedHub, lie: Lie, words: str, verb: str, kind: signal.Signals
) -> None:
    if verb == "lock":
        (project.folder / "models.lock").unlink()
    hub.lies.add("*", lie)
    process = project.start(verb, HF_ENDPOINT=hub.url)
    wait_until(lambda: len(hub.requests) > 0)
    assert process.stderr is not None
    said = process.stderr.readline() if words else ""

    assert_ends(process, kind)
    assert said.startswith(words)


@pytest.mark.parametrize("kind", SIGNALS)
def test_what_has_arrived_is_kept(project: Command, hub: EmbeddedHub, kind: signal.Signals) -> None:
    hub.lies.add("*", Lie.trickle(300_000), origin="objects")
    process = project.start("sync", HF_ENDPOINT=hub.url)
    wait_until(lambda: part_of(project) > 500_000)

    assert_ends(process, kind)

    hub.lies.clear()
    hub.requests.clear()
    assert project.run("sync", HF_ENDPOINT=hub.url).code == 0
    asked = next(request for request in hub.requests if request.origin == "objects")
    found = re.fullmatch(r"bytes=(\d+)-3071999", asked.headers["Range"])
    assert found is not None
    assert int(found[1]) > 400_000
    assert (project.folder / "models/m/model.safetensors").read_bytes() == WEIGHTS


def has_socket(process: subprocess.Popen[str]) -> bool:
    open_files = f"/proc/{process.pid}/fd"
    with suppress(FileNotFoundError):
        names = [os.path.join(open_files, number) for number in os.listdir(open_files)]
        return any(os.readlink(name).startswith("socket:") for name in names)
    return False


def part_of(project: Command) -> int:
    """Bytes of the partial file."""
    return sum(path.stat().st_size for path in project.store.glob("v1/staged/*.part"))


def assert_ends(process: subprocess.Popen[str], kind: signal.Signals) -> None:
    """It ends at once, and says why."""
    with at_once():
        process.send_signal(kind)
        _, stderr = process.communicate(timeout=LONG)
    code, word = SIGNALS[kind]
    assert (process.returncode, stderr.splitlines()[-1]) == (code, f"error: {word}")
