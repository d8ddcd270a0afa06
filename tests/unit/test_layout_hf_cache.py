from dataclasses import replace

import pytest

from modellock.decisions.layouts import made_contents
from modellock.decisions.layouts.hf_cache import folder_of, wanted_in_cache
from modellock.decisions.wanted import directory_of, wanted_models
from modellock.documents.lockfile import LockedModel
from modellock.documents.project_settings import Layout, ProjectSettings
from tests.unit.specs import COMMIT, lock_of, locked_of


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


def test_a_repository_has_a_folder_by_its_name() -> None:
    assert folder_of(pulled()) == "models--acme--base"
    assert folder_of(replace(pulled(), type="dataset", origin="squad")) == "datasets--squad"


def test_files_lie_in_the_snapshot_and_refs_come_last() -> None:
    wanted = wanted_in_cache("models/hub", pulled("v1"), [pulled("v1")])

    snapshot = f"models/hub/models--acme--base/snapshots/{COMMIT}"
    assert (wanted.directory, wanted.cache) == (snapshot, "models/hub/models--acme--base")
    assert [file.path for file in wanted.files] == [
        f"{snapshot}/model.safetensors",
        "models/hub/models--acme--base/refs/main",
        "models/hub/models--acme--base/refs/v1",
    ]
    assert made_contents([pulled()], ProjectSettings()) == {
        wanted.files[-1].digest: COMMIT.encode()
    }


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
