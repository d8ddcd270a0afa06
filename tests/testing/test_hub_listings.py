"""What the real client of the Hub reads from the embedded one."""

from datetime import UTC, datetime
from urllib.parse import urlsplit

import httpx
import pytest
from huggingface_hub import HfApi
from huggingface_hub.hf_api import RepoFile

from modellock.testing import EmbeddedHub

NAME = "acme/minilm"


@pytest.fixture
def api(hub: EmbeddedHub) -> HfApi:
    return HfApi(endpoint=hub.url, token=False)


def test_info_has_what_a_lock_needs(hub: EmbeddedHub, api: HfApi) -> None:
    commit = hub.publish(
        NAME, {"config.json": b"{}"}, date="2025-03-06T13:37:44Z", license="apache-2.0"
    )

    info = api.model_info(NAME)

    assert info.id == NAME
    assert info._id == hub.repository(NAME).object_id  # type: ignore[attr-defined]
    assert info.sha == commit
    assert info.last_modified == datetime(2025, 3, 6, 13, 37, 44, tzinfo=UTC)
    assert (info.gated, info.private, info.disabled) == (False, False, False)
    assert info.card_data is not None
    assert info.card_data.license == "apache-2.0"
    assert "license:apache-2.0" in (info.tags or [])


def test_siblings_have_sizes_and_hashes_only_on_demand(hub: EmbeddedHub, api: HfApi) -> None:
    hub.publish(NAME, {"config.json": b"{}", "model.safetensors": b"weights"})

    short = api.model_info(NAME).siblings or []
    config, weights = api.model_info(NAME, files_metadata=True).siblings or []

    assert [(each.rfilename, each.size) for each in short] == [
        ("config.json", None),
        ("model.safetensors", None),
    ]
    assert (config.size, config.blob_id) == (2, "9e26dfeeb6e641a33dae4961196235bdb965b21b")
    assert weights.lfs is not None
    assert (weights.lfs.size, weights.lfs.sha256) == (
        7,
        "9a129038d9a00aed0cf6a7ea059ca50a813449061ab87848cf1a13eafdf33b2c",
    )


def test_an_expanded_info_has_the_named_properties_alone(hub: EmbeddedHub, api: HfApi) -> None:
    commit = hub.publish(NAME, {"config.json": b"{}"}, gated="manual")

    info = api.model_info(NAME, expand=["sha", "gated"])

    assert (info.sha, info.gated) == (commit, "manual")
    assert info.siblings is None


def test_the_state_of_scans_comes_on_demand(hub: EmbeddedHub, api: HfApi) -> None:
    hub.publish(NAME, {"config.json": b"{}"})

    info = api.model_info(NAME, securityStatus=True)

    assert info.security_repo_status == {"scansDone": True, "filesWithIssues": []}


def test_a_tree_comes_over_as_many_pages_as_it_takes(hub: EmbeddedHub, api: HfApi) -> None:
    hub.settings.page_size = 2
    hub.publish(NAME, {f"shards/{number}.bin": b"%d" % number for number in range(5)})

    paths = [entry.path for entry in api.list_repo_tree(NAME, recursive=True)]

    assert paths == ["shards", *(f"shards/{number}.bin" for number in range(5))]
    assert len(hub.requests) == 3


def test_the_next_page_is_an_absolute_url(hub: EmbeddedHub, web: httpx.Client) -> None:
    hub.publish(NAME, {"a": b"", "b": b""})

    first = web.get(f"{hub.url}/api/models/{NAME}/tree/main", params={"limit": "1"})
    following = first.links["next"]["url"]

    assert following.startswith(f"{hub.url}/api/models/{NAME}/tree/main?limit=1&cursor=")
    assert [entry["path"] for entry in web.get(following).json()] == ["b"]


def test_a_tree_shows_one_folder_or_all(hub: EmbeddedHub, api: HfApi) -> None:
    hub.publish(NAME, {"onnx/model.onnx": b"", "onnx/int8/model.onnx": b"", "vocab.txt": b""})

    root = [entry.path for entry in api.list_repo_tree(NAME)]
    folder = [entry.path for entry in api.list_repo_tree(NAME, "onnx")]

    assert root == ["onnx", "vocab.txt"]
    assert folder == ["onnx/int8", "onnx/model.onnx"]


def test_an_expanded_tree_says_when_each_entry_changed_last(hub: EmbeddedHub, api: HfApi) -> None:
    hub.settings.expanded_page_size = 1
    first = hub.publish(NAME, {"vocab.txt": b"a", "onnx/model.onnx": b"1"}, message="Begin")
    second = hub.publish(NAME, {"onnx/model.onnx": b"2"}, message="Quantise\n\nto int8")

    entries = list(api.list_repo_tree(NAME, expand=True))

    changes = {entry.path: entry.last_commit for entry in entries}
    assert {path: change and change.oid for path, change in changes.items()} == {
        "onnx": second,
        "vocab.txt": first,
    }
    assert changes["onnx"] is not None
    assert changes["onnx"].title == "Quantise"
    assert len(hub.requests) == 2


