"""Small worlds for whole commands: what upstream has, and models.toml."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from modellock.documents.lock_reader import parse_lock
from modellock.documents.lock_writer import format_lock
from modellock.testing import EmbeddedGitHub, EmbeddedHub, demo_github, demo_hub
from tests.cli.command import Command
from tests.source_tree import ROOT

_GOLDEN = Path(ROOT, "tests/data/golden/lock-1.0/closure.lock")
MINILM = '[models.minilm]\nhub = "acme/minilm"\n'
DETECTOR = '[models.detector]\nhub = "acme/detector"\nversion = ">=1.0,<2"\n'
WHISPER = '[models.whisper]\ngithub = "acme/whisper-models"\ninclude = ["tokenizer.json"]\n'


class Upstream:
    """An embedded Hub and GitHub with the demo's content, and the variables that lead there."""

    def __init__(self, hub: EmbeddedHub, github: EmbeddedGitHub) -> None:
        self.hub = hub
        self.github = github
        demo_hub(hub)
        demo_github(github)

    @property
    def variables(self) -> dict[str, str]:
        return {
            "HF_ENDPOINT": self.hub.url,
            "MODELLOCK_GITHUB_API_URL": self.github.api_url,
            "MODELLOCK_GITHUB_SERVER_URL": self.github.server_url,
        }

    def forget_requests(self) -> None:
        self.hub.requests.clear()
        self.github.requests.clear()

    @property
    def request_count(self) -> int:
        return len(self.hub.requests) + len(self.github.requests)


@contextmanager
def upstream() -> Iterator[Upstream]:
    with EmbeddedHub() as hub, EmbeddedGitHub() as github:
        yield Upstream(hub, github)


def declare(modellock: Command, manifest: str) -> None:
    (modellock.folder / "models.toml").write_text(manifest, encoding="utf-8")


def declare_local(modellock: Command, name: str = "small", **files: str) -> None:
    """A model in a directory beside models.toml."""
    origin = modellock.folder / "origins" / name
    origin.mkdir(parents=True, exist_ok=True)
    for file, text in (files or {"weights": "w"}).items():
        (origin / f"{file}.bin").write_text(text, encoding="utf-8")
    manifest = modellock.folder / "models.toml"
    before = manifest.read_text(encoding="utf-8") if manifest.exists() else ""
    declare(modellock, f'{before}[models.{name}]\nlocal = "origins/{name}"\n')


def closure_lock() -> str:
    """The golden lock, its declared models in layout `plain`."""
    lock = parse_lock(_GOLDEN.read_text(encoding="utf-8"))
    models = {
        name: replace(model, layout=None if model.is_declared else model.layout)
        for name, model in lock.models.items()
    }
    return format_lock(replace(lock, models=models))


def settled(text: str) -> str:
    """Output with durations, ports and digests replaced by what stands for them."""
    text = re.sub(r"\b\d+ ms\b|\b\d+\.\d s\b", "TIME", text)
    text = re.sub(r"127\.0\.0\.\d:\d+", "HOST", text)
    text = re.sub(r"\b[0-9a-f]{64}\b", "DIGEST", text)
    return re.sub(r"\d+ (months|years) old", "AGE old", text)
