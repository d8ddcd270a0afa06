"""Every version of huggingface_hub finds what is placed, and none of them harms the store."""

import hashlib
import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from modellock.testing import EmbeddedHub
from tests.consumers.project import BY_REVISION, Project
from tests.consumers.sandbox import answer_of, run_isolated
from tests.real.command import clean_environment
from tests.real.programs import program

pytestmark = pytest.mark.consumers

VERSIONS = {"0.36": ".venv-client-0", "1.33": ".venv-client-1", "2.4": ".venv-consumers"}
WITH_HF_CACHE = ("1.33", "2.4")

DELETE = """
import sys
from huggingface_hub import scan_cache_dir
scan_cache_dir().delete_revisions(*sys.argv[1:]).execute()
"""

REVISIONS = {"main": "main", "branch": "feature/x", "tag": "v1.0", "pull": "refs/pr/1"}


@pytest.fixture(scope="module")
def commits(hub: EmbeddedHub) -> dict[str, str]:
    """What each model is locked to; main is elsewhere in all that do not follow it."""
    commits = {}
    for name, revision in REVISIONS.items():
        if revision == "v1.0":
            commits[name] = hub.publish("acme/tag", files(revision), tag=revision)
        else:
            commits[name] = hub.publish(f"acme/{name}", files(revision), branch=revision)
        if revision != "main":
            hub.publish(f"acme/{name}", files("elsewhere"))
    return commits


@pytest.fixture(scope="module")
def sealed(hub: EmbeddedHub, commits: dict[str, str], folder: Path) -> Project:
    """A tree that nobody writes in."""
    assert len(commits) == len(REVISIONS)
    return synced(folder / "sealed", hub)


@pytest.fixture
def open_tree(hub: EmbeddedHub, commits: dict[str, str], tmp_path: Path) -> Project:
    """A tree of this test's own."""
    assert len(commits) == len(REVISIONS)
    return synced(tmp_path, hub)


def files(text: str) -> dict[str, bytes]:
    return {
        "config.json": text.encode(),
        "sub/notes.txt": text.encode(),
        "model.safetensors": text.encode(),
    }


def synced(folder: Path, hub: EmbeddedHub) -> Project:
    project = Project(folder, hub, BY_REVISION)
    project.lock()
    project.sync()
    return project


@pytest.fixture(scope="module", params=VERSIONS)
def answer(request: pytest.FixtureRequest, sealed: Project, commits: dict[str, str]) -> Any:
    asked = [
        (f"acme/{name}", given)
        for name, revision in REVISIONS.items()
        for given in (None, revision, commits[name])
    ]
    return answer_of(
        "hub_client.py",
        json.dumps(asked),
        tree=sealed.tree,
        python=python_of(request.param),
        **sealed.variables,
    )


def python_of(version: str) -> str:
    """The interpreter that has a version of huggingface_hub."""
    return program("python", venv=VERSIONS[version])


def test_files_and_snapshots_are_found_by_no_revision_by_name_and_by_commit(
    answer: Any, commits: dict[str, str]
) -> None:
    expected = [
        {
            "hf_hub_download": revision,
            "below": revision,
            "snapshot_download": commits[name],
            "try_to_load_from_cache": revision,
        }
        for name, revision in REVISIONS.items()
        for _ in range(3)
    ]

    assert answer["found"] == expected


def test_a_scan_sees_every_model_and_nothing_to_warn_of(answer: Any) -> None:
    assert answer["scanned"] == {
        "refs": {
            "acme/main": ["main"],
            "acme/branch": ["feature/x", "main"],
            "acme/tag": ["main", "v1.0"],
            "acme/pull": ["main", "refs/pr/1"],
        },
        "warnings": [],
    }


@pytest.mark.parametrize("version", VERSIONS)
def test_hf_cache_lists_the_models(version: str, sealed: Project) -> None:
    command = [program("hf", venv=VERSIONS[version]), "cache"]
    command += ["ls"] if version in WITH_HF_CACHE else ["scan"]

    ended = run_isolated(command, tree=sealed.tree, variables=sealed.variables)

    assert ended.returncode == 0, ended.stderr
    assert all(f"acme/{name}" in ended.stdout for name in REVISIONS)


@pytest.mark.parametrize("version", WITH_HF_CACHE)
def test_hf_cache_verify_finds_nothing_wrong(
    version: str, hub: EmbeddedHub, open_tree: Project
) -> None:
    for name, revision in REVISIONS.items():
        arguments = ["verify", f"acme/{name}", "--revision", revision]
        ended = hf_cache(version, open_tree, *arguments, HF_ENDPOINT=hub.url, HF_HUB_OFFLINE="0")

        assert ended.returncode == 0, ended.stdout + ended.stderr


def remove_a_model(version: str, project: Project) -> None:
    hf_cache(version, project, "rm", "model/acme/main", "--yes")


def remove_a_revision(version: str, project: Project) -> None:
    (commit,) = (project.cache / "models--acme--tag" / "snapshots").iterdir()
    hf_cache(version, project, "rm", commit.name, "--yes")


def remove_in_python(version: str, project: Project) -> None:
    """What `hf cache delete` of 0.36 does, which only a person at a terminal can use."""
    (commit,) = (project.cache / "models--acme--main" / "snapshots").iterdir()
    run([python_of(version), "-c", DELETE, commit.name], project)


@pytest.mark.parametrize(
    ("version", "removal"),
    [
        ("0.36", remove_in_python),
        ("1.33", remove_a_model),
        ("1.33", remove_a_revision),
        ("2.4", remove_a_model),
        ("2.4", remove_a_revision),
    ],
)
def test_what_is_removed_from_the_cache_is_still_in_the_store_and_comes_back(
    version: str, removal: Callable[[str, Project], None], hub: EmbeddedHub, open_tree: Project
) -> None:
    before = placed(open_tree)
    removal(version, open_tree)
    after = placed(open_tree)
    hub.requests.clear()

    open_tree.sync()

    assert after.keys() < before.keys()
    assert damaged(open_tree.store) == []
    assert placed(open_tree) == before
    assert len(hub.requests) == 0


@pytest.mark.parametrize("version", WITH_HF_CACHE)
def test_hf_cache_prune_finds_nothing_to_remove(version: str, open_tree: Project) -> None:
    before = placed(open_tree)

    ended = hf_cache(version, open_tree, "prune", "--yes")

    assert ended.returncode == 0, ended.stderr
    assert placed(open_tree) == before
    assert damaged(open_tree.store) == []


def hf_cache(
    version: str, project: Project, *arguments: str, **variables: str
) -> subprocess.CompletedProcess[str]:
    return run([program("hf", venv=VERSIONS[version]), "cache", *arguments], project, **variables)


def run(command: list[str], project: Project, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a command that may do what it likes to the tree."""
    environ = {**clean_environment(), **project.variables, "HOME": str(project.folder)}
    return subprocess.run(
        command,
        env={**environ, **variables},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def placed(project: Project) -> dict[str, bytes]:
    return {
        path.relative_to(project.cache).as_posix(): path.read_bytes()
        for path in project.cache.rglob("*")
        if path.is_file()
    }


def damaged(store: Path) -> list[str]:
    """Names of blobs whose bytes have another sha256."""
    blobs = [path for path in (store / "v1" / "blobs").rglob("*") if path.is_file()]
    assert blobs != []
    return [
        path.name for path in blobs if hashlib.sha256(path.read_bytes()).hexdigest() != path.name
    ]
