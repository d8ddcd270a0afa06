"""How a process ends that nobody let finish, and what it says when modellock itself is wrong."""

import json
import os
import signal
import subprocess
import sys

import pytest

from modellock.testing import Lie
from tests.cli.command import Command
from tests.cli.world import DETECTOR, MINILM, declare, declare_local, upstream
from tests.waiting import LONG, at_once, wait_until

pytestmark = pytest.mark.slow


def test_an_interrupted_sync_ends_soon_and_says_so(modellock: Command) -> None:
    declare(modellock, DETECTOR)
    with upstream() as world:
        modellock.run("lock", **world.variables)
        world.forget_requests()
        world.hub.lies.add("*", Lie.delay(LONG))
        process = modellock.start("sync", **world.variables)
        wait_until(lambda: world.request_count > 0)

        with at_once():
            process.send_signal(signal.SIGINT)
            stdout, stderr = process.communicate(timeout=LONG)
    assert (process.returncode, stdout, stderr) == (130, "", "error: interrupted\n")
    assert not (modellock.folder / "models").exists()


def test_a_terminated_lock_ends_soon_and_leaves_a_document(modellock: Command) -> None:
    declare(modellock, MINILM)
    with upstream() as world:
        world.hub.lies.add("*", Lie.delay(LONG))
        process = modellock.start("lock", "--json", **world.variables)
        wait_until(lambda: world.request_count > 0)

        with at_once():
            process.terminate()
            stdout, stderr = process.communicate(timeout=LONG)
    assert (process.returncode, stderr) == (143, "error: terminated\n")
    assert json.loads(stdout)["error"]["code"] == "terminated"
    assert not (modellock.folder / "models.lock").exists()


def test_a_directory_that_cannot_be_written_to_is_named(modellock: Command) -> None:
    modellock.folder.chmod(0o555)
    if os.access(modellock.folder, os.W_OK):
        pytest.skip("this user may write everywhere")

    ended = modellock.run("init")

    modellock.folder.chmod(0o755)
    assert ended.code == 2
    assert ended.stderr == f"error: {modellock.folder}/models.toml: Permission denied\n"


def test_a_full_disk_is_told_with_what_is_free(modellock: Command) -> None:
    if not os.path.exists("/dev/full"):
        pytest.skip("no /dev/full")
    with open("/dev/full", "w") as full:
        ended = subprocess.run(
            [sys.executable, "-m", "modellock", "--version"],
            env=modellock.environ(),
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )

    assert ended.returncode == 3
    assert ended.stderr.startswith("error: ")
    assert "No space left on device" in ended.stderr


@pytest.mark.skipif(os.name == "nt", reason="a POSIX shell")
@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&-", "<&- >&- 2>&-"])
@pytest.mark.parametrize(("line", "code"), [("status", 0), ("sync --json", 0), ("path none", 2)])
def test_a_stream_that_was_closed_swallows_what_it_gets(
    modellock: Command, line: str, code: int, closed: str
) -> None:
    declare_local(modellock, "small")
    modellock.run("lock")
    modellock.run("sync")

    ended = subprocess.run(
        ["sh", "-c", f"exec {sys.executable} -m modellock {line} {closed}"],
        cwd=modellock.folder,
        env=modellock.environ(),
        capture_output=True,
        text=True,
        check=False,
    )

    assert ended.returncode == code
    assert "Traceback" not in ended.stderr
    assert modellock.run("status").code == 0
