from dataclasses import replace

import pytest

from modellock.decisions.lineage import (
    Branch,
    Holding,
    branches_of,
    chains_to,
    distinct_size,
    holdings_of,
    models_of,
    parse_sha256,
    placed_at,
)
from modellock.documents.lockfile import Lock, LockedFile, LockedModel
from modellock.documents.project_settings import Layout
from modellock.errors import UnknownNameError
from tests.unit.specs import digest_of, lock_of, locked_of

CODE = "org/code"
BASE = "org/base"


def model(name: str, *required_by: str, closure: bool = False, **files: int) -> LockedModel:
    """A model whose files are given with their sizes; equal sizes are equal bytes."""
    locked = tuple(
        LockedFile(f"{file}.bin", size, digest_of(size)) for file, size in sorted(files.items())
    )
    made = locked_of('hub = "acme/any"', files=locked or (LockedFile("w", 1, digest_of(1)),))
    revision = "main" if closure else None
    return replace(made, name=name, required_by=required_by, revision=revision)


def closure_model(name: str, *required_by: str, **files: int) -> LockedModel:
    return model(name, *required_by, closure=True, **files)


def shape(branches: tuple[Branch, ...]) -> list[object]:
    """Names, each followed by a list of what is below it; `…` where something is cut."""
    found: list[object] = []
    for branch in branches:
        below = shape(branch.branches) + (["…"] if branch.is_cut else [])
        found += [branch.model.name, *([below] if below else [])]
    return found


SMALL = lock_of(
    model("encoder"),
    model("reranker"),
    closure_model(BASE, "encoder"),
    closure_model(CODE, BASE, "reranker"),
)


def test_a_tree_begins_with_what_models_toml_declares() -> None:
    assert shape(branches_of(SMALL)) == ["encoder", [BASE, [CODE]], "reranker", [CODE]]


def test_a_tree_of_named_models_begins_with_them() -> None:
    assert shape(branches_of(SMALL, [BASE, BASE, "reranker"])) == [BASE, [CODE], "reranker", [CODE]]


def test_a_tree_goes_as_deep_as_was_asked() -> None:
    assert shape(branches_of(SMALL, depth=1)) == ["encoder", ["…"], "reranker", ["…"]]
    assert shape(branches_of(SMALL, depth=2)) == ["encoder", [BASE, ["…"]], "reranker", [CODE]]


def test_what_is_told_once_is_not_told_again() -> None:
    lock = lock_of(
        model("a"),
        model("b"),
        closure_model(CODE, BASE),
        closure_model(BASE, "a", "b"),
    )

    assert shape(branches_of(lock)) == ["a", [BASE, [CODE]], "b", [BASE, ["…"]]]


def test_models_that_require_each_other_end_a_tree() -> None:
    lock = lock_of(
        model("a", "b"),
        model("b"),
        closure_model(BASE, "a", CODE),
        closure_model(CODE, BASE),
    )

    assert shape(branches_of(lock, ["b"])) == ["b", ["a", [BASE, [CODE, [BASE, ["…"]]]]]]


def test_an_unknown_name_is_refused_with_the_nearest() -> None:
    with pytest.raises(UnknownNameError) as caught:
        branches_of(SMALL, ["encodr"])

    assert str(caught.value) == "'encodr' is not a model of models.lock"
    assert caught.value.hint == "did you mean `encoder`?"


def test_bytes_that_two_models_have_are_told_as_shared_and_counted_once() -> None:
    lock = lock_of(
        model("a", weights=100, config=7),
        model("b", weights=100, config=8),
        closure_model(CODE, "b", code=9),
    )

    branches = branches_of(lock)

    assert [branch.shared for branch in branches] == [100, 100]
    assert [branch.shared for branch in branches[1].branches] == [0]
    assert models_of(branches) == lock.models
    assert distinct_size(lock.models.values()) == 124


def test_chains_lead_from_models_toml_to_what_is_required_the_shortest_first() -> None:
    assert chains_to(SMALL, CODE) == (("reranker", CODE), ("encoder", BASE, CODE))
    assert chains_to(SMALL, "encoder") == ()


def test_a_chain_is_found_among_models_that_require_each_other() -> None:
    lock = lock_of(
        model("a"),
        model("b", "a"),
        closure_model(BASE, "b", CODE),
        closure_model(CODE, BASE),
    )

    assert chains_to(lock, CODE) == (("b", BASE, CODE), ("a", "b", BASE, CODE))


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("ab" * 32, "ab" * 32),
        ("sha256:" + "AB" * 32, "ab" * 32),
        ("0123abcd", "0123abcd"),
        ("0123abc", None),
        ("ab" * 33, None),
        ("config.json", None),
    ],
)
def test_a_sha256_has_from_8_to_64_digits(text: str, digits: str | None) -> None:
    assert parse_sha256(text) == digits


def test_a_digest_is_that_of_files_and_of_the_archives_they_come_from() -> None:
    whisper = replace(
        model("whisper", weights=100), archives=(LockedFile("w.tar", 50, digest_of(50)),)
    )
    lock = lock_of(whisper, model("copy", weights=100))

    def found(size: int) -> list[tuple[str, str]]:
        digits = digest_of(size).value
        return [(one.model.name, one.file.path) for one in holdings_of(lock, digits)]

    assert found(100) == [("whisper", "weights.bin"), ("copy", "weights.bin")]
    assert found(50) == [("whisper", "w.tar")]
    assert found(51) == []


@pytest.fixture
def placed() -> Lock:
    renamed = replace(model("a", weights=100), rename=(("weights.bin", "b.bin"),), path="x/a")
    cached = replace(model("cached", weights=100), layout=Layout.HF_CACHE, path="cache")
    return lock_of(cached, renamed, path="models")


def test_a_path_in_the_project_is_that_of_a_locked_file_or_model(placed: Lock) -> None:
    whole = placed.models["a"]

    assert placed_at(placed, "x/a/b.bin") == Holding(whole, whole.files[0])
    assert placed_at(placed, "x/a") == whole


@pytest.mark.parametrize("path", ["x/a/weights.bin", "models/a", "x", "cache", "cache/weights.bin"])
def test_no_other_path_is(path: str, placed: Lock) -> None:
    assert placed_at(placed, path) is None