def test_a_xet_hash_looks_like_a_sha256_and_is_none(hub: EmbeddedHub, api: HfApi) -> None:
    hub.settings.xet_hashes = True
    hub.publish(NAME, {"model.safetensors": b"weights"})

    (entry,) = api.list_repo_tree(NAME)

    assert isinstance(entry, RepoFile)
    assert entry.lfs is not None
    assert entry.xet_hash is not None
    assert len(entry.xet_hash) == 64
    assert entry.xet_hash != entry.lfs.sha256


def test_paths_info_drops_what_is_not_there(hub: EmbeddedHub, api: HfApi) -> None:
    hub.publish(NAME, {"config.json": b"{}", "onnx/model.onnx": b""})

    entries = api.get_paths_info(NAME, ["config.json", "onnx", "none.txt"])

    assert [entry.path for entry in entries] == ["config.json", "onnx"]


def test_paths_info_takes_json_too(hub: EmbeddedHub, web: httpx.Client) -> None:
    hub.publish(NAME, {"config.json": b"{}"})

    reply = web.post(
        f"{hub.url}/api/models/{NAME}/paths-info/main",
        json={"paths": ["config.json"], "expand": True},
    )

    assert [entry["path"] for entry in reply.json()] == ["config.json"]
    assert reply.json()[0]["lastCommit"]["id"] == hub.repository(NAME).branches["main"]


def test_refs_name_branches_tags_and_pull_requests(hub: EmbeddedHub, api: HfApi) -> None:
    first = hub.publish(NAME, {"config.json": b"1"}, tag="v1.0")
    branch = hub.publish(NAME, {"config.json": b"2"}, branch="feature/x")
    pull = hub.publish(NAME, {"config.json": b"3"}, branch="refs/pr/1")

    plain = api.list_repo_refs(NAME)
    refs = api.list_repo_refs(NAME, include_pull_requests=True)

    assert plain.pull_requests is None
    assert {ref.name: ref.target_commit for ref in refs.branches} == {
        "main": first,
        "feature/x": branch,
    }
    assert [(ref.ref, ref.target_commit) for ref in refs.tags] == [("refs/tags/v1.0", first)]
    assert [(ref.ref, ref.target_commit) for ref in refs.pull_requests or []] == [
        ("refs/pr/1", pull)
    ]


@pytest.mark.parametrize("revision", ["v1.0", "feature/x", "refs/pr/1", "HEAD", "main"])
def test_every_kind_of_revision_leads_to_its_commit(
    hub: EmbeddedHub, api: HfApi, revision: str
) -> None:
    main = hub.publish(NAME, {"config.json": b"1"}, tag="v1.0")
    commits = {
        "v1.0": main,
        "main": main,
        "HEAD": main,
        "feature/x": hub.publish(NAME, {"config.json": b"2"}, branch="feature/x"),
        "refs/pr/1": hub.publish(NAME, {"config.json": b"3"}, branch="refs/pr/1"),
    }

    assert api.model_info(NAME, revision=revision).sha == commits[revision]
    assert api.model_info(NAME, revision=commits[revision]).sha == commits[revision]


def test_an_annotated_tag_is_shown_peeled_or_as_its_own_object(
    hub: EmbeddedHub, api: HfApi
) -> None:
    commit = hub.publish(NAME, {"config.json": b"{}"})
    hub.repository(NAME).set_tag("v1.0", "main", annotated=True)

    (peeled,) = api.list_repo_refs(NAME).tags
    hub.settings.peels_tags = False
    (unpeeled,) = api.list_repo_refs(NAME).tags

    assert peeled.target_commit == commit
    assert unpeeled.target_commit not in hub.repository(NAME).commits
    assert api.model_info(NAME, revision=unpeeled.target_commit).sha == commit


def test_commits_come_newest_first_over_pages_that_count_from_zero(
    hub: EmbeddedHub, api: HfApi, web: httpx.Client
) -> None:
    hub.settings.page_size = 2
    dates = ["2025-01-01T00:00:00Z", "2025-02-01T00:00:00Z", "2025-03-01T12:30:00Z"]
    ids = [hub.publish(NAME, {"config.json": date.encode()}, date=date) for date in dates]

    commits = api.list_repo_commits(NAME)
    page = web.get(f"{hub.url}/api/models/{NAME}/commits/main", params={"p": "1"})

    assert [commit.commit_id for commit in commits] == ids[::-1]
    assert commits[0].created_at == datetime(2025, 3, 1, 12, 30, tzinfo=UTC)
    assert [commit["id"] for commit in page.json()] == ids[:1]
    assert page.headers["X-Total-Count"] == "3"


