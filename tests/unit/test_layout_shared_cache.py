from dataclasses import replace

import pytest

from modellock.decisions.layouts.shared_cache import (
    goes_to_shared_cache,
    is_large_upstream,
    snapshot_in_shared_cache,
    stays,
    wanted_in_shared_cache,
)
from modellock.documents.lockfile import LockedModel
from modellock.documents.project_settings import Layout
from tests.unit.specs import COMMIT, lock_of, locked_of

OTHER = "2" * 40


def model(name: str = "minilm", **known: object) -> LockedModel:
    locked = locked_of('hub = "acme/minilm"\nlayout = "hf-cache"')
    return replace(locked, name=name, **known)  # type: ignore[arg-type]


def refs(one: LockedModel, *siblings: LockedModel, owner: str = "/project") -> list[str]:
    every = sorted([one, *siblings], key=lambda each: each.name)
    (wanted,) = wanted_in_shared_cache([one], lock_of(*every), owner)
    start = "models--acme--minilm/refs/"
    return [file.path.removeprefix(start) for file in wanted.files if file.made]


def test_files_lie_in_the_snapshot_and_our_ref_comes_before_that_of_all() -> None:
    (wanted,) = wanted_in_shared_cache([model()], lock_of(model()), "/project")

    assert wanted.cache == "models--acme--minilm"
    assert wanted.directory == snapshot_in_shared_cache(model())
    assert [(file.path, file.yields) for file in wanted.files] == [
        (f"models--acme--minilm/snapshots/{COMMIT}/model.safetensors", False),
        ("models--acme--minilm/refs/.modellock/minilm.061a424369eb", False),
        ("models--acme--minilm/refs/main", True),
    ]


def test_a_ref_of_ours_has_another_name_for_each_project_model_and_commit() -> None:
    names = {
        refs(model())[0],
        refs(model(), owner="/other")[0],
        refs(model("second"))[0],
        refs(model(commit=OTHER))[0],
    }

    assert len(names) == 4


def test_a_model_that_others_require_has_a_ref_by_its_whole_name() -> None:
    pulled = model("acme/minilm@222222222222", revision="v1.0", required_by=("m",))

    assert [name.rpartition(".")[0] for name in refs(pulled)] == [
        ".modellock/acme/minilm@222222222222",
        "v1",
    ]


@pytest.mark.parametrize("revision", [COMMIT, "con", "a\u0301"])
def test_some_revisions_get_no_ref_but_ours(revision: str) -> None:
    assert len(refs(model(revision=revision, required_by=("m",)))) == 1


def test_a_tag_of_forty_characters_that_is_no_commit_has_a_ref() -> None:
    tag = "release-" * 5

    assert refs(model(revision=tag, required_by=("m",)))[1] == tag


def test_of_two_commits_under_one_name_the_first_has_it() -> None:
    first, second = model("first"), model("second", commit=OTHER)

    assert refs(first, second)[1:] == ["main"]
    assert refs(second, first)[1:] == []


def test_only_models_in_the_layout_of_a_cache_go_there() -> None:
    settings = lock_of(model()).settings

    assert goes_to_shared_cache(model(), settings)
    assert not goes_to_shared_cache(model(layout=Layout.PLAIN), settings)


def test_all_but_refs_stay_for_others() -> None:
    assert stays(f"models--acme--minilm/snapshots/{COMMIT}/refs/config.json")
    assert not stays("models--acme--minilm/refs/main")


@pytest.mark.parametrize(
    ("path", "size", "large"),
    [
        ("config.json", 10 << 20, False),
        ("tokenizer.json", (10 << 20) + 1, True),
        ("model.safetensors", 1, True),
        ("model.safetensors.index.json", 1000, False),
        ("openvino/model.xml", 1000, True),
    ],
)
def test_what_is_large_or_weights_is_taken_for_a_file_in_git_lfs(
    path: str, size: int, *, large: bool
) -> None:
    assert is_large_upstream(path, size) is large
