"""A Hub's cache on this machine, and the other programs that use it: real `hf`, real loaders."""

import hashlib
import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from modellock.ports.reporting import Reporter
from modellock.ports.settings import Settings
from modellock.verbs.sync import sync
from modellock.verbs.sync_result import SyncRequest, SyncResult
from tests.integration.workspace import Heard, Workspace
from tests.waiting import LONG

WEIGHTS = b"w" * (11 << 20)
"""So large that the Hub takes it in git-lfs alone."""

MINILM = '[models.minilm]\nhub = "acme/minilm"\nlayout = "hf-cache"\n'
FOLDER = "models--acme--minilm"
_FILES = re.compile(r"/resolve/|/resolve-cache/|/xet-bridge-")
_LOAD = """
import sys
from huggingface_hub import hf_hub_download
print(open(hf_hub_download(sys.argv[1], sys.argv[2], revision=sys.argv[3] or None)).read())
"""


@dataclass
class SharedCache:
    """One cache, and what is done to it."""

    workspace: Workspace
    root: Path
    settings: Settings | None = None
    """Of syncs, where they are not the workspace's own."""

    @property
    def folder(self) -> Path:
        return self.root / FOLDER

    def publish(self, **files: bytes) -> str:
        """Commit a small model with large weights; returns the commit."""
        content = {"config.json": b"{}", "model.safetensors": WEIGHTS}
        named = {name.replace("_", "."): text for name, text in files.items()}
        return self.workspace.hub.publish("acme/minilm", {**content, **named})

    def locked(self, manifest: str = MINILM) -> str:
        """Lock; returns the first model's commit."""
        self.workspace.write(manifest)
        self.workspace.lock()
        return str(next(iter(self.workspace.read_lock().models.values())).commit)

    def sync(self, reporter: Reporter | None = None, **asked: object) -> SyncResult:
        request = SyncRequest(**{"shared_cache": str(self.root), **asked})  # type: ignore[arg-type]
        settings = self.settings or self.workspace.settings
        return sync(self.workspace.project, settings, reporter or Reporter(), request)

    def notes(self, **asked: object) -> list[str]:
        """What a sync says, the cache's and the store's directories apart."""
        heard = Heard()
        self.sync(heard, **asked)
        return [note.replace(str(self.root), "CACHE") for note in heard.notes]

    def hf(self, *words: str, offline: bool = False) -> str:
        """What `hf` says; its requests are the only ones that the Hub remembers."""
        self.workspace.hub.requests.clear()
        return self.ran([str(Path(sys.executable).parent / "hf"), *words], offline=offline)

    def loaded(self, name: str, revision: str = "") -> str:
        """A file's text as a program gets it without a network."""
        return self.ran(
            [sys.executable, "-c", _LOAD, "acme/minilm", name, revision], offline=True
        ).strip()

    def revisions(self) -> dict[str, list[str]]:
        """The refs of each commit, as `hf cache ls` lists them."""
        listed = json.loads(self.hf("cache", "ls", "--revisions", "--format", "json"))
        return {one["revision"]: one["refs"] for one in listed}

    def own_refs(self) -> dict[str, str]:
        """What our refs say, by name."""
        refs = self.folder / "refs"
        return {str(ref.relative_to(refs)): ref.read_text() for ref in refs.glob(".modellock/*")}

    def fetched(self) -> list[str]:
        """The files that `hf` fetched when it last ran."""
        names = {sha256(WEIGHTS): "model.safetensors"}
        paths = {
            request.plain_path
            for request in self.workspace.hub.requests
            if request.method == "GET" and _FILES.search(request.plain_path)
        }
        last = {path.rpartition("/")[2] for path in paths}
        return sorted(names.get(name, name) for name in last)

    def shown(self, below: str = "") -> list[str]:
        """All files of the repository, directories apart."""
        folder = self.folder / below
        return sorted(
            str(path.relative_to(folder)) for path in folder.rglob("*") if not path.is_dir()
        )

    def put(self, path: str, text: str) -> Path:
        """A file in the repository's folder, as another program might write it."""
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        return file

    def environ(self, *, offline: bool = False) -> dict[str, str]:
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.workspace.root),
            "HF_HUB_CACHE": str(self.root),
            "HF_ENDPOINT": self.workspace.hub.url,
            "HF_HUB_DISABLE_TELEMETRY": "1",
            "HF_HUB_DISABLE_UPDATE_CHECK": "1",
            "HF_HUB_OFFLINE": "1" if offline else "0",
        }

    def ran(self, command: list[str], *, offline: bool) -> str:
        ended = subprocess.run(
            command,
            env=self.environ(offline=offline),
            capture_output=True,
            text=True,
            timeout=LONG,
            check=False,
        )
        assert ended.returncode == 0, ended.stdout + ended.stderr
        return ended.stdout


def git_id(content: bytes) -> str:
    """The name of a plain file's blob."""
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()  # noqa: S324


def sha256(content: bytes) -> str:
    """The name of a large file's blob."""
    return hashlib.sha256(content).hexdigest()
