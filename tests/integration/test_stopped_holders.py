"""Processes that are stopped, killed or far away while others wait for what they have."""

import json
import os
import re
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from modellock.errors import StoreInUseError
from modellock.ports.reporting import Reporter
from modellock.ports.settings import no_token
from modellock.shell.awaited import Awaited
from modellock.shell.downloads import Download
from modellock.shell.httpclient import HttpClient
from modellock.shell.lock_holders import holder_of
from modellock.shell.state_file import one_at_a_time
from modellock.shell.store import Store
from modellock.shell.store_partials import open_partial
from modellock.shell.store_turns import alone, beside_others
from modellock.shell.turns import end_turn, wait_for_turn
from modellock.testing import EmbeddedFiles
from tests.integration.large_file import CONTENT, DIGEST, HALF, PATH, SIZE, locked, ranges, shown
from tests.integration.local_project import Heard, LocalProject
from tests.integration.processes import ended, start
from tests.waiting import wait_until

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="nothing tells who is stopped"),
]
SINCE = r"since 20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ"


@pytest.fixture
def store(tmp_path: Path) -> str:
    (tmp_path / "store" / "v1").mkdir(parents=True)
    return str(tmp_path / "store")


@pytest.fixture
def files() -> Iterator[EmbeddedFiles]:
    with EmbeddedFiles({PATH: CONTENT}) as files:
        yield files


def stopped(work: Callable[[], object]) -> int:
    """Begin work in a process that stops itself, and wait until it has."""
    child = start(work)
    _, status = os.waitpid(child, os.WUNTRACED)
    assert os.WIFSTOPPED(status)
    return child


def stop_oneself() -> None:
    os.kill(os.getpid(), signal.SIGSTOP)


def go_on(child: int) -> int:
    """Continue a stopped process; its exit code."""
    os.kill(child, signal.SIGCONT)
    return ended(child)


def test_a_file_that_a_stopped_process_fetches_is_gone_on_with_beside_it(
    files: EmbeddedFiles, store: str
) -> None:
    def bring_half() -> None:
        partial = open_partial(Store(store), DIGEST, SIZE)
        assert partial is not None
        with closing(partial):
            partial.write(0, CONTENT[:HALF])
            stop_oneself()
            partial.write(HALF, b"too late")

    child = stopped(bring_half)
    heard = Heard()

    with HttpClient(token_for=no_token, reporter=heard) as client:
        download = Download(Store(store), client, locked(files), heard, silence=0.2)
        with closing(download):
            wait_until(download.begin)
            download.work()

    assert shown(Store(store)) == CONTENT
    assert ranges(files) == [f"bytes={HALF}-{SIZE - 1}"]
    (note,) = heard.notes
    assert (
        note == "m/w.bin: another process brought nothing of it for 0 s, so it is fetched here, too"
    )
    assert go_on(child) == 0
    assert shown(Store(store)) == CONTENT
    assert os.listdir(os.path.join(store, "v1", "staged")) == []


def test_what_comes_slowly_is_waited_for() -> None:
    now = 0.0
    awaited = Awaited(100 << 20, silence=2.0, clock=lambda: now)

    assert not awaited.is_deserted(0)
    now = 3.0
    assert not awaited.is_deserted(0)
    assert not awaited.is_deserted(1)
    now = 6.0
    assert not awaited.is_deserted(1)
    now = 6.1
    assert awaited.is_deserted(1)


def test_who_collects_names_a_process_that_was_stopped_with_the_store_in_its_hands(
    store: str,
) -> None:
    def use() -> None:
        with beside_others(store, Reporter(), "lock"):
            stop_oneself()

    child = stopped(use)

    with pytest.raises(StoreInUseError) as caught, alone(store, Reporter(), "gc", patience=0.4):
        pytest.fail("two at once")

    name = rf"`modellock lock` \(process {child} on {os.uname().nodename}, {SINCE}\)"
    assert re.search(f"still in use after 0 s, by {name}, which is stopped$", str(caught.value))
    assert go_on(child) == 0


def test_who_was_killed_is_not_named(store: str) -> None:
    def be_killed() -> None:
        with beside_others(store, Reporter(), "lock"):
            os.kill(os.getpid(), signal.SIGKILL)

    assert ended(start(be_killed)) == -signal.SIGKILL

    with (
        beside_others(store, Reporter()),
        pytest.raises(StoreInUseError, match="still in use after 0 s, by another process"),
        alone(store, Reporter(), "store gc", patience=0.4),
    ):
        pytest.fail("two at once")


@pytest.mark.parametrize("note", ["", "{}", "[" * 900, '{"command": 1}', "`modellock lock`"])
def test_what_nobody_noted_names_nobody(tmp_path: Path, note: str) -> None:
    (tmp_path / "lock").write_text(note)

    with (tmp_path / "lock").open() as file:
        assert holder_of(file.fileno()) is None


def test_who_is_on_another_machine_is_named_as_noted_there(tmp_path: Path) -> None:
    fields = {"command": "sync", "process": 1, "host": "build-1", "since": 0, "realm": "elsewhere"}
    (tmp_path / "lock").write_text(json.dumps(fields))

    with (tmp_path / "lock").open() as file:
        holder = holder_of(file.fileno())

    assert str(holder) == ("`modellock sync` (process 1 on build-1, since 1970-01-01T00:00:00Z)")


def test_a_sync_that_is_stopped_keeps_nobody_from_syncing_the_project(tmp_path: Path) -> None:
    project = LocalProject(tmp_path)
    project.put("m", {"w.bin": "weights"})

    def sync_for_ever() -> None:
        with one_at_a_time(project.project, Reporter(), "sync"):
            stop_oneself()

    child = stopped(sync_for_ever)
    heard = Heard()
    descriptor = os.open(project.directory / ".modellock" / "lock", os.O_RDWR)
    try:
        had = wait_for_turn(descriptor, heard, "waiting for another sync", patience=0.2)
    finally:
        end_turn(descriptor)

    assert not had
    name = rf"`modellock sync` \(process {child} on {os.uname().nodename}, {SINCE}\)"
    assert re.fullmatch(f"waiting for another sync: {name}, which is stopped", heard.notes[0])
    assert re.fullmatch(f"went on beside {name}, which is stopped", heard.warnings[0])
    assert go_on(child) == 0


def test_a_sync_that_lives_is_waited_for_and_named(tmp_path: Path) -> None:
    project = LocalProject(tmp_path)
    project.put("m", {"w.bin": "weights"})
    ready, go = os.pipe()

    def sync_until_told() -> None:
        os.close(go)
        with one_at_a_time(project.project, Reporter(), "sync"):
            os.kill(os.getpid(), signal.SIGSTOP)
            os.read(ready, 1)

    child = stopped(sync_until_told)
    os.kill(child, signal.SIGCONT)

    class Patient(Heard):
        def note(self, message: str) -> None:
            super().note(message)
            os.close(go)

    patient = Patient()
    with one_at_a_time(project.project, patient, "sync"):
        pass

    assert ended(child) == 0
    name = rf"`modellock sync` \(process {child} on {os.uname().nodename}, {SINCE}\)"
    waiting = f"waiting for another sync of this project: {name}"
    assert re.fullmatch(f"{waiting}(, which is stopped)?", patient.notes[0])
    assert patient.warnings == []
