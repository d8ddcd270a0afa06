"""A whole repository with real weights: locked, synced, and opened with safetensors."""

import json
import os
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from safetensors import safe_open

from modellock.testing import EmbeddedHub
from tests.real.command import modellock
from tests.real.files import MINILM_SHA256, minilm

pytestmark = pytest.mark.real

REPOSITORY = "sentence-transformers/all-MiniLM-L6-v2"
MANIFEST = f'[models.minilm]\nhub = "{REPOSITORY}"\n'


@pytest.fixture(scope="module")
def hub() -> Iterator[EmbeddedHub]:
    with EmbeddedHub() as hub:
        hub.publish(REPOSITORY, contents(minilm()), tag="v1.0", license="apache-2.0")
        yield hub


def test_the_weights_are_locked_by_what_the_hub_says_and_can_be_read_after_sync(
    hub: EmbeddedHub, tmp_path: Path
) -> None:
    (tmp_path / "models.toml").write_text(MANIFEST)

    modellock("lock", folder=tmp_path, HF_ENDPOINT=hub.url)
    weights_fetched_by_lock = downloads_of("model.safetensors", hub)
    modellock("sync", folder=tmp_path, HF_ENDPOINT=hub.url)

    locked = tomllib.loads((tmp_path / "models.lock").read_text())["models"]["minilm"]
    digests = {file["path"]: file["sha256"] for file in locked["files"]}
    placed = tmp_path / "models" / "minilm"
    assert weights_fetched_by_lock == 0
    assert digests["model.safetensors"] == MINILM_SHA256
    assert contents(str(placed)) == contents(minilm())
    with safe_open(placed / "model.safetensors", framework="numpy") as tensors:
        hidden = json.loads((placed / "config.json").read_text())["hidden_size"]
        assert tensors.get_slice("embeddings.LayerNorm.weight").get_shape() == [hidden]


def test_a_second_project_with_the_same_lock_fetches_nothing(
    hub: EmbeddedHub, tmp_path: Path
) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    store = str(tmp_path / "store")
    for project in (first, second):
        project.mkdir()
        (project / "models.toml").write_text(MANIFEST)
    modellock("lock", folder=first, HF_ENDPOINT=hub.url, MODELLOCK_STORE=store)
    modellock("sync", folder=first, HF_ENDPOINT=hub.url, MODELLOCK_STORE=store)
    (second / "models.lock").write_bytes((first / "models.lock").read_bytes())

    hub.requests.clear()
    modellock("sync", folder=second, HF_ENDPOINT=hub.url, MODELLOCK_STORE=store)

    weights = Path("models") / "minilm" / "model.safetensors"
    assert len(hub.requests) == 0
    assert os.path.samefile(first / weights, second / weights)


def contents(folder: str) -> dict[str, bytes]:
    """All files below a folder by their path with `/`."""
    found = {}
    for where, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(where, name)
            with open(path, "rb") as file:
                found[os.path.relpath(path, folder).replace(os.sep, "/")] = file.read()
    return found


def downloads_of(path: str, hub: EmbeddedHub) -> int:
    return sum(1 for request in hub.requests if request.method == "GET" and path in request.target)
