"""What `lock` takes of repositories that are laid out as upstream lays them out."""

import pytest

from modellock.decisions.entries import Wish
from modellock.decisions.selection import LeftOut
from modellock.errors import SelectionError
from modellock.ports.reporting import Reporter
from modellock.verbs.edit import AddRequest, add
from tests import fixtures_upstream as upstream
from tests.integration.workspace import Workspace

TOKENIZER = ["special_tokens_map.json", "tokenizer.json", "tokenizer_config.json"]


def declare(workspace: Workspace, origin: str, *lines: str) -> None:
    workspace.write("\n".join(["[models.m]", origin, *lines, ""]))


def taken(workspace: Workspace, name: str = "m") -> list[str]:
    return [file.path for file in workspace.read_lock().models[name].files]


def test_of_a_remote_code_embedding_the_code_comes_along(workspace: Workspace) -> None:
    upstream.remote_code_embedding(workspace.hub)
    declare(workspace, f'hub = "{upstream.EMBEDDING}"')

    result = workspace.lock()

    assert taken(workspace) == [
        ".gitattributes",
        "1_Pooling/config.json",
        "README.md",
        "config.json",
        "config_sentence_transformers.json",
        "model.safetensors",
        "modules.json",
        "sentence_bert_config.json",
        *TOKENIZER,
        "vocab.txt",
    ]
    assert taken(workspace, upstream.EMBEDDING_CODE) == [
        "config.json",
        "configuration_hf_bert.py",
        "modeling_hf_bert.py",
    ]
    assert workspace.read_lock().models[upstream.EMBEDDING_CODE].required_by == ("m",)
    assert result.left_out["m"] == (
        LeftOut(format="onnx", files=2, size=1_000, remedy='formats = ["safetensors", "onnx"]'),
    )


def test_of_an_adapter_the_base_comes_along(workspace: Workspace) -> None:
    upstream.adapter_with_base(workspace.hub)
    declare(workspace, f'hub = "{upstream.ADAPTER}"')

    workspace.lock()

    assert taken(workspace) == [
        "README.md",
        "adapter_config.json",
        "adapter_model.safetensors",
        *TOKENIZER,
    ]
    base = workspace.read_lock().models[upstream.SHARDED]
    assert (base.required_by, base.revision) == (("m",), "main")
    assert "model-00003-of-00003.safetensors" in taken(workspace, upstream.SHARDED)
    assert "pytorch_model-00001-of-00002.bin" not in taken(workspace, upstream.SHARDED)


def test_of_a_sharded_model_every_shard_is_taken_with_its_index(workspace: Workspace) -> None:
    upstream.sharded_model(workspace.hub)
    declare(workspace, f'hub = "{upstream.SHARDED}"')

    result = workspace.lock()

    assert taken(workspace) == [
        "README.md",
        "config.json",
        "generation_config.json",
        "model-00001-of-00003.safetensors",
        "model-00002-of-00003.safetensors",
        "model-00003-of-00003.safetensors",
        "model.safetensors.index.json",
        "special_tokens_map.json",
        "tokenizer.json",
        "tokenizer.model",
        "tokenizer_config.json",
    ]
    (left_out,) = result.left_out["m"]
    assert (left_out.format, left_out.files) == ("pickle", 3)


def test_a_selection_that_splits_a_sharded_model_is_refused(workspace: Workspace) -> None:
    upstream.sharded_model(workspace.hub)
    declare(
        workspace,
        f'hub = "{upstream.SHARDED}"',
        'include = ["*.json", "model-00001-of-00003.safetensors"]',
        'exclude = ["pytorch_model*"]',
    )

    with pytest.raises(SelectionError) as caught:
        workspace.lock()

    assert str(caught.value) == (
        "m/model.safetensors.index.json: names shards that the selection lacks: "
        "expected 'model-00002-of-00003.safetensors', received none such (2 missing)"
    )


LEFT_OUT = {
    "flax": (["flax_model.msgpack"], 1_100),
    "onnx": (
        ["onnx/model.onnx", "onnx/model_O4.onnx", "onnx/model_qint8_avx512_vnni.onnx"],
        2_100,
    ),
    "openvino": (["openvino/openvino_model.bin", "openvino/openvino_model.xml"], 1_307),
    "pickle": (["pytorch_model.bin"], 1_400),
    "tensorflow": (["tf_model.h5"], 1_500),
}
"""Of the repository with six formats: the files of each that stay out, and their bytes."""


def test_of_six_formats_one_is_taken_and_the_others_are_told(workspace: Workspace) -> None:
    upstream.many_formats(workspace.hub)
    declare(workspace, f'hub = "{upstream.MANY_FORMATS}"')

    result = workspace.lock()

    assert taken(workspace) == [
        "1_Pooling/config.json",
        "README.md",
        "config.json",
        "model.safetensors",
        "modules.json",
        "onnx/config.json",
        "onnx/tokenizer.json",
        "sentencepiece.bpe.model",
        *TOKENIZER,
    ]
    assert {one.format: (one.files, one.size, one.remedy) for one in result.left_out["m"]} == {
        name: (len(paths), size, f'formats = ["safetensors", "{name}"]')
        for name, (paths, size) in LEFT_OUT.items()
    }


@pytest.mark.parametrize("name", LEFT_OUT)
def test_the_line_that_is_told_brings_a_format_in(name: str, workspace: Workspace) -> None:
    upstream.many_formats(workspace.hub)
    origin = f'hub = "{upstream.MANY_FORMATS}"'
    declare(workspace, origin)
    told = {one.format: one.remedy for one in workspace.lock().left_out["m"]}
    before = taken(workspace)

    declare(workspace, origin, told[name])
    result = workspace.lock()

    paths, _ = LEFT_OUT[name]
    assert taken(workspace) == sorted([*before, *paths])
    assert {one.format for one in result.left_out["m"]} == LEFT_OUT.keys() - {name}


