"""A project and a store that commands change, and how both look before and after."""

import gzip
import hashlib
import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from modellock.testing import EmbeddedFiles, EmbeddedHub
from tests.crash.commands import Commands, commands
from tests.integration.archives import plain_tar
from tests.real.command import clean_environment

LARGE = bytes(range(256)) * 4_000
"""1,024,000 bytes: so many that what arrives of it is kept."""

_HIDDEN = ".modellock"
"""How the names of everything begin that is on its way below a project."""

_ON_ITS_WAY = re.compile(r".*\.[0-9a-f]{8}")
"""What a small file is called until it is whole."""

_LONG_AGO = 86_400.0
"""Seconds since the epoch."""


class Places:
    """Below one directory: `project`, `store`, the origins of its models, and copies of those."""

    def __init__(self, root: Path, hub: EmbeddedHub, files: EmbeddedFiles) -> None:
        self.root = root
        self._hub = hub
        self._files = files
        self.project = root / "project"
        self.store = root / "store"
        self.project.mkdir()

    def variables(self) -> dict[str, str]:
        return {
            **clean_environment(),
            "HOME": str(self.root),
            "HF_ENDPOINT": self._hub.url,
            "MODELLOCK_STORE": str(self.store),
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONHASHSEED": "0",
        }

    def declare(self) -> None:
        """A model of each kind: small, large, from an archive, and in a Hub's cache."""
        (self.project / "models.toml").write_text(
            '[models.plain]\nlocal = "../origin"\n'
            f'[models.large]\nurl = "{self._files.url}/large.bin"\n'
            f'[models.tree]\nurl = "{self._files.url}/tree.tar.gz"\nunpack = true\n'
            '[models.cached]\nhub = "acme/cached"\ntype = "dataset"\nlayout = "hf-cache"\n'
        )

    def publish(self, version: str) -> None:
        """Let all that upstream has be of one version, but for a file that all have in common."""
        origin = self.root / "origin"
        shutil.rmtree(origin, ignore_errors=True)
        origin.mkdir()
        for name in ("same.txt", f"only-{version}.txt", "changed.txt"):
            (origin / name).write_text("same" if name == "same.txt" else f"{name} {version}")
        packed = plain_tar({"sub/a.txt": f"a {version}".encode()})
        self._files.files["/tree.tar.gz"] = gzip.compress(packed, mtime=0)
        self._files.files["/large.bin"] = LARGE + version.encode()
        self._hub.publish("acme/cached", {"rows.parquet": version.encode()}, type="dataset")

    def keep(self, name: str) -> None:
        """Remember project and store as they are."""
        copied(self.root, self.root / name)

    def bring_back(self, name: str) -> None:
        """Make project and store what they were."""
        copied(self.root / name, self.root)

    def shown(self) -> dict[str, bytes]:
        """What a reader of the project sees: the content of each file by path, links as such."""
        return content_below(self.project, hidden=_HIDDEN)

    def blobs(self) -> dict[str, bytes]:
        return content_below(self.store / "v1" / "blobs")

    def on_their_way(self) -> list[str]:
        """What commands begin, and nobody needs once they are through."""
        staged = (self.store / "v1" / "staged").rglob("*")
        placed = self.project.rglob(f"{_HIDDEN}-*")
        found = {*staged, *placed, *half_written(self.store), *half_written(self.project)}
        return sorted(str(path.relative_to(self.root)) for path in found)

    def let_an_hour_pass(self) -> None:
        """For what was begun in the project: nobody can still be writing it."""
        for path in half_written(self.project):
            os.utime(path, (_LONG_AGO, _LONG_AGO))


@contextmanager
def places(root: Path) -> Iterator[tuple[Places, Commands]]:
    """Empty ones, with servers, and with commands that nothing goes wrong for."""
    with EmbeddedHub() as hub, EmbeddedFiles() as files:
        there = Places(root, hub, files)
        with commands(root, there.variables()) as plain:
            yield there, plain


def copied(source: Path, target: Path) -> None:
    """Make project and store below `target` what they are below `source`; links stay links."""
    target.mkdir(exist_ok=True)
    for name in ("project", "store"):
        shutil.rmtree(target / name, ignore_errors=True)
    there = [str(source / name) for name in ("project", "store") if (source / name).exists()]
    subprocess.run(["cp", "--archive", *there, str(target)], check=True)


def half_written(below: Path) -> list[Path]:
    return [
        path
        for path in below.rglob("*")
        if _ON_ITS_WAY.fullmatch(path.name) and "damaged" not in path.parts
    ]


def content_below(root: Path, hidden: str = "\0") -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    for folder, folders, names in os.walk(root):
        folders[:] = [name for name in folders if not name.startswith(hidden)]
        for name in names:
            if _ON_ITS_WAY.fullmatch(name):
                continue
            path = os.path.join(folder, name)
            found[os.path.relpath(path, root)] = content_of(path)
    return found


def content_of(path: str) -> bytes:
    if os.path.islink(path):
        return b"-> " + os.readlink(path).encode()
    with open(path, "rb") as file:
        return file.read()


def faults_of_store(there: Places, needed: Mapping[str, bytes]) -> Iterator[str]:
    """What is wrong with a store that has to hold the blobs `needed`."""
    blobs = there.blobs()
    for path, content in blobs.items():
        if hashlib.sha256(content).hexdigest() != os.path.basename(path):
            yield f"the blob {path} is not what its name says"
    for path in needed.keys() - blobs.keys():
        yield f"the blob {path} is lost"
    for folder in ("records", "roots"):
        for document in (there.store / "v1" / folder).rglob("*.json"):
            if not is_json(document.read_bytes()):
                yield f"{document.relative_to(there.root)} cannot be read"


def faults_of_project(
    there: Places, before: Mapping[str, bytes], after: Mapping[str, bytes]
) -> Iterator[str]:
    """What a project shows that is neither old nor new."""
    shown = there.shown()
    for path in {*shown, *before, *after}:
        if shown.get(path) not in (before.get(path), after.get(path)):
            state = "missing" if path not in shown else "neither old nor new"
            yield f"{path} is {state}"
    for document in (there.project / _HIDDEN).glob("*.json"):
        if not is_json(document.read_bytes()):
            yield f"{document.name} cannot be read"


def is_json(content: bytes) -> bool:
    try:
        json.loads(content)
    except ValueError:
        return False
    return True
