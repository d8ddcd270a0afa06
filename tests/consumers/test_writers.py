"""Programs that write where modellock has placed, and what becomes of the store."""

import hashlib
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from modellock.testing import EmbeddedHub
from tests.consumers.project import Project, contents
from tests.consumers.sandbox import PROGRAMS, run_isolated
from tests.real.command import clean_environment
from tests.real.programs import program

pytestmark = pytest.mark.consumers

MANIFEST = '[models.small]\nhub = "acme/small"\n'
DOWNLOAD = """
import sys
from huggingface_hub import hf_hub_download
hf_hub_download("acme/small", "config.json")
for name in ("config.json", "model.safetensors"):
    hf_hub_download("acme/small", name, local_dir=sys.argv[1], force_download="force" in sys.argv)
"""
EDIT = "import sys; open(sys.argv[1] + '/config.json', 'r+').write('edited')"


class Written(Project):
    """A project in which others write, and what it placed before they did."""

    def __init__(self, folder: Path, hub: EmbeddedHub, models: Path, *, link_mode: str) -> None:
        super().__init__(folder, hub, MANIFEST)
        self.models = models
        self.hub = hub
        hub.publish("acme/small", contents(models / "whole-1"))
        self.lock()
        hub.publish("acme/small", contents(models / "whole-2"))
        self.run("sync", "--link-mode", link_mode)
        self.before = contents(self.place)

    @property
    def place(self) -> Path:
        return self.folder / "models" / "small"

    def start(self, *command: str) -> None:
        """Run a command that may do what this process may; whether it succeeds is its business."""
        environ = {**clean_environment(), "HOME": str(self.folder), "HF_ENDPOINT": self.hub.url}
        subprocess.run(
            command, env=environ, stdin=subprocess.DEVNULL, capture_output=True, check=False
        )

    @property
    def damaged(self) -> list[str]:
        """Names of blobs whose bytes have another sha256."""
        blobs = [path for path in (self.store / "v1" / "blobs").rglob("*") if path.is_file()]
        assert blobs != []
        return [path.name for path in blobs if sha256_of(path) != path.name]


def sha256_of(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def edit(project: Written) -> None:
    project.start(sys.executable, "-c", EDIT, str(project.place))


def save_pretrained(project: Written) -> None:
    project.start(
        sys.executable,
        str(PROGRAMS / "save.py"),
        str(project.models / "whole-3"),
        str(project.place),
    )


def download_with(venv: str, *flags: str) -> Callable[[Written], None]:
    def download(project: Written) -> None:
        python = program("python", venv=venv)
        project.start(python, "-c", DOWNLOAD, str(project.place), *flags)

    return download


WRITERS = {
    "an editor": edit,
    "save_pretrained": save_pretrained,
    "hf_hub_download 0.36": download_with(".venv-client-0"),
    "hf_hub_download 1.33": download_with(".venv-client-1"),
    "hf_hub_download 2.4": download_with(".venv-consumers"),
    "hf_hub_download 2.4 by force": download_with(".venv-consumers", "force"),
}


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can write what is read-only")
@pytest.mark.parametrize("writer", WRITERS)
def test_what_others_write_over_hard_links_is_undone_by_the_next_sync(
    writer: str, hub: EmbeddedHub, models: Path, tmp_path: Path
) -> None:
    project = Written(tmp_path, hub, models, link_mode="hardlink")
    WRITERS[writer](project)
    written = contents(project.place)

    project.run("sync")

    placed = contents(project.place)
    assert written != project.before
    assert {name: placed[name] for name in project.before} == project.before
    assert project.damaged == []


@pytest.mark.parametrize("writer", ["an editor", "hf_hub_download 2.4"])
def test_what_others_write_over_copies_never_reaches_the_store(
    writer: str, hub: EmbeddedHub, models: Path, tmp_path: Path
) -> None:
    project = Written(tmp_path, hub, models, link_mode="copy")

    WRITERS[writer](project)

    assert contents(project.place) != project.before
    assert project.damaged == []


def test_who_is_not_root_cannot_write_through_a_hard_link(
    hub: EmbeddedHub, models: Path, folder: Path
) -> None:
    project = Written(folder / "theirs", hub, models, link_mode="hardlink")
    sealed = folder / "sealed"
    sealed.mkdir()

    ended = run_isolated(
        [sys.executable, "-c", EDIT, str(project.place)], tree=sealed, variables={}
    )

    assert "PermissionError" in ended.stderr
    assert contents(project.place) == project.before
