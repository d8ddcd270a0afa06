"""What a person sees: progress is drawn on a terminal, and gone when the result is there."""

import fcntl
import os
import pty
import re
import signal
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
from tests.waiting import LONG

pytestmark = pytest.mark.slow

MODEL = {"model-[red]1.safetensors": b"w" * 3_000_000, "config.json": b"{}"}


@contextmanager
def big_model(modellock: Command, rate: int = 1_000_000) -> Iterator[dict[str, str]]:
    """A locked project with a file of 3 MB; the variables that lead to its Hub.

    `rate` is in bytes a second.
    """
    declare(modellock, '[models.big]\nhub = "acme/big"\n')
    with EmbeddedHub() as hub:
        hub.publish("acme/big", MODEL)
        variables = {"HF_ENDPOINT": hub.url}
        assert modellock.run("lock", **variables).code == 0
        hub.lies.add("*.safetensors", Lie.trickle(rate))
        yield variables


def on_terminal(
    modellock: Command,
    *words: str,
    columns: int,
    interrupt_after: str | None = None,
    **variables: str,
) -> tuple[str, str]:
    """What stdout, which is a pipe, and stderr, which is a terminal, received."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    environ = modellock.environ(**{"TERM": "xterm", **variables})
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
    seen = b""
    while block := _read(ours):
        seen += block
        if interrupt_after is not None and interrupt_after in seen.decode(errors="replace"):
            process.send_signal(signal.SIGINT)
            interrupt_after = None
    os.close(ours)
    stdout, _ = process.communicate(timeout=LONG)
    return stdout, seen.decode()


def _read(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, 1 << 16)
    except OSError:  # on Linux, how a terminal says that nobody writes to it any more
        return b""


@pytest.mark.parametrize("columns", [40, 80, 200])
def test_bars_show_all_bytes_and_each_large_file(columns: int, modellock: Command) -> None:
    with big_model(modellock) as variables:
        stdout, seen = on_terminal(modellock, "sync", columns=columns, **variables)

    assert "Synced 1 model, 2 files (3.0 MB) in " in stdout
    assert "Fetching" in seen
    assert "model-[red]1" in seen
    assert ("of 3.0 MB" in seen) == (columns > 40)
    assert all(len(line) < columns for line in lines_of(seen))
    assert seen.endswith("\x1b[2K")  # the last thing drawn is an empty line


def lines_of(seen: str) -> list[str]:
    """What was drawn, line by line, without the sequences that color it or move the cursor."""
    return re.split(r"[\r\n]+", re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", seen))


def test_a_wait_is_drawn_with_its_reason_and_its_seconds(modellock: Command) -> None:
    with big_model(modellock) as variables, EmbeddedHub() as hub:
        hub.publish("acme/big", MODEL)
        hub.lies.add("*.safetensors", Lie.status(429, retry_after=3), times=1)
        variables["HF_ENDPOINT"] = hub.url
        _, seen = on_terminal(modellock, "sync", columns=80, **variables)

    assert re.search(r"waiting [1-3] s: 127\.0\.0\.1", seen)
    assert "answered 429" in seen


def test_an_interrupted_run_leaves_a_clean_terminal_and_says_what_is_kept(
    modellock: Command,
) -> None:
    with big_model(modellock) as variables:
        _, seen = on_terminal(modellock, "sync", columns=80, interrupt_after="B/s", **variables)

    shown, _, said = seen.rpartition("\x1b[2K")
    assert "What has arrived is kept: the next run goes on from there\r\n" in shown
    assert said == "\x1b[1;31merror:\x1b[0m interrupted\r\n"
    assert seen.rfind("\x1b[?25h") > seen.rfind("\x1b[?25l")  # the cursor is there again


def test_without_colors_there_are_bars_all_the_same(modellock: Command) -> None:
    with big_model(modellock) as variables:
        _, seen = on_terminal(modellock, "sync", columns=80, NO_COLOR="1", **variables)

    assert "━" in seen
    assert not re.search(r"\x1b\[[0-9;]*m", seen.replace("\x1b[0m", ""))


@pytest.mark.parametrize(
    ("words", "variables"), [(["--no-progress"], {}), ([], {"TERM": "dumb"}), (["--quiet"], {})]
)
def test_a_terminal_stays_empty_where_nothing_may_be_drawn(
    words: list[str], variables: dict[str, str], modellock: Command
) -> None:
    with big_model(modellock) as found:
        _, seen = on_terminal(modellock, "sync", *words, columns=80, **found, **variables)

    assert seen == ""


def test_a_log_of_a_quick_run_stays_empty(modellock: Command) -> None:
    with big_model(modellock, rate=20_000_000) as variables:
        ended = modellock.run("sync", **variables)

    assert ended.stderr == ""
