"""models.lock with 10,000 file lines: read and checked, and written."""

import hashlib

from modellock.documents.lock_reader import parse_lock
from modellock.documents.lock_writer import format_lock
from modellock.documents.lockfile import Lock, LockedFile, LockedModel, tree_of
from modellock.documents.project_settings import ProjectSettings
from modellock.values.digest import Digest
from modellock.values.origins import Kind
from tests.benchmarks.harness import MILLISECOND, Figure, medians, seconds_of

ROUNDS = 9
MODELS = 20
FILES = 500


def measure() -> list[Figure]:
    text = format_lock(large_lock())
    lock = parse_lock(text)
    parse, write = medians(
        [
            lambda: seconds_of(lambda: parse_lock(text)),
            lambda: seconds_of(lambda: format_lock(lock)),
        ],
        ROUNDS,
    )
    lines = f"{MODELS * FILES:,} file lines"
    return [
        Figure(what=f"parse and check {lines}", value=parse, unit=" s", at_most=0.5),
        Figure(what=f"write {lines}", value=write / MILLISECOND, unit=" ms", at_most=20.0),
    ]


def large_lock() -> Lock:
    models = [locked_model(f"m{index:02}") for index in range(MODELS)]
    return Lock(settings=ProjectSettings(), models={model.name: model for model in models})


def locked_model(name: str) -> LockedModel:
    files = tuple(locked_file(f"{name}/part-{index:05}.safetensors") for index in range(FILES))
    commit = hashlib.sha1(name.encode(), usedforsecurity=False).hexdigest()
    return LockedModel(
        name=name,
        kind=Kind.HUB,
        origin=f"acme/{name}",
        repo_id="621ffdc136468d709f180294",
        requested=(("revision", "main"),),
        commit=commit,
        url=f"https://huggingface.co/acme/{name}/resolve/{commit}/",
        size=sum(file.size for file in files),
        tree=tree_of(files),
        files=files,
    )


def locked_file(path: str) -> LockedFile:
    return LockedFile(path, 1_000_000, Digest("sha256", hashlib.sha256(path.encode()).hexdigest()))
