"""How a process ends that nobody let finish, and what it says when modellock itself is wrong."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable

import pytest

from modellock.testing import Lie
from tests.cli.command import Command
from tests.cli.world import DETECTOR, MINILM, declare, upstream


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.mark.parametrize(
    ("number", "code", "word"),
    [(signal.SIGINT, 130, "interrupted"), (signal.SIGTERM, 143, "terminated")],
)
@pytest.mark.parametrize("verb", ["lock", "sync"])
def test_a_stopped_command_ends_soon_and_says_so(
    verb: str, number: int, code: int, word: str, modellock: Command
) -> None:
    declare(modellock, DETECTOR)
    with upstream() as world:
        if verb == "sync":
            modellock.run("lock", **world.variables)
            world.forget_requests()
        world.hub.lies.add("*", Lie.delay(8))
        process = modellock.start(verb, **world.variables)
        wait_until(lambda: world.request_count > 0)

        process.send_signal(number)
        began = time.monotonic()
        stdout, stderr = process.communicate(timeout=20)

        assert time.monotonic() - began < 5
    assert (process.returncode, stdout, stderr) == (code, "", f"error: {word}\n")
    assert not (modellock.folder / "models").exists()


def test_a_stopped_command_with_json_is_a_document_too(modellock: Command) -> None:
    declare(modellock, MINILM)
    with upstream() as world:
        world.hub.lies.add("*", Lie.delay(8))
        process = modellock.start("lock", "--json", **world.variables)
        wait_until(lambda: world.request_count > 0)

        process.terminate()
        stdout, _ = process.communicate(timeout=20)

    assert process.returncode == 143
    assert json.loads(stdout)["error"]["code"] == "terminated"


def test_a_directory_that_cannot_be_written_to_is_named(modellock: Command) -> None:
    if os.geteuid() == 0:
        pytest.skip("root may write everywhere")
    modellock.folder.chmod(0o555)

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
