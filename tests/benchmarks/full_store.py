"""A store with many blobs, and projects that lock them: made in seconds, without a network."""

import hashlib
import os
from dataclasses import dataclass

from modellock.documents.lock_writer import format_lock
from modellock.documents.lockfile import Lock, LockedFile, LockedModel, tree_of
from modellock.documents.project_settings import ProjectSettings
from modellock.shell.store import SHARED_MODE, Store
from modellock.shell.store_records import BlobRecord, format_record
from modellock.values.dates import mtime_ns_of
from modellock.values.digest import Chunks, Digest
from modellock.values.origins import Kind

_HASHED_AT = 1_700_000_000
_FOLDER = 100
"""Files of one directory of a model."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Crowd:
    """Models with as many files each, all of one size in bytes."""

    models: int
    files: int
    size: int
    name: str = "m"
    """What all their names begin with; two crowds of one name have the same blobs."""

    @property
    def count(self) -> int:
        return self.models * self.files

    def lock(self) -> Lock:
        models = [_model(f"{self.name}{n:03}", self.files, self.size) for n in range(self.models)]
        return Lock(settings=ProjectSettings(), models={model.name: model for model in models})


def fill_store(root: str, lock: Lock) -> None:
    """Make a blob, and its record, of each file of a lock: one long hole that no disk holds.

    No digest is that of the bytes: whoever hashed a blob would find it damaged.
    """
    store, folders = Store(root), set[str]()
    for model in lock.models.values():
        for file in model.files:
            blob = store.path_of(file.digest)
            record = os.path.join(root, "v1", "records", blob[-67:] + ".json")
            for path in (blob, record):
                folder = os.path.dirname(path)
                if folder not in folders:
                    os.makedirs(folder, exist_ok=True)
                    folders.add(folder)
            _make_blob(blob, file)
            _write_record(record, file)


def write_project(folder: str, lock: Lock) -> str:
    """A project with this lock, and the manifest that it fits."""
    os.makedirs(folder)
    with open(os.path.join(folder, "models.lock"), "w", encoding="utf-8") as file:
        file.write(format_lock(lock))
    with open(os.path.join(folder, "models.toml"), "w", encoding="utf-8") as file:
        file.writelines(f'[models.{name}]\nhub = "acme/{name}"\n' for name in lock.models)
    return folder


def _model(name: str, count: int, size: int) -> LockedModel:
    files = tuple(_file(name, number, size) for number in range(count))
    commit = hashlib.sha1(name.encode(), usedforsecurity=False).hexdigest()
    return LockedModel(
        name=name,
        kind=Kind.HUB,
        origin=f"acme/{name}",
        repo_id="621ffdc136468d709f180294",
        commit=commit,
        url=f"https://huggingface.co/acme/{name}/resolve/{commit}/",
        size=sum(file.size for file in files),
        tree=tree_of(files),
        files=files,
    )


def _file(model: str, number: int, size: int) -> LockedFile:
    path = f"{number // _FOLDER:02}/part-{number:05}.safetensors"
    digest = Digest("sha256", hashlib.sha256(f"{model}/{path}".encode()).hexdigest())
    return LockedFile(path, size, digest)


def _make_blob(path: str, file: LockedFile) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, SHARED_MODE)
    try:
        os.ftruncate(descriptor, file.size)
        os.utime(descriptor, ns=(mtime_ns_of(file.digest),) * 2)
    finally:
        os.close(descriptor)


def _write_record(path: str, file: LockedFile) -> None:
    record = BlobRecord(
        digest=file.digest,
        chunks=Chunks(
            size=file.size, total=file.size, digests=(Digest("blake3", file.digest.value),)
        ),
        hashed_at=_HASHED_AT,
        mtime_ns=mtime_ns_of(file.digest),
        inode=0,
        changed_ns=0,
    )
    with open(path, "x", encoding="ascii") as written:
        written.write(format_record(record))
