"""What type checkers make of programs that call modellock: those of the pages, and one more."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.markdown import blocks

pytestmark = pytest.mark.docs

pytest.importorskip("mypy")

PROGRAM = """
import threading
from pathlib import Path
from typing import assert_type

import modellock
from modellock import FileProgress, Layout, LinkMode, LockResult, Phase, Progress, SyncResult
from modellock.errors import CancelledError, ModellockError
from modellock.testing import EmbeddedHub, Lie


def show(progress: Progress) -> None:
    assert_type(progress.phase, Phase)
    assert_type(progress.in_flight, tuple[FileProgress, ...])


def start(cancel: threading.Event) -> Path | None:
    try:
        result = modellock.sync(groups=["text"], link_mode="copy", progress=show, cancel=cancel)
    except CancelledError:
        return None
    except ModellockError as error:
        assert_type(error.hint, str | None)
        raise
    assert_type(result, SyncResult)
    return modellock.path("encoder", "config.json", to=Path("out"))


def look() -> None:
    modellock.sync(link_mode=LinkMode.COPY, layout=Layout.HF_CACHE, mode="check")
    assert_type(modellock.lock(), LockResult)
    assert_type(modellock.env(models=["encoder"]), dict[str, str])
    assert_type([fault.trouble for fault in modellock.verify().faults], list[modellock.Trouble])
    with EmbeddedHub() as hub:
        hub.lies.add("config.json", Lie.delay(2), times=1)
        assert_type(hub.publish("acme/encoder", {"config.json": b"{}"}, tag="v1"), str)
"""

MISTAKES = {
    'modellock.sync(link_mode="hardlnk")': "arg-type",
    "modellock.sync(cancel=True)": "arg-type",
    "modellock.sync(progress=print, models=[1])": "list-item",
    "modellock.path(1)": "arg-type",
    "modellock.sync(group=[])": "call-arg",
    "modellock.add()": "attr-defined",
}


def checked(folder: Path) -> str:
    """What mypy says of all programs in a folder, as a user's project runs it."""
    ended = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--no-error-summary", "."],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    return ended.stdout + ended.stderr


def test_a_typed_program_passes_and_each_mistake_is_found(tmp_path: Path) -> None:
    (tmp_path / "program.py").write_text(PROGRAM)
    (tmp_path / "mistakes.py").write_text("\n".join(["import modellock", *MISTAKES]))

    said = checked(tmp_path).splitlines()

    errors = [line for line in said if ": error:" in line]
    assert [line.rpartition("[")[2].rstrip("]") for line in errors] == list(MISTAKES.values())
    assert all(line.startswith("mistakes.py:") for line in errors)


@pytest.mark.parametrize(
    "page", ["docs/how-to/first-run-download.md", "docs/how-to/test-with-an-embedded-hub.md"]
)
def test_the_programs_of_the_pages_pass(tmp_path: Path, page: str) -> None:
    for block in blocks(page):
        if block.language == "python" and block.title is not None:
            (tmp_path / block.title).write_text(block.text)

    assert checked(tmp_path) == ""
