"""A program's project: its directory, its store and the Hub that its environment names."""

import os
import subprocess
import sys
import textwrap
from dataclasses import dataclass
from pathlib import Path

import modellock
from modellock.testing import EmbeddedHub
from tests.waiting import LONG

SMALL = b"small"
LARGE = bytes(range(256)) * 12_000
"""3 MB: large enough to be on its way for a while."""


@dataclass
class Program:
    """What tests of the functions work with."""

    directory: Path
    store: Path
    hub: EmbeddedHub

    def declare(self, **files: bytes) -> None:
        """Publish one repository for each name, and lock them all.

        What is not in git-lfs, the configuration, is in the store then.
        """
        for name, content in files.items():
            small = {"config.json": b"{}", "tokenizer.model": SMALL}
            self.hub.publish(f"acme/{name}", {**small, "model.safetensors": content})
        text = "\n".join(f'[models.{name}]\nhub = "acme/{name}"' for name in files)
        (self.directory / "models.toml").write_text(f"{text}\n")
        modellock.lock()
        self.hub.requests.clear()

    @property
    def stored(self) -> set[str]:
        """The names of all blobs."""
        return {path.name for path in self.store.glob("v1/blobs/*/*")}

    @property
    def placed(self) -> list[str]:
        """Every path that shows below the models' directory."""
        below = self.directory / "models"
        return sorted(str(path.relative_to(below)) for path in below.rglob("*") if path.is_file())

    def run(self, code: str) -> str:
        """What a program of its own prints that runs here."""
        ended = subprocess.run(
            [sys.executable, "-c", textwrap.dedent(code)],
            cwd=self.directory,
            env=dict(os.environ),
            check=True,
            capture_output=True,
            text=True,
            timeout=LONG,
        )
        assert ended.stderr == ""
        return ended.stdout
