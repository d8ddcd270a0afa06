"""transformers loads what is placed by its id, in every way to name a revision."""

import json
import os
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from modellock.testing import EmbeddedHub
from tests.consumers.project import BY_REVISION, Project, contents, inventory
from tests.consumers.sandbox import answer_of
from tests.real.programs import program

pytestmark = pytest.mark.consumers

MANIFEST = f"""\
{BY_REVISION}
[models.commit]
hub = "acme/commit"
revision = "{{commit}}"
"""

PYTHONS = {"4.57": ".venv-client-0", "5.23": ".venv-consumers"}
"""Versions of transformers, and which virtual environment has them."""

NAMED = {"main": "main", "branch": "feature/x", "tag": "v1.0", "pull": "refs/pr/1"}
"""What is locked, by model; the commit of `acme/commit` is made by the tests."""

VERSIONS = {"main": 2, "branch": 2, "tag": 1, "pull": 3, "commit": 1}
"""Which version is behind that, by model."""


class Placed(NamedTuple):
    """A synced tree, and to which commits its models are locked."""

    project: Project
    commits: dict[str, str]


class Loads(NamedTuple):
    """What one program loaded, by model and revision, and the tree before and after."""

    answers: dict[tuple[str, str | None], Any]
    commits: dict[str, str]
    before: dict[str, tuple[int, int, int]]
    after: dict[str, tuple[int, int, int]]


def all_of(version: int) -> dict[str, Any]:
    """What a whole model of one version answers."""
    return {
        "config": version,
        "model": [version] * 3,
        "local": [version] * 3,
        "tokenizer": [version] * 3,
        "pipeline": [version] * 6,
    }


def publish(hub: EmbeddedHub, models: Path, name: str) -> dict[str, str]:
    """Version 1 as v1.0, 2 on a branch, 3 in a pull request, and then 2 on main too."""
    versions = {number: contents(models / f"gpt-{number}") for number in (1, 2, 3)}
    return {
        "v1.0": hub.publish(name, versions[1], tag="v1.0"),
        "feature/x": hub.publish(name, versions[2], branch="feature/x"),
        "refs/pr/1": hub.publish(name, versions[3], branch="refs/pr/1"),
        "main": hub.publish(name, versions[2]),
    }


@pytest.fixture(scope="module")
def placed(hub: EmbeddedHub, models: Path, folder: Path) -> Placed:
    commits = {}
    for name in VERSIONS:
        published = publish(hub, models, f"acme/{name}")
        commits[name] = published[NAMED.get(name, "v1.0")]
    project = Project(folder, hub, MANIFEST.format(commit=commits["commit"]))
    project.lock()
    project.sync()
    return Placed(project, commits)


@pytest.fixture(scope="module", params=PYTHONS)
def loads(request: pytest.FixtureRequest, placed: Placed) -> Loads:
    project, commits = placed
    asked = [(name, revision) for name in VERSIONS for revision in (None, commits[name])]
    asked += list(NAMED.items())
    before = inventory(project.tree)
    answers = answer_of(
        "transformers_loads.py",
        json.dumps([(f"acme/{name}", revision) for name, revision in asked]),
        tree=project.tree,
        python=program("python", venv=PYTHONS[request.param]),
        **project.variables,
    )
    return Loads(dict(zip(asked, answers, strict=True)), commits, before, inventory(project.tree))


@pytest.mark.parametrize("name", VERSIONS)
def test_a_model_loads_without_a_revision_whatever_revision_is_locked(
    name: str, loads: Loads
) -> None:
    assert loads.answers[name, None] == all_of(VERSIONS[name])


@pytest.mark.parametrize("name", VERSIONS)
def test_a_model_loads_by_its_commit(name: str, loads: Loads) -> None:
    assert loads.answers[name, loads.commits[name]] == all_of(VERSIONS[name])


@pytest.mark.parametrize("name", NAMED)
def test_a_model_loads_by_the_revision_that_is_locked(name: str, loads: Loads) -> None:
    assert loads.answers[name, NAMED[name]] == all_of(VERSIONS[name])


def test_the_weights_were_in_shards(models: Path) -> None:
    shards = sorted(path.name for path in (models / "gpt-1").glob("*.safetensors"))

    assert len(shards) > 2
    assert shards[0] == f"model-00001-of-0000{len(shards)}.safetensors"


def test_loading_changes_nothing(loads: Loads) -> None:
    assert loads.after == loads.before


def test_the_programs_had_no_right_to_write(hub: EmbeddedHub, placed: Placed) -> None:
    tree = placed.project.tree
    port = hub.url.rpartition(":")[2]

    answer = answer_of("whoami.py", str(tree), tree=tree, PORT=port)

    assert (answer["root"], answer["writes"]) == (False, False)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can take the network away")
def test_the_programs_had_no_network(hub: EmbeddedHub, placed: Placed) -> None:
    tree = placed.project.tree
    port = hub.url.rpartition(":")[2]

    answer = answer_of("whoami.py", str(tree), tree=tree, PORT=port)

    assert answer["hosts"] is False
