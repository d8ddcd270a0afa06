import re

import pytest

from modellock.values.paths import (
    check_together,
    fold,
    parents,
    parse_locked_name,
    parse_model_name,
    parse_path,
    shared_directory,
)


@pytest.mark.parametrize(
    "path",
    [
        "config.json",
        "onnx/model.onnx",
        "a/b/c/d/e.txt",
        ".gitattributes",
        "..hidden/...x",
        "with space.bin",
        "model (1)[2]{3}.bin",
        "voilà/модель-日本語.bin",
        "family-👩‍👩‍👧.png",
        "$HOME/~/%2e%2e/`x`;&'!",
        "com10.txt",
        "console",
        "aux-1",
    ],
)
def test_a_plain_relative_path_is_returned_as_it_is(path: str) -> None:
    assert parse_path(path) == path


@pytest.mark.parametrize(
    ("path", "fault"),
    [
        ("", "it is empty"),
        ("/etc/passwd", "an empty segment"),
        ("a//b", "an empty segment"),
        ("a/", "an empty segment"),
        (".", "the segment '.'"),
        ("..", "the segment '..'"),
        ("../../x", "the segment '..'"),
        ("a/../../x", "the segment '..'"),
        ("a/./b", "the segment '.'"),
        ("..\\x", "the character '\\\\'"),
        ("C:/x", "the character ':'"),
        ("a:stream", "the character ':'"),
        ("a\0b", "the control character '\\x00'"),
        ("a\nb", "the control character '\\n'"),
        ("a\x1b[31mb", "the control character '\\x1b'"),
        ("a\x7fb", "the control character '\\x7f'"),
        ("a\x85b", "the control character '\\x85'"),
        ("a\u2028b", "the control character '\\u2028'"),
        ("a\ud800b", "the control character '\\ud800'"),
        ("gpj.\u202eexe", "the bidirectional control character '\\u202e'"),
        ("a\u200fb", "the bidirectional control character '\\u200f'"),
        ("a\u2066b\u2069", "the bidirectional control character '\\u2066'"),
        ("a\u061cb", "the bidirectional control character '\\u061c'"),
        ("con", "the Windows device name 'con'"),
        ("weights/NUL.bin", "the Windows device name 'NUL.bin'"),
        ("Aux.tar.gz", "the Windows device name 'Aux.tar.gz'"),
        ("com¹", "the Windows device name 'com¹'"),
        ("conout$", "the Windows device name 'conout$'"),
        ("lpt9 .txt", "the Windows device name 'lpt9 .txt'"),
        ("x/.. /y", "a segment that ends in a space or a dot"),
        ("name.", "a segment that ends in a space or a dot"),
        (".git/config", "git's own directory '.git'"),
        ("a/.GIT", "git's own directory '.GIT'"),
        ("a/.g\u200cit", "git's own directory '.g\\u200cit'"),
        ("git~1/config", "git's own directory 'git~1'"),
        ("cafe\u0301.bin", "a name that is not in Unicode's NFC form"),
    ],
)
def test_a_path_is_refused_for(path: str, fault: str) -> None:
    with pytest.raises(ValueError, match=f"{re.escape(fault)}$"):
        parse_path(path)


def test_a_segment_may_have_255_bytes_and_no_more() -> None:
    assert parse_path("x/" + "é" * 127 + "y") == "x/" + "é" * 127 + "y"

    with pytest.raises(ValueError, match="a segment of more than 255 bytes"):
        parse_path("x/" + "é" * 128)


def test_a_path_may_have_1024_bytes_and_no_more() -> None:
    assert parse_path("a/" * 511 + "bc") == "a/" * 511 + "bc"

    with pytest.raises(ValueError, match="it has more than 1024 bytes") as caught:
        parse_path("a/" * 300_000 + "b")

    assert len(str(caught.value)) < 300


def test_a_refusal_shows_no_raw_control_character() -> None:
    with pytest.raises(ValueError, match="is not a safe relative path") as caught:
        parse_path("a\x1b[31m\u202eb")

    assert str(caught.value).isprintable()


@pytest.mark.parametrize("name", ["minilm", "0", "qwen2.5", "A_b-c", "x" * 255])
def test_a_model_name_is_returned_as_it_is(name: str) -> None:
    assert parse_model_name(name) == name


@pytest.mark.parametrize(
    "name",
    ["", ".", "..", "-x", "_x", "a/b", "a b", "é", "a\n", "con", "NUL.x", "end.", "x" * 256, "a@b"],
)
def test_a_model_name_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match=r"is not a (model name|safe relative path)"):
        parse_model_name(name)


@pytest.mark.parametrize(
    "name",
    ["minilm", "gpt2", "nomic-ai/nomic-bert-2048", "_org/_name", "org/name@0123456789ab"],
)
def test_the_name_of_a_locked_model_may_be_a_repository(name: str) -> None:
    assert parse_locked_name(name) == name


@pytest.mark.parametrize(
    "name",
    [
        "../x",
        "org/..",
        "org/../x",
        "a/b/c",
        "/a",
        "a/",
        "org/name@main",
        "org/name@0123456789AB",
        "org/name@0123456789abc",
        "::x/y",
        "a\x1b/b",
        "a\u202e/b",
        "org/name\n",
        "con/x",
    ],
)
def test_the_name_of_a_locked_model_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match=r"is not (the name of a model|a safe relative path)"):
        parse_locked_name(name)


def test_paths_that_differ_may_live_together() -> None:
    check_together(["a", "b/c", "b/d", "bc", "b.c/x"])


@pytest.mark.parametrize(
    ("paths", "message"),
    [
        (["x", "x"], "'x' stands twice"),
        (["dir/file", "dir/" + "file"], "'dir/file' stands twice"),
        (["README", "Readme"], "'Readme' and 'README' are the same path where case does not count"),
        (["straße", "STRASSE"], "'STRASSE' and 'straße' are the same path where case does not"),
        (["a", "a/b"], "'a' is a file and a directory of 'a/b'"),
        (["a/b/c", "A"], "'A' is a file and a directory of 'a/b/c'"),
    ],
)
def test_paths_may_not_live_together(paths: list[str], message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        check_together(paths)


@pytest.mark.parametrize(
    ("path", "folded"),
    [("README.md", "readme.md"), ("Straße", "strasse"), ("É", "e\u0301"), ("ДЖ", "дж")],
)
def test_folding_forgets_case(path: str, folded: str) -> None:
    assert fold(path) == folded


def test_parents_are_named_from_the_nearest_on() -> None:
    assert list(parents("a/b/c")) == ["a/b", "a"]
    assert list(parents("a")) == []


@pytest.mark.parametrize(
    ("paths", "directory"),
    [
        ([], ""),
        (["a"], ""),
        (["a/b"], "a"),
        (["a/b/c", "a/bc/c"], "a"),
        (["a/b/c", "a/b/d/e", "a/b/f"], "a/b"),
        (["a/b", "c/d"], ""),
    ],
)
def test_the_nearest_directory_that_files_share(paths: list[str], directory: str) -> None:
    assert shared_directory(paths) == directory
