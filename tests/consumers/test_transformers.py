"""transformers loads what is placed by its id, in every way to name a revision."""

import json
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from modellock.testing import EmbeddedHub
from tests.consumers.project import Project, contents, inventory
from tests.consumers.sandbox import answer_of

pytestmark = pytest.mark.consumers

MANIFEST = """\
[settings]
layout = "hf-cache"

[models.main]
hub = "acme/main"

[models.branch]
hub = "acme/branch"
revision = "feature/x"

[models.tag]
hub = "acme/tag"
revision = "v1.0"

[models.pull]
hub = "acme/pull"
revision = "refs/pr/1"

[models.commit]
hub = "acme/commit"
revision = "{commit}"
"""


class Loads(NamedTuple):
    """What one program loaded, by id and revision."""

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
def loads(hub: EmbeddedHub, models: Path, folder: Path) -> Loads:
    names = ("main", "branch", "tag", "pull", "commit")
    revisions = {name: publish(hub, models, f"acme/{name}") for name in names}
    commits = {
        "main": revisions["main"]["main"],
        "branch": revisions["branch"]["feature/x"],
        "tag": revisions["tag"]["v1.0"],
        "pull": revisions["pull"]["refs/pr/1"],
        "commit": revisions["commit"]["v1.0"],
    }
    project = Project(folder, hub, MANIFEST.format(commit=commits["commit"]))
    project.lock()
    project.sync()
    named = {"branch": "feature/x", "tag": "v1.0", "pull": "refs/pr/1", "main": "main"}
    asked = [(name, revision) for name in names for revision in (None, commits[name])]
    asked += list(named.items())

    before = inventory(project.tree)
    answers = answer_of(
        "transformers_loads.py",
        json.dumps([(f"acme/{name}", revision) for name, revision in asked]),
        tree=project.tree,
        **project.variables,
    )
    return Loads(dict(zip(asked, answers, strict=True)), commits, before, inventory(project.tree))


VERSIONS = {"main": 2, "branch": 2, "tag": 1, "pull": 3, "commit": 1}


@pytest.mark.parametrize("name", VERSIONS)
def test_a_model_loads_without_a_revision_whatever_revision_is_locked(
    name: str, loads: Loads
) -> None:
    assert loads.answers[name, None] == all_of(VERSIONS[name])


@pytest.mark.parametrize("name", VERSIONS)
def test_a_model_loads_by_its_commit(name: str, loads: Loads) -> None:
    assert loads.answers[name, loads.commits[name]] == all_of(VERSIONS[name])


@pytest.mark.parametrize(
    ("name", "revision"),
    [("main", "main"), ("branch", "feature/x"), ("tag", "v1.0"), ("pull", "refs/pr/1")],
)
def test_a_model_loads_by_the_revision_that_is_locked(
    name: str, revision: str, loads: Loads
) -> None:
    assert loads.answers[name, revision] == all_of(VERSIONS[name])


def test_the_weights_were_in_shards(models: Path) -> None:
    shards = sorted(path.name for path in (models / "gpt-1").glob("*.safetensors"))

    assert len(shards) > 2
    assert shards[0] == f"model-00001-of-0000{len(shards)}.safetensors"


def test_loading_changes_nothing(loads: Loads) -> None:
    assert loads.after == loads.before


def test_the_program_had_no_rights_and_no_network(hub: EmbeddedHub, folder: Path) -> None:
    tree = str(folder / "tree")
    port = hub.url.rpartition(":")[2]

    answer = answer_of("whoami.py", tree, tree=folder / "tree", PORT=port)

    assert (answer["root"], answer["writes"]) == (False, False)
