"""Code from repositories runs as it was locked, whatever became of their main since."""

import json
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save

from modellock.testing import EmbeddedHub
from tests.consumers.project import Project
from tests.consumers.sandbox import answer_of

pytestmark = pytest.mark.consumers

MANIFEST = """\
[settings]
layout = "hf-cache"

[models.own-code]
hub = "acme/own-code"

[models.their-code]
hub = "acme/their-code"
"""

CODE = """\
import torch
from transformers import PretrainedConfig, PreTrainedModel

from .numbers_x import NUMBER


class XConfig(PretrainedConfig):
    model_type = "x"


class XModel(PreTrainedModel):
    config_class = XConfig

    def __init__(self, config):
        super().__init__(config)
        self.weight = torch.nn.Parameter(torch.zeros(1))
        self.post_init()

    def forward(self, value):
        return value + NUMBER
"""


@pytest.fixture(scope="module")
def project(hub: EmbeddedHub, folder: Path) -> Project:
    """What all code answers is 1 when it is locked, and 2 by the time of the sync."""
    weights = {"model.safetensors": save({"weight": np.zeros(1, np.float32)}, {"format": "pt"})}
    own, theirs = auto_map(""), auto_map("acme/code--")
    hub.publish("acme/own-code", {**weights, **code(1), "config.json": own})
    hub.publish("acme/their-code", {**weights, "config.json": theirs})
    hub.publish("acme/code", code(1))
    project = Project(folder, hub, MANIFEST)
    project.lock()
    for name in ("acme/own-code", "acme/code"):
        hub.publish(name, code(2))
    project.sync()
    return project


def code(number: int) -> dict[str, bytes]:
    return {"modeling_x.py": CODE.encode(), "numbers_x.py": b"NUMBER = %d\n" % number}


def auto_map(prefix: str) -> bytes:
    classes = {"AutoConfig": "XConfig", "AutoModel": "XModel"}
    mapped = {auto: f"{prefix}modeling_x.{name}" for auto, name in classes.items()}
    return json.dumps({"model_type": "x", "auto_map": mapped}).encode()


@pytest.mark.parametrize("name", ["acme/own-code", "acme/their-code"])
def test_the_code_that_was_locked_runs(name: str, project: Project, folder: Path) -> None:
    modules = folder / "modules"
    modules.mkdir(mode=0o777, exist_ok=True)
    modules.chmod(0o777)

    answer = answer_of(
        "remote_code.py",
        name,
        tree=project.tree,
        HF_MODULES_CACHE=str(modules),
        **project.variables,
    )

    assert answer == [1.0]
