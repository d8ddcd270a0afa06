"""The whole story on an embedded Hub and GitHub: real commands, run as a user would type them."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Self

from modellock.testing import (
    EmbeddedGitHub,
    EmbeddedHub,
    Lie,
    demo_github,
    demo_hub,
    demo_upstream_change,
)

MODELS = """\
[models.minilm]
hub = "acme/minilm"

[models.detector]
hub = "acme/detector"
version = ">=1.0,<2"

[models.whisper]
github = "acme/whisper-models"
version = "~=1.3"
include = ["whisper-tiny.bin", "tokenizer.json"]
"""

_STEERING = ("MODELLOCK_", "HF_", "GITHUB_", "GH_", "XDG_", "NETRC")


@dataclass(frozen=True, slots=True)
class Remark:
    """What the narrator says between two commands."""

    text: str


@dataclass(frozen=True, slots=True)
class Shown:
    """A command as typed, and what came of it."""

    command: str
    output: str
    code: int = 0
    expected: int = 0


class Stage:
    """A directory, two services on loopback, and a mirror that lies."""

    def __init__(self, directory: str) -> None:
        self.project = os.path.join(directory, "project")
        self._directory = directory
        self._store = os.path.join(directory, "store")
        self._open = ExitStack()
        self.hub, self.mirror, self.github = EmbeddedHub(), EmbeddedHub(), EmbeddedGitHub()

    def __enter__(self) -> Self:
        for service in (self.hub, self.mirror, self.github):
            self._open.enter_context(service)
        demo_hub(self.hub)
        demo_hub(self.mirror)
        demo_github(self.github)
        os.makedirs(self.project)
        return self

    def __exit__(self, *raised: object) -> None:
        self._open.close()

    def type(self, command: str, *, expected: int = 0, **variables: str) -> Shown:
        """Run a `modellock` command in the project."""
        ended = subprocess.run(  # noqa: S603 - commands of this module
            [sys.executable, "-m", "modellock", *command.split()[1:]],
            cwd=self.project,
            env={**self._environ(), **variables},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            check=False,
        )
        typed = " ".join([*(f"{name}={value}" for name, value in variables.items()), command])
        return Shown(typed, ended.stdout.rstrip("\n"), ended.returncode, expected)

    def write_models(self) -> Shown:
        """Put models into models.toml, as an editor would, and show them."""
        with open(os.path.join(self.project, "models.toml"), "w", encoding="utf-8") as file:
            file.write(MODELS)
        return Shown("cat models.toml", MODELS.rstrip("\n"))

    def move_to_colleague(self) -> Shown:
        """Go on in a second project that shares nothing but what is committed."""
        colleague, home = (os.path.join(self._directory, name) for name in ("colleague", "home"))
        os.makedirs(colleague)
        for name in ("models.toml", "models.lock"):
            shutil.copy(os.path.join(self.project, name), colleague)
        self.project, self._store = colleague, os.path.join(home, "store")
        return Shown("cp models.toml models.lock ../colleague; cd ../colleague", "")

    def list_files(self, directory: str) -> Shown:
        """Show every file below a directory of the project."""
        root = os.path.join(self.project, directory)
        found = (os.path.join(at, name) for at, _, names in os.walk(root) for name in names)
        paths = sorted(os.path.relpath(path, self.project) for path in found)
        return Shown(f"find {directory} -type f", "\n".join(paths) or "(no file)")

    def _environ(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(_STEERING)}
        return {
            **kept,
            "HOME": self._directory,
            "MODELLOCK_STORE": self._store,
            "HF_ENDPOINT": self.hub.url,
            "MODELLOCK_GITHUB_API_URL": self.github.api_url,
            "MODELLOCK_GITHUB_SERVER_URL": self.github.server_url,
            "NO_PROXY": "127.0.0.1,127.0.0.2,localhost",
            "PYTHONIOENCODING": "utf-8",
        }


def story(stage: Stage) -> Iterator[Remark | Shown]:
    """Everything that happens, in order; each step happens when it is asked for."""
    for chapter in (_first_lock, _upstream_moves, _mirror_lies):
        yield from chapter(stage)


def _first_lock(stage: Stage) -> Iterator[Remark | Shown]:
    yield Remark("A Hub and a GitHub run inside of this process; nothing leaves the machine.")
    yield stage.type("modellock init")
    yield Remark("Say which models the project wants, and within which bounds.")
    yield stage.write_models()
    yield Remark("Choose versions and pin them: revisions, sizes, hashes. Commit models.lock.")
    yield stage.type("modellock lock")
    yield Remark("Put exactly those bytes on disk, verified while they stream.")
    yield stage.type("modellock sync")
    yield stage.list_files("models")
    yield Remark("Again: nothing to do, and no request.")
    yield stage.type("modellock sync")


def _upstream_moves(stage: Stage) -> Iterator[Remark | Shown]:
    demo_upstream_change(stage.hub)
    yield Remark("Overnight, acme pushes other weights to `main`. A pin that still fits stays.")
    yield stage.type("modellock lock")
    yield Remark("To move it is a decision of its own.")
    yield stage.type("modellock update minilm --dry-run")
    yield stage.type("modellock update minilm")
    yield stage.type("modellock sync")


def _mirror_lies(stage: Stage) -> Iterator[Remark | Shown]:
    demo_upstream_change(stage.mirror)
    stage.mirror.lies.add("model.safetensors", Lie.WRONG_BYTES)
    yield Remark("A colleague's machine, behind a mirror that hands out other bytes of that size.")
    yield stage.move_to_colleague()
    yield stage.type("modellock sync --frozen", expected=4, HF_ENDPOINT=stage.mirror.url)
    yield Remark("What was wrong is nowhere to be seen; what was right is done.")
    yield stage.list_files("models")
    yield Remark("From an honest place the same lock gives the same bytes.")
    yield stage.type("modellock sync")


def play(stage: Stage, show: Callable[[Remark | Shown], None]) -> list[Shown]:
    """Run the story to its end, or to the first command that ends otherwise than it shall."""
    shown = []
    for step in story(stage):
        show(step)
        if isinstance(step, Shown):
            shown.append(step)
            if step.code != step.expected:
                break
    return shown
