"""Clocks that are wrong or jump: what counts is a time that only goes forward, and the server's."""

import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from email.utils import formatdate
from pathlib import Path

import pytest

from modellock.testing import EmbeddedHub, Lie, Reply, Request
from tests.real.command import clean_environment, modellock
from tests.real.programs import program
from tests.waiting import LONG, wait_until

pytestmark = pytest.mark.real

CONTENT = {"config.json": b"{}" * 100, "model.safetensors": bytes(range(256)) * 12_000}
HOURS = ["+6h", "-6h"]

Refusal = Callable[[int], dict[str, str]]
"""The headers of a server that wants to be left alone until a moment."""


@pytest.fixture
def hub() -> Iterator[EmbeddedHub]:
    with EmbeddedHub() as hub:
        hub.publish("acme/m", CONTENT)
        yield hub


class Watch:
    """A clock that a process goes by, which can be set while it runs."""

    def __init__(self, folder: Path) -> None:
        faketime = program("faketime")
        preload = [faketime, "-m", "-f", "+0", "sh", "-c", 'printf %s "$LD_PRELOAD"']
        self._library = subprocess.run(preload, check=True, capture_output=True, text=True).stdout
        self._file = folder / "clock"
        self.set("+0")

    def set(self, offset: str) -> None:
        """Let the clock be wrong by so much from now on."""
        self._file.write_text(offset)

    @property
    def variables(self) -> dict[str, str]:
        return {
            "LD_PRELOAD": self._library,
            "FAKETIME_TIMESTAMP_FILE": str(self._file),
            "FAKETIME_NO_CACHE": "1",
            # As when an administrator sets the clock: CLOCK_MONOTONIC goes on.
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        }


@pytest.fixture
def watch(tmp_path: Path) -> Watch:
    return Watch(tmp_path)


@pytest.fixture
def project(tmp_path: Path, hub: EmbeddedHub) -> Path:
    """Locked by a right clock; its store is empty."""
    (tmp_path / "models.toml").write_text('[models.m]\nhub = "acme/m"\n')
    modellock("lock", folder=tmp_path, HF_ENDPOINT=hub.url)
    (tmp_path / ".cache").rename(tmp_path / "lost")
    hub.requests.clear()
    return tmp_path


def start(project: Path, hub: EmbeddedHub, watch: Watch) -> subprocess.Popen[str]:
    environ = {**clean_environment(), "HOME": str(project), "HF_ENDPOINT": hub.url}
    return subprocess.Popen(
        [sys.executable, "-m", "modellock", "--no-progress", "sync"],
        cwd=project,
        env={**environ, **watch.variables},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def ended(process: subprocess.Popen[str]) -> tuple[int, str]:
    _, stderr = process.communicate(timeout=LONG)
    return process.returncode, stderr


def assert_whole(project: Path) -> None:
    placed = project / "models/m"
    assert {path.name: path.read_bytes() for path in placed.iterdir()} == CONTENT


@pytest.mark.parametrize("hours", HOURS)
def test_a_wrong_clock_changes_nothing(
    project: Path, hub: EmbeddedHub, watch: Watch, hours: str
) -> None:
    watch.set(hours)

    assert ended(start(project, hub, watch)) == (0, "")
    assert_whole(project)
    hub.requests.clear()
    watch.set("+0")
    assert ended(start(project, hub, watch)) == (0, "")
    assert len(hub.requests) == 0


@pytest.mark.parametrize("hours", HOURS)
def test_a_jump_while_bytes_arrive_changes_nothing(
    project: Path, hub: EmbeddedHub, watch: Watch, hours: str
) -> None:
    hub.lies.add("model.safetensors", Lie.trickle(1_500_000), origin="objects")
    process = start(project, hub, watch)
    wait_for_requests(hub)

    watch.set(hours)

    assert ended(process) == (0, "")
    assert_whole(project)
    asked = [one.headers["Range"] for one in hub.requests if one.origin == "objects"]
    # Of a connection that a busy machine slows down, another may bring the rest.
    assert sum(span.startswith("bytes=0-") for span in asked) == 1


@pytest.mark.parametrize("hours", HOURS)
def test_a_jump_while_a_server_wants_to_be_left_alone_changes_nothing(
    project: Path, hub: EmbeddedHub, watch: Watch, hours: str
) -> None:
    asked: list[float] = []

    def note(_request: Request, reply: Reply) -> Reply:
        asked.append(time.monotonic())
        return reply

    hub.lies.add("model.safetensors", Lie(lambda *_: True, note), origin="objects")
    hub.lies.add("model.safetensors", Lie.status(503, retry_after=3), origin="objects", times=1)
    process = start(project, hub, watch)
    wait_until(lambda: asked)
    time.sleep(0.3)

    watch.set(hours)

    code, said = ended(process)
    assert code == 0
    assert said.startswith("Waiting 3 s for m/model.safetensors")
    assert 3 < asked[1] - asked[0] < LONG
    assert_whole(project)


@pytest.mark.parametrize("hours", HOURS)
@pytest.mark.parametrize(
    "headers",
    [
        lambda moment: {"Retry-After": formatdate(moment, usegmt=True)},
        lambda moment: {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(moment)},
    ],
    ids=["date", "reset"],
)
def test_a_moment_that_a_server_names_is_reckoned_by_its_own_clock(
    project: Path, hub: EmbeddedHub, watch: Watch, headers: Refusal, hours: str
) -> None:
    watch.set(hours)
    hub.lies.add("model.safetensors", refusal(headers), origin="objects", times=1)

    code, said = ended(start(project, hub, watch))

    assert code == 0
    assert re.fullmatch(r"Waiting 3 s for m/model.safetensors: .* answered 429\n", said)
    assert_whole(project)


def refusal(headers: Refusal) -> Lie:
    """Too many requests, until three seconds after it is told."""

    def tell(_request: Request, _reply: Reply) -> Reply:
        now = int(time.time())
        return Reply(status=429, headers={"Date": formatdate(now, usegmt=True), **headers(now + 3)})

    return Lie(lambda _request, reply: reply.is_file, tell, is_last=True)


def wait_for_requests(hub: EmbeddedHub) -> None:
    wait_until(lambda: any(request.origin == "objects" for request in hub.requests))
    time.sleep(0.3)
