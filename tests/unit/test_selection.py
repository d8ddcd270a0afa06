import pytest

from modellock.decisions.selection import LeftOut, select
from modellock.errors import SelectionError, UnsafeNameError
from tests.unit.specs import offered, spec_of


def chosen(text: str, *paths: str) -> list[str]:
    return [file.path for file in select(spec_of(text), offered(*paths)).files]


def test_copies_of_the_weights_in_other_formats_stay_out() -> None:
    spec = spec_of('hub = "acme/m"')

    selection = select(
        spec,
        offered(
            "config.json",
            "model.safetensors",
            "pytorch_model.bin",
            "tf_model.h5",
            "flax_model.msgpack",
            "onnx/model.onnx",
            "onnx/model.onnx_data",
            "openvino/openvino_model.bin",
            "openvino/openvino_model.xml",
            "coreml/text/model.mlpackage/Data/weight.bin",
            "model-Q4_K_M.gguf",
            "model-Q8_0.gguf",
        ),
    )

    assert [file.path for file in selection.files] == ["config.json", "model.safetensors"]
    assert selection.left_out == (
        LeftOut(format="coreml", files=1, size=10, remedy='formats = ["safetensors", "coreml"]'),
        LeftOut(format="flax", files=1, size=10, remedy='formats = ["safetensors", "flax"]'),
        LeftOut(format="gguf", files=2, size=20, remedy='formats = ["safetensors", "gguf"]'),
        LeftOut(format="onnx", files=2, size=20, remedy='formats = ["safetensors", "onnx"]'),
        LeftOut(
            format="openvino", files=2, size=20, remedy='formats = ["safetensors", "openvino"]'
        ),
        LeftOut(format="pickle", files=1, size=10, remedy='formats = ["safetensors", "pickle"]'),
        LeftOut(
            format="tensorflow", files=1, size=10, remedy='formats = ["safetensors", "tensorflow"]'
        ),
    )


def test_weights_without_a_safetensors_copy_stay() -> None:
    assert chosen('hub = "a/m"', "config.json", "pytorch_model.bin") == [
        "config.json",
        "pytorch_model.bin",
    ]


def test_weights_of_another_folder_are_no_copy() -> None:
    assert chosen('hub = "a/m"', "2_Dense/pytorch_model.bin", "model.safetensors") == [
        "2_Dense/pytorch_model.bin",
        "model.safetensors",
    ]


def test_an_incomplete_safetensors_set_replaces_nothing() -> None:
    paths = ("model-00001-of-00002.safetensors", "pytorch_model.bin")

    assert chosen('hub = "a/m"', *paths) == list(paths)


def test_a_complete_set_of_shards_replaces_the_other_formats() -> None:
    shards = ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"]

    assert chosen('hub = "a/m"', *shards, "pytorch_model.bin") == shards


def test_formats_says_which_weights_come() -> None:
    paths = ("c.json", "m.safetensors", "m.bin", "onnx/m.onnx")

    assert chosen('hub = "a/m"\nformats = ["onnx"]', *paths) == ["c.json", "onnx/m.onnx"]
    assert chosen('hub = "a/m"\nformats = ["*"]', *paths) == sorted(paths)


def test_a_dataset_takes_every_file() -> None:
    paths = ["a.safetensors", "b.bin"]

    assert chosen('hub = "a/d"\ntype = "dataset"', *paths) == paths


def test_a_dataset_takes_the_formats_that_it_asks_for() -> None:
    text = 'hub = "a/d"\ntype = "dataset"\nformats = ["safetensors"]'

    assert chosen(text, "a.safetensors", "b.bin", "c.csv") == ["a.safetensors", "c.csv"]


def test_a_renamed_file_may_not_take_the_place_of_another() -> None:
    with pytest.raises(UnsafeNameError) as caught:
        chosen('hub = "a/m"\nrename = { "a.txt" = "B.txt" }', "a.txt", "b.txt")

    assert str(caught.value) == (
        "m: rename: 'b.txt' and 'B.txt' are the same path where case does not count"
    )
    assert caught.value.hint == "change `rename` below [models.m]"


