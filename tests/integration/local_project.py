"""A project of models from local directories, and everything a test wants to see of it."""

import os
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from modellock._version import __version__
from modellock.ports.reporting import Reporter
from modellock.ports.settings import Settings
from modellock.shell.project import Project
from modellock.shell.unchanged import Unchanged, find, request_key
from modellock.verbs.lock import LockRequest, lock
from modellock.verbs.sync import sync
from modellock.verbs.sync_result import SyncRequest, SyncResult


class Heard(Reporter):
    """Remembers what was said."""

    def __init__(self) -> None:
        self.notes: list[str] = []
        self.warnings: list[str] = []
        self.fetched: list[str] = []
        self.placed_models: list[str] = []
        self.hashing_told: list[tuple[int, int]] = []
        """Files, and bytes."""

    def note(self, message: str) -> None:
        self.notes.append(message)

    def warning(self, message: str, *, hint: str | None = None) -> None:
        self.warnings.append(message if hint is None else f"{message} ({hint})")

    def fetch_finished(self, subject: str) -> None:
        self.fetched.append(subject)

    def hashing(self, files: int, size: int) -> None:
        self.hashing_told.append((files, size))

    def placed(self, model: str) -> None:
        self.placed_models.append(model)


@dataclass
class LocalProject:
    """Models are directories below `origins`; nothing needs a server."""

    root: Path
    store: Path | None = None
    keys: dict[str, str] = field(default_factory=dict)
    """Further lines of a model's table in models.toml, by model."""

    settings_table: str = ""
    heard: Heard = field(default_factory=Heard)

    def __post_init__(self) -> None:
        self.store = self.store or self.root / "store"
        self.directory.mkdir(parents=True, exist_ok=True)

    @property
    def directory(self) -> Path:
        return self.root / "project"

    @property
    def project(self) -> Project:
        return Project(str(self.directory))

    @property
    def settings(self) -> Settings:
        return Settings(store=str(self.store))

    @property
    def state_path(self) -> Path:
        return self.directory / ".modellock" / "state.json"

    def publish(self, model: str, files: Mapping[str, str]) -> None:
        """Make a local directory hold exactly these files, and declare it."""
        origin = self.root / "origins" / model
        shutil.rmtree(origin, ignore_errors=True)
        for path, text in files.items():
            (origin / path).parent.mkdir(parents=True, exist_ok=True)
            (origin / path).write_text(text)
        self.declare(*sorted(os.listdir(self.root / "origins")))

    def declare(self, *models: str) -> None:
        """Write models.toml."""
        tables = [
            f'[models.{model}]\nlocal = "../origins/{model}"\n{self.keys.get(model, "")}\n'
            for model in models
        ]
        text = "\n".join([f"[settings]\n{self.settings_table}\n", *tables])
        (self.directory / "models.toml").write_text(text)

    def lock(self) -> None:
        """Lock what the local directories hold now."""
        lock(self.project, self.settings, Reporter(), LockRequest(update_all=True))

    def sync(self, **flags: Any) -> SyncResult:
        """Sync, remembering anew what is said."""
        self.heard = Heard()
        return sync(self.project, self.settings, self.heard, SyncRequest(**flags))

    def put(self, model: str, files: Mapping[str, str]) -> None:
        """Publish, lock and sync."""
        self.publish(model, files)
        self.lock()
        self.sync()

    def unchanged(self, **flags: Any) -> Unchanged | None:
        """What the fast way says of a sync with these flags."""
        key = request_key(__version__, asdict(SyncRequest(**flags)))
        return find(str(self.directory), key)

    def shown(self, below: str = "models") -> dict[str, str]:
        """What the project's paths show: text by path relative to `below`."""
        return texts_below(self.directory / below)

    def blob_files(self) -> set[tuple[int, int]]:
        """Device and inode of each blob."""
        assert self.store is not None
        blobs = (path for path in (self.store / "v1" / "blobs").rglob("*") if path.is_file())
        return {(path.stat().st_dev, path.stat().st_ino) for path in blobs}


def texts_below(root: Path) -> dict[str, str]:
    """The text of every file, by relative path."""
    return {
        str(path.relative_to(root)): path.read_text()
        for path in sorted(root.rglob("*"))
        if path.is_file() or path.is_symlink()
    }
