"""peft loads adapters over the base that is locked with them, from a Hub and from a folder."""

import shutil
from pathlib import Path

import pytest

from modellock.testing import EmbeddedHub
from tests.consumers.project import Project, contents
from tests.consumers.sandbox import answer_of

pytestmark = pytest.mark.consumers

MANIFEST = """\
[settings]
layout = "hf-cache"

[models.lora]
hub = "acme/lora"

[models.own]
local = "trained"
layout = "plain"
"""

WEIGHTS = [[1.0], [7.0]]


@pytest.fixture(scope="module")
def project(hub: EmbeddedHub, models: Path, folder: Path) -> Project:
    """The base's main moved on after it was locked."""
    hub.publish("acme/base", contents(models / "whole-1"))
    hub.publish("acme/lora", contents(models / "lora"))
    project = Project(folder, hub, MANIFEST)
    shutil.copytree(models / "lora", project.folder / "trained")
    project.lock()
    hub.publish("acme/base", contents(models / "whole-2"))
    project.sync()
    return project


def test_an_adapter_of_the_hub_loads_in_every_way_over_the_base_that_is_pinned(
    project: Project,
) -> None:
    answer = answer_of(
        "adapters.py", "acme/base", "acme/lora", tree=project.tree, **project.variables
    )

    assert answer == {"AutoPeftModel": WEIGHTS, "PeftModel": WEIGHTS, "AutoModel": WEIGHTS}


def test_an_adapter_in_a_folder_loads_over_a_base_of_the_hub(project: Project) -> None:
    variables = project.variables
    own = variables["MODELLOCK_MODEL_OWN"]

    answer = answer_of("adapters.py", "acme/base", own, tree=project.tree, **variables)

    assert answer == {"AutoPeftModel": WEIGHTS, "PeftModel": WEIGHTS, "AutoModel": WEIGHTS}
