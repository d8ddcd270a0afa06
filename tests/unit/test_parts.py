import pytest

from modellock.decisions.parts import (
    Part,
    Whole,
    check_complete,
    path_of_part,
    read_part,
    wholes_of,
)


def part_of(path: str) -> Part:
    part = read_part(path)
    assert part is not None
    return part


@pytest.mark.parametrize(
    ("path", "whole", "position"),
    [
        ("m.tar.gz.part-aa", "m.tar.gz", 0),
        ("m.gguf.partab", "m.gguf", 1),
        ("m.gguf.part_000", "m.gguf", 0),
        ("m.gguf.part.ba", "m.gguf", 26),
        ("m.gguf.part1", "m.gguf", 1),
        ("m.gguf.part-10", "m.gguf", 10),
        ("m.zip.001", "m.zip", 1),
        ("de/m.zip.0012", "de/m.zip", 12),
        ("m.part-abc", "m", 28),
    ],
)
def test_a_part_says_of_what_it_is_one_and_which(path: str, whole: str, position: int) -> None:
    part = part_of(path)

    assert (part.whole, part.position) == (whole, position)


@pytest.mark.parametrize(
    "path",
    [
        "model-00001-of-00002.safetensors",
        "model.gguf",
        "model-1.10",
        "download.partial",
        "readme.parts",
        "m.z01",
        "m.part-AA",
        ".part1",
        "de/.001",
    ],
)
def test_what_is_called_otherwise_is_no_part(path: str) -> None:
    assert read_part(path) is None


def test_files_are_what_they_are_unless_they_are_joined() -> None:
    assert wholes_of(["b.001", "a"], join=False) == (Whole("a", ("a",)), Whole("b.001", ("b.001",)))


def test_parts_are_joined_by_number_and_not_by_name() -> None:
    paths = [f"m.bin.part{number}" for number in (10, 2, 1, 3, 4, 5, 6, 7, 8, 9, 11)]

    wholes = wholes_of([*paths, "LICENSE"], join=True)

    numbered = tuple(f"m.bin.part{number}" for number in range(1, 12))
    assert wholes == (Whole("LICENSE", ("LICENSE",)), Whole("m.bin", numbered))


def test_letters_count_on_behind_the_last_one() -> None:
    letters = [first + second for first in "ab" for second in "abcdefghijklmnopqrstuvwxyz"]
    paths = [f"m.part-{pair}" for pair in letters]

    (whole,) = wholes_of(reversed(paths), join=True)

    assert whole.parts == tuple(paths)


@pytest.mark.parametrize(
    ("paths", "message"),
    [
        (["m.001", "m.003"], "'m.002', received 'm.003'"),
        (["m.part-aa", "m.part-ac"], "expected 'm.part-ab', received 'm.part-ac'"),
        (["m.002", "m.003"], "the first part of 'm' is missing: there is 'm.002'"),
        (["m.part-ab"], "the first part of 'm' is missing: there is 'm.part-ab'"),
        (["m.part1", "m.part01"], "two ways to count: expected 'm.part02', received 'm.part1'"),
        (["m.part01", "m.001"], "two ways to count: expected 'm.002', received 'm.part01'"),
        (["m.part-aa", "m.part1"], "two ways to count: expected 'm.part-ab', received 'm.part1'"),
        (["...part1"], "'..' is not a safe relative path"),
        (["m.gguf"], "nothing to join: no file is called like a part, such as `NAME.part-aa`"),
    ],
)
def test_what_does_not_add_up_is_not_joined(paths: list[str], message: str) -> None:
    with pytest.raises(ValueError, match=message.replace("(", r"\(")):
        wholes_of(paths, join=True)


def test_parts_may_count_from_0_or_from_1() -> None:
    assert wholes_of(["m.part0", "m.part1"], join=True)[0].parts == ("m.part0", "m.part1")
    assert wholes_of(["m.part1", "m.part2"], join=True)[0].parts == ("m.part1", "m.part2")


def test_a_part_that_is_offered_and_left_out_is_missed() -> None:
    offered = ["m.001", "m.002", "m.003", "n.001", "README.md"]

    check_complete(["m.001", "m.002", "m.003"], offered)
    with pytest.raises(ValueError, match=r"^'m.003' is a part of 'm', and is not selected$"):
        check_complete(["m.001", "m.002"], offered)


@pytest.mark.parametrize(
    ("first", "position", "path"),
    [
        ("m.001", 2, "m.002"),
        ("m.part9", 10, "m.part10"),
        ("m.part-aa", 27, "m.part-bb"),
        ("m.part-aa", 676, "m.part-baa"),
    ],
)
def test_the_name_of_another_part_follows(first: str, position: int, path: str) -> None:
    assert path_of_part(part_of(first), position) == path
