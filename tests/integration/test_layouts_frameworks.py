"""Layouts of frameworks that look for names in one directory: models share it, file by file."""

from pathlib import Path

import pytest

from modellock.decisions.plan import Condition
from modellock.documents.project_settings import Layout
from modellock.errors import ModellockError
from modellock.verbs.path import path
from modellock.verbs.status import status
from tests.integration.local_project import LocalProject, texts_below
from tests.integration.stats import written

TORCH_HUB = 'layout = "torch-hub"'
CHECKPOINTS = "torch/hub/checkpoints"


@pytest.fixture
def project(tmp_path: Path) -> LocalProject:
    """A project with two checkpoints of torch hub."""
    made = LocalProject(tmp_path, keys={"resnet": TORCH_HUB, "vgg": TORCH_HUB})
    made.publish("resnet", {"resnet18-f37072fd.pth": "resnet"})
    made.put("vgg", {"vgg11-8a719046.pth": "vgg"})
    return made


def test_checkpoints_of_torch_hub_lie_in_one_directory(project: LocalProject) -> None:
    assert project.shown() == {
        f"{CHECKPOINTS}/resnet18-f37072fd.pth": "resnet",
        f"{CHECKPOINTS}/vgg11-8a719046.pth": "vgg",
    }


@pytest.mark.parametrize(
    ("layout", "shown"),
    [
        ("torch-hub", "torch/hub/checkpoints/weights.pt"),
        ("whisper", "whisper/weights.pt"),
        ("clip", "clip/weights.pt"),
    ],
)
def test_to_a_cache_folder_is_where_the_framework_looks(
    tmp_path: Path, layout: str, shown: str
) -> None:
    project = LocalProject(tmp_path, settings_table=f'layout = "{layout}"')
    project.publish("model", {"weights.pt": "w"})
    project.lock()
    cache = tmp_path / ".cache"

    project.sync(to=str(cache))

    assert texts_below(cache) == {shown: "w"}


def test_a_layout_that_the_manifest_does_not_name_can_be_asked_for(tmp_path: Path) -> None:
    project = LocalProject(tmp_path)
    project.publish("model", {"weights.pt": "w"})
    project.lock()
    cache = tmp_path / ".cache"

    project.sync(to=str(cache), layout=Layout.WHISPER)

    assert texts_below(cache) == {"whisper/weights.pt": "w"}


def test_a_file_takes_the_name_that_the_framework_asks_for(tmp_path: Path) -> None:
    rename = 'layout = "clip"\nrename = { "openai/vit.pt" = "ViT-B-32.pt" }'
    project = LocalProject(tmp_path, keys={"vit": rename})

    project.put("vit", {"openai/vit.pt": "vit"})

    assert project.shown() == {"clip/ViT-B-32.pt": "vit"}


def test_path_leads_to_the_directory_and_to_a_file(project: LocalProject) -> None:
    directory = project.directory / "models" / CHECKPOINTS

    assert path(project.project, "vgg") == str(directory)
    assert path(project.project, "vgg", "vgg11-8a719046.pth") == str(
        directory / "vgg11-8a719046.pth"
    )


def test_a_model_that_is_not_locked_any_more_goes_alone(project: LocalProject) -> None:
    project.declare("vgg")
    project.lock()

    project.sync()

    assert project.shown() == {f"{CHECKPOINTS}/vgg11-8a719046.pth": "vgg"}


def test_the_last_one_takes_the_directories_with_it(project: LocalProject) -> None:
    project.declare()
    project.lock()

    project.sync()

    assert not (project.directory / "models").exists()


def test_what_the_framework_fetched_itself_stays(project: LocalProject) -> None:
    fetched = project.directory / "models" / CHECKPOINTS / "alexnet-owt-7be5be79.pth"
    fetched.write_text("alexnet")
    project.put("resnet", {"resnet18-5c106cde.pth": "new"})
    project.declare()
    project.lock()

    project.sync()

    assert project.shown() == {f"{CHECKPOINTS}/alexnet-owt-7be5be79.pth": "alexnet"}


def test_a_new_version_leaves_the_neighbours_alone(project: LocalProject) -> None:
    neighbour = project.directory / "models" / CHECKPOINTS / "vgg11-8a719046.pth"
    before = written(neighbour)

    project.put("resnet", {"resnet18-5c106cde.pth": "new"})

    assert project.shown() == {
        f"{CHECKPOINTS}/resnet18-5c106cde.pth": "new",
        f"{CHECKPOINTS}/vgg11-8a719046.pth": "vgg",
    }
    assert written(neighbour) == before


def test_an_edited_file_is_told_of_its_own_model_alone(project: LocalProject) -> None:
    edited = project.directory / "models" / CHECKPOINTS / "vgg11-8a719046.pth"
    edited.unlink()
    edited.write_text("edited")

    result = status(project.project, project.settings)

    assert {one.name: one.condition for one in result.models} == {
        "resnet": Condition.PLACED,
        "vgg": Condition.MODIFIED,
    }


def test_an_edited_file_is_kept_aside_and_replaced(project: LocalProject) -> None:
    edited = project.directory / "models" / CHECKPOINTS / "vgg11-8a719046.pth"
    edited.unlink()
    edited.write_text("edited")

    project.sync()

    assert project.shown() == {
        f"{CHECKPOINTS}/resnet18-f37072fd.pth": "resnet",
        f"{CHECKPOINTS}/vgg11-8a719046.pth": "vgg",
        f"{CHECKPOINTS}/vgg11-8a719046.pth.edited": "edited",
    }


def test_a_name_that_two_models_give_to_different_bytes_is_refused(tmp_path: Path) -> None:
    project = LocalProject(tmp_path, settings_table='layout = "whisper"')
    project.publish("english", {"base.pt": "english"})
    project.publish("german", {"base.pt": "german"})

    with pytest.raises(ModellockError, match=r"'models/whisper/base\.pt'.*english.*german"):
        project.lock()


def test_a_file_of_two_models_stays_until_neither_is_locked(tmp_path: Path) -> None:
    project = LocalProject(tmp_path, settings_table='layout = "whisper"')
    project.publish("large", {"large-v3.pt": "large"})
    project.put("large-v3", {"large-v3.pt": "large"})

    shown = [project.shown()]
    for left in (["large"], []):
        project.declare(*left)
        project.lock()
        project.sync()
        shown.append(project.shown())

    assert shown == [{"whisper/large-v3.pt": "large"}, {"whisper/large-v3.pt": "large"}, {}]


@pytest.mark.parametrize("kept", ["large", "large-v3"])
def test_whichever_of_the_two_stays_has_its_file(tmp_path: Path, kept: str) -> None:
    project = LocalProject(tmp_path, settings_table='layout = "whisper"')
    project.publish("large", {"large-v3.pt": "large"})
    project.put("large-v3", {"large-v3.pt": "large"})
    project.declare(kept)
    project.lock()

    project.sync(models=(kept,))

    assert project.shown() == {"whisper/large-v3.pt": "large"}
    assert status(project.project, project.settings).is_whole
