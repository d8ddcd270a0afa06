"""Frameworks run what their page shows, each with a tiny model in a format of its own."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.consumers.tiny_models import Case, TinyModels, make_tiny_models
from tests.framework_page import PAGE, FrameworkPage
from tests.markdown import sections, text_of
from tests.source_tree import ROOT

pytestmark = pytest.mark.consumers

CASES = (
    Case("Hub caches", "with_diffusers.py", "['scheduler', 'unet']\n", boxes=True),
    Case("Hub caches", "with_timm.py", "test_vit\n", boxes=True),
    Case("Hub caches", "with_open_clip.py", "77\n", boxes=True),
    Case("Hub caches", "with_faster_whisper.py", "448\n"),
    Case("Torch hub", "with_torchvision.py", "1000\n", boxes=True),
    Case("Torch hub", "with_torch_hub.py", "['weight']\n"),
    Case("Whisper", "with_whisper.py", "6\n", wired="whisper"),
    Case("Whisper", "with_whisper_in_the_home.py", "6\n", wired="whisper", bare=True),
    Case("CLIP", "with_clip.py", "77\n", boxes=True, wired="clip.clip"),
    Case("CLIP", "with_clip_in_the_home.py", "77\n", boxes=True, wired="clip.clip", bare=True),
    Case(
        "Folders and files",
        "with_sentence_transformers.py",
        "[-0.0345  0.031   0.0067  0.0261]\n",
        boxes=True,
    ),
    Case("Folders and files", "with_faster_whisper.py", "448\n"),
    Case("Folders and files", "with_mediapipe.py", "ImageEmbedder\n"),
    Case("Folders and files", "with_piper.py", "[16000]\n"),
    Case("Folders and files", "with_llama_cpp.py", "4\n"),
    Case("Folders and files", "with_onnxruntime.py", "['input', 'state', 'sr']\n"),
)


@pytest.fixture(scope="module")
def models(folder: Path) -> TinyModels:
    return make_tiny_models(folder / "tiny")


@pytest.fixture(scope="module")
def page(folder: Path, models: TinyModels) -> Iterator[FrameworkPage]:
    with FrameworkPage(folder, models.upstream) as page:
        yield page


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.heading}: {case.program}")
def test_a_program_of_the_page_finds_its_model(
    page: FrameworkPage, models: TinyModels, case: Case
) -> None:
    ended = models.run(case, page.project(case.heading))

    assert (ended.returncode, ended.stdout) == (0, case.printed), ended.stderr


def test_torch_hub_finds_its_checkpoint_in_the_home_without_a_variable(
    page: FrameworkPage, models: TinyModels
) -> None:
    case = Case("Torch hub", "with_torch_hub.py", "['weight']\n", bare=True)

    ended = models.run(case, page.project(case.heading))

    assert (ended.returncode, ended.stdout) == (0, case.printed), ended.stderr


def test_every_program_of_the_page_is_run() -> None:
    shown = [
        (heading, block.title)
        for heading, blocks in sections(PAGE).items()
        for block in blocks
        if block.language == "python"
    ]

    assert shown == [(case.heading, case.program) for case in CASES]


def test_the_page_locks_what_the_frameworks_have_wired_in(models: TinyModels) -> None:
    text = text_of(PAGE)

    assert [one for one in models.wired.values() if f'"{one}"' not in text] == []


def test_the_page_names_the_versions_that_are_run() -> None:
    named = re.findall(r"(?m)^\|[^|]+\| `([\w.-]+)` ([\w.]+) \|", text_of(PAGE))
    groups = tomllib.loads(Path(ROOT, "pyproject.toml").read_text())["dependency-groups"]
    pins = [*groups["consumers"], *groups["frameworks"], *groups["frameworks-alone"]]

    assert len(named) == 15
    assert [name for name, version in named if f"{name}=={version}" not in pins] == []