def test_include_takes_what_matches_and_exclude_takes_away() -> None:
    text = 'hub = "a/m"\ninclude = ["*.json", "onnx/"]\nexclude = ["onnx/b*"]'

    assert chosen(text, "x.json", "onnx/a.onnx", "onnx/b.onnx", "m.bin") == [
        "onnx/a.onnx",
        "x.json",
    ]


def test_a_plain_name_that_matches_nothing_is_an_error_with_the_nearest() -> None:
    with pytest.raises(SelectionError) as caught:
        chosen('hub = "a/m"\ninclude = ["model.safetensor"]', "model.safetensors", "c.json")

    assert str(caught.value) == "m: include: 'model.safetensor' is not a file of a/m"
    assert caught.value.hint == "did you mean `model.safetensors`?"


def test_github_names_are_said_to_be_rewritten() -> None:
    with pytest.raises(SelectionError, match="a space becomes a dot"):
        chosen('github = "a/m"\ninclude = ["my model.bin"]', "my.model.bin")


def test_a_pattern_that_matches_nothing_is_told() -> None:
    selection = select(
        spec_of('hub = "a/m"\ninclude = ["*.json", "*.txt"]'), offered("config.json")
    )

    assert selection.idle_patterns == ("*.txt",)


def test_an_empty_selection_is_an_error_that_shows_what_there_is() -> None:
    with pytest.raises(SelectionError) as caught:
        chosen('hub = "a/m"\ninclude = ["*.txt"]', "config.json")

    assert "the selection is empty" in str(caught.value)
    assert caught.value.hint == "upstream offers `config.json`"


def test_several_quantisations_and_nothing_that_chooses_is_an_error_with_the_list() -> None:
    with pytest.raises(SelectionError) as caught:
        chosen('hub = "a/m"', "m-Q4.gguf", "m-Q8-00001-of-00002.gguf", "m-Q8-00002-of-00002.gguf")

    assert str(caught.value) == (
        "m: a/m has 2 GGUF quantisations, and nothing chooses\n"
        "  m-Q4.gguf  10 bytes\n"
        "  m-Q8-*-of-00002.gguf  20 bytes"
    )
    assert caught.value.hint == 'write `include = ["m-Q4.gguf"]` below [models.m]'


def test_one_quantisation_and_its_projector_need_no_choice() -> None:
    assert chosen('hub = "a/m"', "m-Q4.gguf", "mmproj-f16.gguf") == ["m-Q4.gguf", "mmproj-f16.gguf"]


def test_a_release_gives_every_asset_but_checksums_and_signatures() -> None:
    assets = (
        "model.onnx",
        "model.onnx.json",
        "model.onnx.sha256",
        "SHA256SUMS",
        "SHA256SUMS.asc",
        "whisper_checksums.txt",
        "model.onnx.minisig",
        "model.sigstore.json",
    )

    assert chosen('github = "a/m"', *assets) == ["model.onnx", "model.onnx.json"]


@pytest.mark.parametrize(
    "path", ["../up", "a/../b", "a\\b", "C:x", "x\x1b[31m", "\u202eevil", "nul"]
)
def test_a_hostile_name_is_refused_and_made_inert(path: str) -> None:
    with pytest.raises(UnsafeNameError) as caught:
        chosen('hub = "a/m"', path)

    assert "\x1b" not in str(caught.value)
    assert "\u202e" not in str(caught.value)


def test_names_that_differ_in_case_alone_are_refused_together() -> None:
    with pytest.raises(UnsafeNameError):
        chosen('hub = "a/m"', "Config.json", "config.json")


def test_a_hostile_name_that_is_not_selected_hurts_nobody() -> None:
    assert chosen('hub = "a/m"\nexclude = ["../*"]', "../up", "c.json") == ["c.json"]


def test_a_rename_of_what_is_not_selected_is_an_error() -> None:
    with pytest.raises(SelectionError) as caught:
        chosen('hub = "a/m"\nrename = { "vocab.txt" = "v.txt" }', "vocab.json")

    assert caught.value.hint == "did you mean `vocab.json`?"
