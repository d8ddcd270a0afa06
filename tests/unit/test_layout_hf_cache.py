import json
from dataclasses import replace

import pytest

from modellock.decisions.layouts import made_contents
from modellock.decisions.layouts.hf_cache import folder_of, wanted_in_cache
from modellock.decisions.wanted import directory_of, wanted_models
from modellock.documents.lockfile import LockedFile, LockedModel
from modellock.documents.project_settings import Layout, ProjectSettings
from tests.unit.specs import COMMIT, digest_of, lock_of, locked_of


def pulled(revision: str = "main", **known: object) -> LockedModel:
    model = replace(
        locked_of('hub = "acme/base"'),
        name="acme/base",
        revision=revision,
        layout=Layout.HF_CACHE,
        required_by=("m",),
    )
    return replace(model, **known)  # type: ignore[arg-type]


def refs(model: LockedModel, *siblings: LockedModel) -> list[str]:
    wanted = wanted_in_cache("hub", model, [model, *siblings])
    return [file.path for file in wanted.files if "/refs/" in file.path]


def declared(name: str = "m", text: str = "", **known: object) -> LockedModel:
    model = locked_of(f'hub = "acme/base"\nlayout = "hf-cache"\n{text}')
    return replace(model, name=name, **known)  # type: ignore[arg-type]


def contents(model: LockedModel, *siblings: LockedModel) -> dict[str, bytes]:
    """What is made for a model, by path below its repository's folder."""
    made = made_contents([model], ProjectSettings())
    wanted = wanted_in_cache("hub", model, [model, *siblings])
    return {
        file.path.removeprefix("hub/models--acme--base/"): made[file.digest]
        for file in wanted.files
        if file.made
    }


def test_a_repository_has_a_folder_by_its_name() -> None:
    assert folder_of(pulled()) == "models--acme--base"
    assert folder_of(replace(pulled(), type="dataset", origin="squad")) == "datasets--squad"


def test_files_lie_in_the_snapshot_and_refs_come_last() -> None:
    wanted = wanted_in_cache("models/hub", pulled("v1"), [pulled("v1")])

    snapshot = f"models/hub/models--acme--base/snapshots/{COMMIT}"
    assert (wanted.directory, wanted.cache) == (snapshot, "models/hub/models--acme--base")
    assert [file.path for file in wanted.files] == [
        f"{snapshot}/model.safetensors",
        f"models/hub/models--acme--base/trees/{COMMIT}.json",
        "models/hub/models--acme--base/refs/main",
        "models/hub/models--acme--base/refs/v1",
    ]
    assert [file.made for file in wanted.files] == [False, True, True, True]


def test_a_ref_holds_the_commit_without_a_newline() -> None:
    assert contents(pulled("v1"))["refs/v1"] == COMMIT.encode()


def test_a_listing_has_what_follows_from_the_lock_alone() -> None:
    listing = json.loads(contents(pulled())[f"trees/{COMMIT}.json"])

    # The id of the text that git-lfs keeps for 10 bytes whose sha256 is `…000a`.
    assert listing == {
        "format_version": 1,
        "files": {
            "model.safetensors": {
                "size": 10,
                "blob_id": "2ef95f225066ef3ca61247744771cd9348973aa0",
                "lfs_sha256": f"{10:064x}",
                "lfs_size": 10,
            }
        },
    }


def test_loaders_need_not_look_for_optional_files_that_are_not_locked() -> None:
    files = tuple(
        LockedFile(path, 10, digest_of(10))
        for path in ("config.json", "model.safetensors", "tokenizer.model")
    )

    made = contents(pulled(files=files))

    absent = f".no_exist/{COMMIT}/"
    assert made[f"{absent}adapter_config.json"] == b""
    assert f"{absent}tokenizer.model" not in made
    assert f"{absent}config.json" not in made


@pytest.mark.parametrize("path", ["config.json", "model.safetensors"])
def test_what_is_no_model_for_a_loader_says_nothing_of_absent_files(path: str) -> None:
    made = contents(pulled(files=(LockedFile(path, 10, digest_of(10)),)))

    assert not any(name.startswith(".no_exist") for name in made)


