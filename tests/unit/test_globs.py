import pytest

from modellock.values.globs import is_pattern, matches, matches_any, unmatched


@pytest.mark.parametrize(
    ("path", "glob"),
    [
        ("config.json", "*.json"),
        ("data/sub/file.json", "*.json"),
        ("data/sub/file.json", "data/*.json"),
        ("onnx/model.onnx", "onnx/"),
        ("onnx/deep/model.onnx", "onnx/"),
        ("a1.bin", "a[0-9].bin"),
        ("ab.bin", "a[!0-9].bin"),
        ("abc", "a?c"),
        ("a/c", "a?c"),
        (".hidden", "*"),
        ("plain", "plain"),
    ],
)
def test_a_glob_matches_as_on_the_hub(path: str, glob: str) -> None:
    assert matches(path, glob)


@pytest.mark.parametrize(
    ("path", "glob"),
    [
        ("config.JSON", "*.json"),
        ("sub/config.json", "config.json"),
        ("onnx", "onnx/"),
        ("onnxruntime/x", "onnx/"),
        ("my-onnx/x", "onnx/"),
        ("{a,b}", "a"),
    ],
)
def test_a_glob_does_not_match(path: str, glob: str) -> None:
    assert not matches(path, glob)


def test_a_directory_and_magic_characters_make_a_pattern() -> None:
    assert [g for g in ("a/", "*.x", "a?", "a[1]", "plain", "a/b") if is_pattern(g)] == [
        "a/",
        "*.x",
        "a?",
        "a[1]",
    ]


def test_one_matching_glob_is_enough() -> None:
    assert matches_any("a.bin", ["*.json", "*.bin"])
    assert not matches_any("a.bin", ["*.json"])
    assert not matches_any("a.bin", [])


def test_globs_that_match_nothing_are_told_in_their_order() -> None:
    assert unmatched(["z", "*.json", "b/"], ["config.json"]) == ["z", "b/"]