def test_all_formats_can_be_taken(workspace: Workspace) -> None:
    upstream.many_formats(workspace.hub)
    declare(workspace, f'hub = "{upstream.MANY_FORMATS}"', 'formats = ["*"]')

    result = workspace.lock()

    assert len(taken(workspace)) == 19
    assert result.left_out == {}


def test_of_ten_quantisations_nothing_is_taken_before_one_is_chosen(workspace: Workspace) -> None:
    upstream.quantised_model(workspace.hub)
    declare(workspace, f'hub = "{upstream.QUANTISED}"')

    with pytest.raises(SelectionError) as caught:
        workspace.lock()

    assert str(caught.value).splitlines() == [
        "m: acme/chat-GGUF has 10 GGUF quantisations, and nothing chooses",
        "  chat-IQ4_XS.gguf  1.0 kB",
        "  chat-Q2_K.gguf  1.1 kB",
        "  chat-Q3_K_L.gguf  1.2 kB",
        "  chat-Q3_K_M.gguf  1.3 kB",
        "  chat-Q4_0.gguf  1.4 kB",
        "  chat-Q4_K_M.gguf  1.5 kB",
        "  chat-Q4_K_S.gguf  1.6 kB",
        "  chat-Q5_K_M.gguf  1.7 kB",
        "  chat-Q6_K_L.gguf  1.8 kB",
        "  chat-Q8_0/chat-Q8_0-*-of-00002.gguf  4.0 kB",
    ]
    assert caught.value.hint == 'write `include = ["chat-IQ4_XS.gguf"]` below [models.m]'


@pytest.mark.parametrize(
    ("line", "paths"),
    [
        ('include = ["chat-IQ4_XS.gguf"]', ["chat-IQ4_XS.gguf"]),
        (
            'include = ["chat-Q8_0/chat-Q8_0-*-of-00002.gguf"]',
            [
                "chat-Q8_0/chat-Q8_0-00001-of-00002.gguf",
                "chat-Q8_0/chat-Q8_0-00002-of-00002.gguf",
            ],
        ),
    ],
)
def test_the_line_that_is_told_chooses_a_quantisation(
    line: str, paths: list[str], workspace: Workspace
) -> None:
    upstream.quantised_model(workspace.hub)
    declare(workspace, f'hub = "{upstream.QUANTISED}"', line)

    workspace.lock()

    assert taken(workspace) == paths


def test_a_voice_is_its_weights_and_their_configuration(workspace: Workspace) -> None:
    upstream.voices(workspace.hub)
    folder = "en/en_US/lessac/medium"
    page = f"https://huggingface.co/{upstream.VOICES}/tree/main/{folder}"
    request = AddRequest(
        origins=(page,), directory=str(workspace.directory), wish=Wish(name="lessac")
    )

    result = add(workspace.project, workspace.settings, Reporter(), request)

    assert taken(workspace, "lessac") == [
        f"{folder}/MODEL_CARD",
        f"{folder}/en_US-lessac-medium.onnx",
        f"{folder}/en_US-lessac-medium.onnx.json",
        f"{folder}/samples/speaker_0.mp3",
    ]
    assert result.lock.left_out == {}


def test_without_a_choice_all_voices_are_taken_since_none_is_a_copy(workspace: Workspace) -> None:
    upstream.voices(workspace.hub)
    declare(workspace, f'hub = "{upstream.VOICES}"')

    result = workspace.lock()

    assert len(taken(workspace)) == 10
    assert result.left_out == {}


def test_of_a_release_with_parts_every_asset_is_taken_but_checksums_and_signatures(
    workspace: Workspace,
) -> None:
    upstream.release_with_parts(workspace.github)
    declare(workspace, f'github = "{upstream.IN_PARTS}"')

    workspace.lock()

    assert taken(workspace) == [
        "speech-large.tar.zst.part-aa",
        "speech-large.tar.zst.part-ab",
        "speech-large.tar.zst.part-ac",
        "speech-tiny.onnx",
        "speech-tiny.onnx.json",
    ]


def test_checksums_of_a_release_can_be_taken_by_name(workspace: Workspace) -> None:
    upstream.release_with_parts(workspace.github)
    declare(workspace, f'github = "{upstream.IN_PARTS}"', 'include = ["*.part-*", "SHA256SUMS"]')

    workspace.lock()

    assert taken(workspace) == [
        "SHA256SUMS",
        "speech-large.tar.zst.part-aa",
        "speech-large.tar.zst.part-ab",
        "speech-large.tar.zst.part-ac",
    ]


def test_where_no_tag_is_a_version_the_newest_publication_is_taken(workspace: Workspace) -> None:
    upstream.releases_without_versions(workspace.github)
    declare(workspace, f'github = "{upstream.WITHOUT_VERSIONS}"')

    workspace.lock()

    locked = workspace.read_lock().models["m"]
    assert (locked.tag, locked.version) == ("winter", None)


def test_a_tag_that_is_no_version_can_be_named(workspace: Workspace) -> None:
    upstream.releases_without_versions(workspace.github)
    declare(workspace, f'github = "{upstream.WITHOUT_VERSIONS}"', 'tag = "nightly-2025-02-01"')

    workspace.lock()

    assert workspace.read_lock().models["m"].tag == "nightly-2025-02-01"
