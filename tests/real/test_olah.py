"""Lock and sync from a Hub that is not ours and not huggingface.co."""

import hashlib
import os
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from safetensors import safe_open

from tests.real.command import modellock
from tests.real.files import MINILM_SHA256, minilm
from tests.real.olah import olah, publish
from tests.real.programs import program

pytestmark = pytest.mark.real


class Hub(NamedTuple):
    endpoint: str
    commit: str


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    program("git-lfs")
    command = program("olah-cli", venv=".venv-olah")
    folder = str(tmp_path_factory.mktemp("olah"))
    commit = publish(folder, "acme/minilm", minilm(), tag="v1.0")
    with olah(command, folder) as endpoint:
        yield Hub(endpoint, commit)


def test_a_branch_is_locked_to_its_commit_and_synced(hub: Hub, tmp_path: Path) -> None:
    (tmp_path / "models.toml").write_text('[models.minilm]\nhub = "acme/minilm"\n')

    modellock("lock", folder=tmp_path, HF_ENDPOINT=hub.endpoint)
    modellock("sync", folder=tmp_path, HF_ENDPOINT=hub.endpoint)

    locked = tomllib.loads((tmp_path / "models.lock").read_text())["models"]["minilm"]
    assert locked["commit"] == hub.commit
    assert locked["url"] == f"https://huggingface.co/acme/minilm/resolve/{hub.commit}/"
    placed = tmp_path / "models" / "minilm"
    assert {file["path"] for file in locked["files"]} == files_below(placed)
    assert sha256_of(placed / "model.safetensors") == MINILM_SHA256
    with safe_open(placed / "model.safetensors", framework="numpy") as tensors:
        assert "embeddings.word_embeddings.weight" in tensors.keys()  # noqa: SIM118 - no mapping


def test_a_tag_within_bounds_is_found(hub: Hub, tmp_path: Path) -> None:
    (tmp_path / "models.toml").write_text(
        '[models.minilm]\nhub = "acme/minilm"\nversion = ">=1"\ninclude = ["*.json"]\n'
    )

    modellock("lock", folder=tmp_path, HF_ENDPOINT=hub.endpoint)

    locked = tomllib.loads((tmp_path / "models.lock").read_text())["models"]["minilm"]
    assert (locked["tag"], locked["commit"]) == ("v1.0", hub.commit)


def test_the_lock_fits_upstream_when_asked(hub: Hub, tmp_path: Path) -> None:
    (tmp_path / "models.toml").write_text(
        '[models.minilm]\nhub = "acme/minilm"\ninclude = ["config.json"]\n'
    )
    modellock("lock", folder=tmp_path, HF_ENDPOINT=hub.endpoint)
    modellock("sync", folder=tmp_path, HF_ENDPOINT=hub.endpoint)

    modellock("verify", "--upstream", folder=tmp_path, HF_ENDPOINT=hub.endpoint)


def files_below(folder: Path) -> set[str]:
    return {
        os.path.relpath(os.path.join(where, name), folder).replace(os.sep, "/")
        for where, _, names in os.walk(folder)
        for name in names
    }


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
