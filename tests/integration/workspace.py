"""A project, a store and the embedded services, for tests of whole verbs."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from modellock.decisions.targets import parse_target
from modellock.documents.lockfile import Lock
from modellock.ports.reporting import Reporter
from modellock.ports.settings import Endpoints, Settings
from modellock.shell.project import Project
from modellock.shell.tokens import tokens_from
from modellock.testing import EmbeddedGitHub, EmbeddedHub
from modellock.verbs.lock import LockMode, LockRequest, lock
from modellock.verbs.lock_result import LockResult


class Heard(Reporter):
    """Remembers what a verb told."""

    def __init__(self) -> None:
        self.warnings: list[str] = []
        self.notes: list[str] = []
        self.started: list[str] = []
        self.details: list[str] = []
        self.hashing_told: list[tuple[int, int]] = []
        """Files, and bytes."""

    def note(self, message: str) -> None:
        self.notes.append(message)

    def warning(self, message: str, *, hint: str | None = None) -> None:
        self.warnings.append(f"{message} | {hint}")

    def detail(self, message: str) -> None:
        self.details.append(message)

    def hashing(self, files: int, size: int) -> None:
        self.hashing_told.append((files, size))

    def fetch_started(self, subject: str, size: int | None, *, model: str) -> None:
        del model
        self.started.append(f"{subject} {size}" if size is None else subject)


@dataclass
class Workspace:
    """One machine's project and store."""

    root: Path
    hub: EmbeddedHub
    github: EmbeddedGitHub
    environ: Mapping[str, str] = field(default_factory=dict)
    offline: bool = False

    def __post_init__(self) -> None:
        self.directory.mkdir(parents=True, exist_ok=True)

    @property
    def directory(self) -> Path:
        return self.root / "project"

    @property
    def store(self) -> Path:
        return self.root / "store"

    @property
    def project(self) -> Project:
        return Project(str(self.directory))

    @property
    def settings(self) -> Settings:
        endpoints = Endpoints(
            hub=self.hub.url, github_api=self.github.api_url, github_server=self.github.server_url
        )
        return Settings(
            store=str(self.store),
            offline=self.offline,
            endpoints=endpoints,
            token_for=tokens_from(self.environ, endpoints, home=str(self.root / "home")),
        )

    def write(self, text: str) -> None:
        (self.directory / "models.toml").write_text(text, encoding="utf-8", newline="\n")

    @property
    def lock_text(self) -> str:
        return (self.directory / "models.lock").read_text(encoding="utf-8")

    def read_lock(self) -> Lock:
        return self.project.read_lock()

    def lock(
        self,
        *update: str,
        mode: LockMode = LockMode.WRITE,
        reporter: Reporter | None = None,
        **asked: Any,
    ) -> LockResult:
        targets = tuple(parse_target(text) for text in update)
        request = LockRequest(mode=mode, update=targets, **asked)
        return lock(self.project, self.settings, reporter or Reporter(), request)

    def blobs(self) -> list[str]:
        return sorted(
            path.name for path in (self.store / "v1" / "blobs").rglob("*") if path.is_file()
        )
