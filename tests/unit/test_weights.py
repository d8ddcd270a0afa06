import pytest

from modellock.documents.weights import (
    complete_directories,
    format_of,
    home_of,
    is_checksum_or_signature,
    is_weight_index,
    shards_of,
)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("model.safetensors", "safetensors"),
        ("model.safetensors.index.json", "safetensors"),
        ("pytorch_model.bin.index.json", "pickle"),
        ("unet/diffusion_pytorch_model.ckpt", "pickle"),
        ("openvino_model.bin", "openvino"),
        ("openvino/model.xml", "openvino"),
        ("x/model.mlmodelc/weights/weight.bin", "coreml"),
        ("MODEL.GGUF", "gguf"),
        ("model.onnx_data", "onnx"),
        ("model.onnx.data", "onnx"),
        ("config.json", None),
        ("vocab.txt", None),
        ("notes.bin.md", None),
    ],
)
def test_the_format_of_a_file(path: str, expected: str | None) -> None:
    assert format_of(path) == expected


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("model.bin", ""),
        ("unet/model.bin", "unet"),
        ("onnx/model.onnx", ""),
        ("unet/onnx/deep/model.onnx", "unet"),
        ("coreml/a/b.mlpackage/Data/w.bin", ""),
    ],
)
def test_the_directory_whose_weights_a_file_copies(path: str, expected: str) -> None:
    assert home_of(path) == expected


def test_a_directory_is_complete_when_every_set_of_shards_is() -> None:
    paths = [
        "a/m-00001-of-00002.safetensors",
        "a/m-00002-of-00002.safetensors",
        "b/m-00001-of-00002.safetensors",
        "b/whole.safetensors",
        "c/whole.safetensors",
    ]

    assert complete_directories(paths) == {"a", "c"}


def test_an_index_names_shards_beside_itself() -> None:
    content = b'{"weight_map": {"x": "m-1.safetensors", "y": "m-2.safetensors"}}'

    assert is_weight_index("unet/model.safetensors.index.json")
    assert shards_of("unet/model.safetensors.index.json", content) == {
        "unet/m-1.safetensors",
        "unet/m-2.safetensors",
    }


@pytest.mark.parametrize(
    "content", [b"[]", b"{}", b'{"weight_map": {"x": 3}}', b"not json", b"\xff", b"[" * 100_000]
)
def test_what_is_no_index_is_said_to_be_none(content: bytes) -> None:
    with pytest.raises(ValueError, match="is not a weight index"):
        shards_of("m.safetensors.index.json", content)


@pytest.mark.parametrize("name", ["tokenizer.json", "model.index.json"])
def test_other_json_files_are_no_indexes(name: str) -> None:
    assert not is_weight_index(name)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("checksums.txt", True),
        ("model.bin.sha256", True),
        ("model.bin.sha256sum", True),
        ("sha512sums.txt", True),
        ("b2sums", True),
        ("model.md5", True),
        ("model.bin", False),
        ("checksums-explained.pdf", False),
        ("signal.wav", False),
    ],
)
def test_what_says_something_of_another_asset(name: str, *, expected: bool) -> None:
    assert is_checksum_or_signature(name) is expected


def test_a_number_that_no_shard_has_counts_nothing() -> None:
    absurd = f"model-00001-of-{'9' * 5000}.safetensors"

    assert complete_directories([absurd]) == {""}