@pytest.mark.parametrize(
    ("text", "tag", "names"),
    [
        ("", None, ["main"]),
        ('revision = "main"', None, ["main"]),
        ('revision = "v1"', None, ["main", "v1"]),
        ('revision = "feature/x"', None, ["main", "feature/x"]),
        ('revision = "refs/pr/1"', None, ["main", "refs/pr/1"]),
        (f'revision = "{COMMIT}"', None, ["main"]),
        (f'revision = "{"release-" * 5}"', None, ["main", "release-" * 5]),
        ('version = ">=1"', "v1.2", ["main", "v1.2"]),
    ],
)
def test_a_declared_model_has_main_and_what_was_asked_for_or_chosen(
    text: str, tag: str | None, names: list[str]
) -> None:
    found = refs(declared(text=text, tag=tag))

    assert found == [f"hub/models--acme--base/refs/{name}" for name in names]


@pytest.mark.parametrize(
    "revision",
    ["main", COMMIT, "main/x", "Main", "con", "a\u0301"],
)
def test_some_revisions_get_no_ref_of_their_own(revision: str) -> None:
    assert refs(pulled(revision)) == ["hub/models--acme--base/refs/main"]


def test_a_pull_request_has_a_ref() -> None:
    assert refs(pulled("refs/pr/1"))[1] == "hub/models--acme--base/refs/refs/pr/1"


def test_of_two_commits_main_is_the_one_that_is_called_so() -> None:
    plain = pulled("v1")
    second = pulled("main", name="acme/base@222222222222", commit="2" * 40)

    assert refs(plain, second) == ["hub/models--acme--base/refs/v1"]
    assert refs(second, plain) == ["hub/models--acme--base/refs/main"]


def test_of_two_commits_that_nobody_calls_main_it_is_the_one_with_the_plain_key() -> None:
    plain = pulled("v1")
    second = pulled("v2", name="acme/base@222222222222", commit="2" * 40)

    assert refs(plain, second) == [
        "hub/models--acme--base/refs/main",
        "hub/models--acme--base/refs/v1",
    ]
    assert refs(second, plain) == ["hub/models--acme--base/refs/v2"]


def test_of_two_declared_commits_main_is_the_one_that_is_asked_for_so() -> None:
    first = declared("a", 'revision = "v1"')
    second = declared("b", commit="2" * 40)

    assert refs(first, second) == ["hub/models--acme--base/refs/v1"]
    assert refs(second, first) == ["hub/models--acme--base/refs/main"]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ('revision = "v2"', "`a` and `b` are two commits of acme/base in one cache, and none is"),
        ("", "`a` and `b` are two commits of acme/base in one cache, and both are its `main`"),
    ],
)
def test_two_declared_commits_need_one_main(text: str, fault: str) -> None:
    first = declared("a", text.replace("v2", "v1"))
    second = declared("b", text, commit="2" * 40)

    with pytest.raises(ValueError, match=fault):
        refs(first, second)


def test_models_with_one_commit_share_its_snapshot_and_nobody_lists_it() -> None:
    config = (LockedFile("config.json", 5, digest_of(5)), LockedFile("a.onnx", 10, digest_of(10)))
    first, second = declared("a"), declared("b", files=config)

    made = contents(second, first)

    assert "refs/main" in made
    assert not any(name.startswith("trees") for name in made)
    assert f".no_exist/{COMMIT}/model.safetensors" not in made
    assert contents(first, second).keys() == {"refs/main"}


def test_names_that_differ_in_case_alone_do_not_share_a_cache() -> None:
    other = pulled(origin="Acme/base", name="Acme/base")
    lock = lock_of(pulled(), other)

    with pytest.raises(ValueError, match="is also the directory of `acme/base`"):
        wanted_models(list(lock.models.values()), lock, below=True)


def test_two_commits_share_their_repositorys_folder() -> None:
    second = pulled("v1", name="acme/base@222222222222", commit="2" * 40)
    lock = lock_of(pulled(), second)

    wanted = wanted_models(list(lock.models.values()), lock, below=False)

    assert len({one.directory for one in wanted}) == 2
    assert directory_of(second, lock.settings, below=False) == wanted[1].directory
