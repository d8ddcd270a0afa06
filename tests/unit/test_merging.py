from dataclasses import replace

from modellock.decisions.merging import merge_locks
from modellock.documents.lock_blocks import read_blocks
from modellock.documents.lock_writer import format_lock
from modellock.documents.lockfile import LockedModel
from tests.unit.specs import lock_of, locked_of


def model(name: str, commit: str = "a") -> LockedModel:
    locked = locked_of('hub = "acme/m"', commit=commit * 40)
    url = f"https://huggingface.co/acme/m/resolve/{commit * 40}/"
    return replace(locked, name=name, url=url)


A, B, C = (model("m", letter) for letter in "abc")


def test_what_is_identical_or_one_sided_is_kept() -> None:
    merge = merge_locks({"both": A, "mine": A}, {"both": A, "other": B})

    assert merge.kept == {"both": A, "mine": A, "other": B}
    assert (merge.both, merge.ours, merge.theirs, merge.anew) == (
        ("both",),
        ("mine",),
        ("other",),
        (),
    )


def test_what_both_sides_changed_is_resolved_anew_and_its_identity_is_remembered() -> None:
    merge = merge_locks({"m": A}, {"m": B})

    assert merge.kept == {}
    assert (merge.anew, merge.pinned) == (("m",), {"m": A})


def test_who_requires_a_model_is_no_change_of_it() -> None:
    mine = replace(A, name="a/b", revision="main", required_by=("x",), groups=("one",))
    other = replace(mine, required_by=("x", "y"), groups=())

    assert merge_locks({"a/b": mine}, {"a/b": other}).kept == {"a/b": mine}
    assert merge_locks({"a/b": mine}, {"a/b": replace(other, commit="c" * 40)}).anew == ("a/b",)
    assert merge_locks({"m": A}, {"m": replace(A, groups=("g",))}).anew == ("m",)


def test_the_common_ancestor_tells_which_side_changed_a_model() -> None:
    merge = merge_locks(
        {"x": A, "y": B, "z": B}, {"x": B, "y": A, "z": C}, {"x": A, "y": A, "z": A}
    )

    assert merge.kept == {"x": B, "y": B}
    assert (merge.ours, merge.theirs, merge.anew) == (("y",), ("x",), ("z",))


def test_a_block_that_the_merge_damaged_is_resolved_anew() -> None:
    assert merge_locks({"m": None}, {"m": A}).anew == ("m",)
    assert merge_locks({"m": None}, {}).anew == ("m",)


def test_blocks_are_read_one_by_one_past_a_damaged_one() -> None:
    text = format_lock(lock_of(model("one"), model("two"), model("x.y")))
    damaged = text.replace("size = 10", "size = 11", 1)

    assert read_blocks(text) == {"one": model("one"), "two": model("two"), "x.y": model("x.y")}
    assert read_blocks(damaged) == {"one": None, "two": model("two"), "x.y": model("x.y")}


def test_a_model_that_stands_twice_is_not_whole() -> None:
    text = format_lock(lock_of(model("one")))

    assert read_blocks(text + text) == {"one": None}


def test_a_header_that_is_no_name_is_passed_over() -> None:
    assert read_blocks("[models.]\nx = 1\n[models.a.b]\n") == {"a": None}
