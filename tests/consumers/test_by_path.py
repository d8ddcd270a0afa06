"""Programs that take a path get it from `modellock path`."""

from importlib.resources import files
from pathlib import Path

import pytest

from modellock.testing import EmbeddedHub
from tests.consumers.project import Project, contents
from tests.consumers.sandbox import answer_of

pytestmark = pytest.mark.consumers

MANIFEST = """\
[models.vad]
hub = "acme/vad"
include = ["silero_vad.onnx"]

[models.file-types]
hub = "acme/file-types"
"""


@pytest.fixture(scope="module")
def project(hub: EmbeddedHub, folder: Path) -> Project:
    detector = Path(str(files("silero_vad"))) / "data"
    hub.publish("acme/vad", {path.name: path.read_bytes() for path in detector.glob("*.onnx")})
    types = Path(str(files("magika"))) / "models" / "standard_v3_3"
    hub.publish("acme/file-types", contents(types))
    project = Project(folder, hub, MANIFEST)
    project.lock()
    project.run("sync")
    return project


def test_onnxruntime_opens_a_file_and_hears_as_silero_vad_does(project: Project) -> None:
    path = project.run("path", "vad", "silero_vad.onnx").strip()

    answer = answer_of("listen.py", path, tree=project.folder / "models")

    assert path == str(project.folder / "models" / "vad" / "silero_vad.onnx")
    assert answer == pytest.approx([0.004447, 0.001294], abs=1e-6)


def test_magika_opens_a_folder_and_knows_python(project: Project) -> None:
    path = project.run("path", "file-types").strip()

    answer = answer_of("file_types.py", path, tree=project.folder / "models")

    assert answer == "python"
