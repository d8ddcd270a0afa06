"""`lock` over a Hub that takes its time, as a number of round trips; and where nothing is to do."""

import json
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

from modellock.testing import EmbeddedHub, Lie
from tests.benchmarks.harness import Figure, medians, run
from tests.benchmarks.startup import MODELLOCK, against, in_store, starts

MODELS = 100
SMALL_FILES = 10
LATENCY = 0.25
"""Seconds from a request to its reply."""

ROUNDS = 15


def measure() -> list[Figure]:
    with tempfile.TemporaryDirectory() as folder, slow_hub() as hub:
        return [*first_lock(hub, folder), *again(hub, folder)]


@contextmanager
def slow_hub() -> Iterator[EmbeddedHub]:
    """Models of ten small files and weights in git-lfs; each reply is late."""
    with EmbeddedHub() as hub:
        for model in range(MODELS):
            hub.publish(f"acme/m{model}", files_of(model))
        hub.lies.add("*", Lie.delay(LATENCY))
        yield hub


def files_of(model: int) -> dict[str, bytes]:
    small = {
        f"part-{index}.json": json.dumps([model, index]).encode() for index in range(SMALL_FILES)
    }
    return {**small, "model.safetensors": f"weights {model}".encode()}


def first_lock(hub: EmbeddedHub, folder: str) -> list[Figure]:
    with open(os.path.join(folder, "models.toml"), "w", encoding="utf-8") as file:
        file.writelines(f'[models.m{n}]\nhub = "acme/m{n}"\n' for n in range(MODELS))
    seconds = run([MODELLOCK, "lock"], folder=folder, variables=variables(hub, folder)).seconds
    what = f"lock {MODELS} models, {MODELS * (SMALL_FILES + 1):,} files, {LATENCY * 1000:.0f} ms"
    note = f"{seconds:.1f} s, {len(hub.requests):,} requests"
    return [
        Figure(what=what, value=seconds / LATENCY, unit=" round trips", at_most=25.0, note=note)
    ]


def again(hub: EmbeddedHub, folder: str) -> list[Figure]:
    hub.requests.clear()
    bare, lock, check = medians(
        [
            starts([sys.executable, "-c", "pass"], folder),
            starts([MODELLOCK, "lock"], folder),
            starts([MODELLOCK, "lock", "--check"], folder),
        ],
        ROUNDS,
    )
    return [
        against(bare, lock, "lock again, nothing to do", 6.0),
        against(bare, check, "lock --check, the same", 6.0),
        Figure(what="requests of those", value=len(hub.requests), at_most=0.0, is_exact=True),
    ]


def variables(hub: EmbeddedHub, folder: str) -> dict[str, str]:
    return {**in_store(folder), "HF_ENDPOINT": hub.url}
