"""The command as a user runs it: a real process, whose environment holds nothing by chance."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import modellock
from tests.waiting import LONG

_KEPT = ("PATH", "LANG", "LC_ALL", "SYSTEMROOT", "COVERAGE_PROCESS_CONFIG")


@dataclass(frozen=True, slots=True)
class Ended:
    """What a process left behind."""

    code: int
    stdout: str
    stderr: str

    @property
    def document(self) -> dict[str, Any]:
        """The one JSON document on stdout."""
        content = json.loads(self.stdout)
        assert isinstance(content, dict)
        return content


@dataclass(frozen=True, slots=True)
class Command:
    """`modellock` in one directory, with a home and a store of its own."""

    folder: Path
    home: Path

    def run(self, *words: str, **variables: str) -> Ended:
        ended = subprocess.run(
            [sys.executable, "-m", "modellock", *words],
            cwd=self.folder,
            env=self.environ(**variables),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=LONG,
            check=False,
        )
        return Ended(ended.returncode, ended.stdout, ended.stderr)

    def lock(self) -> None:
        """What `run("lock")` does, without a process: for what a test begins with."""
        modellock.lock(directory=self.folder, store=self.store)

    def sync(self) -> None:
        """What `run("sync")` does, without a process."""
        modellock.sync(directory=self.folder, store=self.store)

    @property
    def store(self) -> Path:
        """The store of a user who names none."""
        return self.home / ".cache" / "modellock"

    def start(self, *words: str, **variables: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "modellock", *words],
            cwd=self.folder,
            env=self.environ(**variables),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )

    def environ(self, **variables: str) -> dict[str, str]:
        kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
        # Where `modellock` itself is installed, for shells that run it by name.
        kept["PATH"] = os.pathsep.join([os.path.dirname(sys.executable), kept["PATH"]])
        return {**kept, "HOME": str(self.home), "COLUMNS": "100", **variables}
