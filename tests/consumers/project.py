"""A project whose models go from an embedded Hub into a tree of their own."""

import json
import os
import shutil
from pathlib import Path

import modellock
from modellock.testing import EmbeddedHub
from tests.real.command import modellock as run_command

BY_REVISION = """\
[settings]
layout = "hf-cache"

[models.main]
hub = "acme/main"

[models.branch]
hub = "acme/branch"
revision = "feature/x"

[models.tag]
hub = "acme/tag"
revision = "v1.0"

[models.pull]
hub = "acme/pull"
revision = "refs/pr/1"
"""
"""A manifest with each way to name a revision."""


class Project:
    """Locked and synced by the command, in folders that everybody may enter."""

    def __init__(self, folder: Path, hub: EmbeddedHub, manifest: str) -> None:
        self.folder = folder / "project"
        self.tree = folder / "tree"
        self._hub = hub
        self.folder.mkdir(parents=True)
        self.tree.mkdir()
        self.declare(manifest)

    @property
    def store(self) -> Path:
        """With the blobs, each named by its sha256."""
        return self.folder / ".cache" / "modellock"

    @property
    def cache(self) -> Path:
        """What HF_HUB_CACHE shall be."""
        return self.tree / "hub"

    @property
    def variables(self) -> dict[str, str]:
        """What programs are told of the tree."""
        told: dict[str, str] = json.loads(
            self.run("env", "--to", str(self.tree), "--format", "json")
        )
        return told

    def declare(self, manifest: str) -> None:
        """Write models.toml."""
        (self.folder / "models.toml").write_text(manifest, encoding="utf-8")

    def run(self, *arguments: str, code: int = 0) -> str:
        """What the command prints on stdout; it must end with `code`."""
        return run_command(
            *arguments, folder=self.folder, code=code, HF_ENDPOINT=self._hub.url
        ).stdout

    def lock(self) -> None:
        self.run("lock")

    def keep_lock(self, name: str) -> str:
        """Copy models.lock; returns the copy's path."""
        return shutil.copy(str(self.folder / "models.lock"), str(self.folder / name))

    def sync(self) -> None:
        self.run("sync", "--to", str(self.tree))

    def sync_to(self, lock: str) -> None:
        """Sync what a kept lock says."""
        self.run("sync", "--to", str(self.tree), "--lock", lock)

    def switch_to(self, lock: str) -> None:
        """The same from this process, without the start of a command."""
        modellock.sync(
            directory=self.folder,
            to=self.tree,
            lock_file=self.folder / lock,
            store=self.store,
            offline=True,
        )


def contents(folder: Path) -> dict[str, bytes]:
    """All files below a folder by their path with `/`."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def inventory(folder: Path) -> dict[str, tuple[int, int, int]]:
    """Mode, size and mtime of all below a folder."""
    found = {}
    for path in sorted(folder.rglob("*")):
        status = os.lstat(path)
        found[path.relative_to(folder).as_posix()] = (
            status.st_mode,
            status.st_size,
            status.st_mtime_ns,
        )
    return found
