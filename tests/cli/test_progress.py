"""What a person sees: progress is drawn on a terminal, and gone when the result is there."""

import fcntl
import os
import pty
import struct
import subprocess
import sys
import termios
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from modellock.testing import EmbeddedHub, Lie
from tests.cli.command import Command
from tests.cli.world import declare

WEIGHTS = b"w" * 12_000_000


@contextmanager
def big_model(modellock: Command) -> Iterator[dict[str, str]]:
    """A locked project with a file that takes half a second; the variables that lead to its Hub."""
    declare(modellock, '[models.big]\nhub = "acme/big"\n')
    with EmbeddedHub() as hub:
        hub.publish("acme/big", {"model-[red]1.safetensors": WEIGHTS, "config.json": b"{}"})
        variables = {"HF_ENDPOINT": hub.url}
        assert modellock.run("lock", **variables).code == 0
        hub.lies.add("*.safetensors", Lie.trickle(20_000_000))
        yield variables


def on_terminal(modellock: Command, *words: str, columns: int, **variables: str) -> tuple[str, str]:
    """What stdout, which is a pipe, and stderr, which is a terminal, received."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    environ = {**modellock.environ(**variables), "TERM": "xterm"}
    del environ["COLUMNS"]
    process = subprocess.Popen(
        [sys.executable, "-m", "modellock", *words],
        cwd=modellock.folder,
        env=environ,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=theirs,
        text=True,
    )
    os.close(theirs)
    seen = b"".join(iter(lambda: _read(ours), b""))
    os.close(ours)
    stdout, _ = process.communicate(timeout=30)
    return stdout, seen.decode()


def _read(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, 1 << 16)
    except OSError:  # on Linux, how a terminal says that nobody writes to it any more
        return b""


@pytest.mark.parametrize("columns", [80, 200])
def test_bars_show_all_bytes_and_each_large_file(columns: int, modellock: Command) -> None:
    with big_model(modellock) as variables:
        stdout, seen = on_terminal(modellock, "sync", columns=columns, **variables)

    assert "Synced 1 model, 2 files (12.0 MB) in " in stdout
    assert "Fetching" in seen
    assert "of 12.0 MB" in seen
    assert "[red]1.safetensors" in seen
    assert seen.endswith("\x1b[2K")  # the last thing drawn is an empty line


def test_without_progress_a_terminal_stays_empty(modellock: Command) -> None:
    with big_model(modellock) as variables:
        _, seen = on_terminal(modellock, "sync", "--no-progress", columns=80, **variables)

    assert seen == ""


def test_a_log_has_lines_in_place_of_bars(modellock: Command) -> None:
    with big_model(modellock) as variables:
        ended = modellock.run("sync", **variables)

    assert ended.stderr == (
        "Fetching 1 file (12.0 MB)\nFetching big/model-[red]1.safetensors (12.0 MB)\n"
    )
