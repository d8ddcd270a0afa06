"""What the page on frameworks writes into models.toml is placed where they look."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.framework_page import PAGE, VOICE, FrameworkPage, Upstream
from tests.markdown import sections

pytestmark = pytest.mark.slow

FILES = (
    "base.pt",
    "ViT-B-32.pt",
    "resnet18-f37072fd.pth",
    "weights.pth",
    "mobilenet_v3_small.tflite",
)
REPOSITORIES = {
    "google/ddpm-cifar10-32": ["model_index.json", "unet/config.json"],
    "timm/test_vit.r160_in1k": ["config.json", "model.safetensors"],
    "laion/CLIP-ViT-B-32-laion2B-s34B-b79K": ["open_clip_config.json"],
    "Systran/faster-whisper-tiny": ["config.json", "model.bin"],
    "sentence-transformers/all-MiniLM-L6-v2": ["1_Pooling/config.json", "model.safetensors"],
    "rhasspy/piper-voices": [VOICE, f"{VOICE}.json", "en/en_US/lessac/low/MODEL_CARD"],
    "Qwen/Qwen2.5-0.5B-Instruct-GGUF": ["qwen2.5-0.5b-instruct-q4_k_m.gguf", "README.md"],
    "onnx-community/silero-vad": ["onnx/model.onnx", "onnx/model_int8.onnx"],
}

PLACED = {
    "Hub caches": [
        "hub/models--Systran--faster-whisper-tiny/snapshots/COMMIT/config.json",
        "hub/models--Systran--faster-whisper-tiny/snapshots/COMMIT/model.bin",
        "hub/models--google--ddpm-cifar10-32/snapshots/COMMIT/model_index.json",
        "hub/models--google--ddpm-cifar10-32/snapshots/COMMIT/unet/config.json",
        "hub/models--laion--CLIP-ViT-B-32-laion2B-s34B-b79K/snapshots/COMMIT/open_clip_config.json",
        "hub/models--timm--test_vit.r160_in1k/snapshots/COMMIT/config.json",
        "hub/models--timm--test_vit.r160_in1k/snapshots/COMMIT/model.safetensors",
    ],
    "Torch hub": [
        "torch/hub/checkpoints/detector-1.0.pth",
        "torch/hub/checkpoints/resnet18-f37072fd.pth",
    ],
    "Whisper": ["whisper/base.pt"],
    "CLIP": ["clip/ViT-B-32.pt"],
    "Folders and files": [
        "embedder/embedder.tflite",
        "llama/qwen.gguf",
        "minilm/1_Pooling/config.json",
        "minilm/model.safetensors",
        "speech/config.json",
        "speech/model.bin",
        "vad/onnx/model.onnx",
        "voice/en/en_US/lessac/low/en_US-lessac-low.onnx",
        "voice/en/en_US/lessac/low/en_US-lessac-low.onnx.json",
    ],
}


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FrameworkPage]:
    upstream = Upstream(
        files={name: name.encode() for name in FILES},
        repositories={
            name: {path: path.encode() for path in paths} for name, paths in REPOSITORIES.items()
        },
    )
    with FrameworkPage(tmp_path_factory.mktemp("page"), upstream) as page:
        yield page


@pytest.mark.parametrize("heading", PLACED)
@pytest.mark.parametrize("below", ["models", ".cache"])
def test_the_models_of_a_section_lie_where_the_frameworks_look(
    page: FrameworkPage, heading: str, below: str
) -> None:
    root = page.project(heading) / below

    assert locked_below(root) == PLACED[heading]


def test_each_manifest_of_the_page_is_tried() -> None:
    shown = [
        heading
        for heading, blocks in sections(PAGE).items()
        if any(block.title == "models.toml" for block in blocks)
    ]

    assert shown == list(PLACED)


def locked_below(root: Path) -> list[str]:
    """Paths of all files but the store's, and in a Hub's cache only those in snapshots."""
    paths = [path.relative_to(root) for path in root.rglob("*") if path.is_file()]
    return sorted(
        "/".join("COMMIT" if len(part) == 40 else part for part in path.parts)
        for path in paths
        if path.parts[0] != "modellock" and (path.parts[0] != "hub" or path.parts[2] == "snapshots")
    )