def test_commits_can_come_formatted(hub: EmbeddedHub, api: HfApi) -> None:
    hub.publish(NAME, {"config.json": b"{}"}, message="Begin\n\nwith a body")

    (commit,) = api.list_repo_commits(NAME, formatted=True)

    assert (commit.formatted_title, commit.formatted_message) == ("Begin", "with a body")


def test_datasets_stand_apart_from_models(hub: EmbeddedHub, api: HfApi) -> None:
    model = hub.publish("acme/words", {"a.txt": b"model"})
    dataset = hub.publish("acme/words", {"a.txt": b"dataset"}, type="dataset")

    assert api.model_info("acme/words").sha == model
    assert api.dataset_info("acme/words").sha == dataset
    assert model != dataset


def test_an_id_may_have_one_segment(hub: EmbeddedHub, api: HfApi) -> None:
    commit = hub.publish("gpt2", {"config.json": b"{}"}, branch="refs/pr/1")

    assert api.model_info("gpt2", revision="refs/pr/1").sha == commit
    assert [entry.path for entry in api.list_repo_tree("gpt2", revision="refs/pr/1")] == [
        "config.json"
    ]


def test_a_renamed_repository_redirects_and_tells_its_new_name(
    hub: EmbeddedHub, api: HfApi
) -> None:
    hub.publish(NAME, {"config.json": b"{}"})
    former = hub.repository(NAME).object_id
    hub.rename(NAME, "acme/tiny")

    info = api.model_info(NAME, revision="main")

    assert (info.id, info._id) == ("acme/tiny", former)  # type: ignore[attr-defined]


def test_a_name_that_is_taken_again_has_another_id(hub: EmbeddedHub, api: HfApi) -> None:
    hub.publish(NAME, {"config.json": b"{}"})
    former = hub.repository(NAME).object_id
    hub.delete(NAME)

    hub.publish(NAME, {"config.json": b"{}"})

    assert api.model_info(NAME)._id != former  # type: ignore[attr-defined]


def test_the_owner_of_a_token_is_known(hub: EmbeddedHub) -> None:
    reader = "hf_reader"
    hub.tokens[reader] = []

    who = HfApi(endpoint=hub.url, token=reader).whoami()

    assert who["name"] == "reader"
    assert who["auth"]["accessToken"]["displayName"] == "test"


def test_hubs_that_are_filled_alike_agree_on_every_id() -> None:
    first, second = EmbeddedHub(), EmbeddedHub()
    for hub in (first, second):
        hub.publish(NAME, {"config.json": b"1", "model.safetensors": b"1"})
        hub.publish(NAME, {"config.json": b"2", "model.safetensors": None}, message="Shrink")

    one, other = first.repository(NAME), second.repository(NAME)

    assert one == other
    assert list(one.commits) == [
        "36066b25a6ecbf4c4ec32d5a16e38b0394521ccc",
        "c60d25bbdbf5bf8a7b3ea99e56e12e91a7b98024",
    ]


def test_a_tag_needs_a_revision() -> None:
    hub = EmbeddedHub()
    hub.publish(NAME, {"config.json": b"{}"})

    with pytest.raises(KeyError, match="v9"):
        hub.repository(NAME).set_tag("v1.0", "v9")


def test_a_commit_can_vanish(hub: EmbeddedHub) -> None:
    commit = hub.publish(NAME, {"config.json": b"1"}, tag="v1.0")
    hub.publish(NAME, {"config.json": b"2"})

    hub.repository(NAME).forget(commit)

    assert hub.repository(NAME).find(commit) is None
    assert hub.repository(NAME).find("v1.0") is None
    assert hub.repository(NAME).find("main") is not None


def test_requests_are_kept_with_what_they_said(hub: EmbeddedHub, web: httpx.Client) -> None:
    hub.tokens["hf_reader"] = []
    hub.publish(NAME, {"model.safetensors": b"weights"})

    web.get(
        f"{hub.url}/{NAME}/resolve/main/model.safetensors",
        headers={"Authorization": "Bearer hf_reader"},
    )

    asked, signed = hub.requests
    assert (asked.origin, asked.method, asked.token) == ("hub", "GET", "hf_reader")
    assert asked.path == f"/{NAME}/resolve/main/model.safetensors"
    assert asked.port == urlsplit(hub.url).port
    assert (signed.origin, signed.authorization) == ("objects", None)
    assert (signed.host, signed.port) != (asked.host, asked.port)
    hub.requests.clear()
    assert len(hub.requests) == 0
