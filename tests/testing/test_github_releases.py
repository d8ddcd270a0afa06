"""What the embedded GitHub says of repositories, releases, assets and tags."""

from typing import Any

import httpx
import pytest

from modellock.testing import EmbeddedGitHub, Lie

NAME = "acme/whisper"
MODEL_SHA256 = "9372c470eeadd5ecd9c3c74c2b3cb633f8e2f2fad799250a0f70d652b6b825e4"


@pytest.fixture
def api(github: EmbeddedGitHub) -> str:
    """The URL of the repository in the API."""
    return f"{github.api_url}/repos/{NAME}"


def tags(reply: httpx.Response) -> list[str]:
    return [release["tag_name"] for release in reply.json()]


def all_tags(web: httpx.Client, url: str) -> list[str]:
    """Over all pages."""
    reply = web.get(url)
    listed = tags(reply)
    while "next" in reply.links:
        reply = web.get(reply.links["next"]["url"])
        listed += tags(reply)
    return listed


def test_a_release_has_what_a_lock_needs(
    github: EmbeddedGitHub, api: str, web: httpx.Client
) -> None:
    release = github.publish(
        NAME, "v1.4.2", {"model.tar": b"model"}, published_at="2026-02-01T09:00:00Z"
    )

    value = web.get(f"{api}/releases/tags/v1.4.2").json()

    assert value["id"] == release.id
    assert value["published_at"] == "2026-02-01T09:00:00Z"
    assert (value["draft"], value["prerelease"], value["immutable"]) == (False, False, False)
    assert value["target_commitish"] == "main"
    (asset,) = value["assets"]
    assert asset["digest"] == f"sha256:{MODEL_SHA256}"
    assert (asset["name"], asset["size"], asset["state"]) == ("model.tar", 5, "uploaded")
    assert asset["browser_download_url"] == (
        f"{github.server_url}/{NAME}/releases/download/v1.4.2/model.tar"
    )
    assert asset["url"] == f"{api}/releases/assets/{release.asset('model.tar').id}"


def test_the_list_comes_over_pages_that_are_linked_by_number(
    github: EmbeddedGitHub, api: str, web: httpx.Client
) -> None:
    for number in range(5):
        github.publish(NAME, f"v1.{number}", {})

    first = web.get(f"{api}/releases?per_page=2")
    second = web.get(first.links["next"]["url"])

    home = f"{github.api_url}/repositories/{github.repository(NAME).id}/releases"
    assert {name: link["url"] for name, link in first.links.items()} == {
        "next": f"{home}?per_page=2&page=2",
        "last": f"{home}?per_page=2&page=3",
    }
    assert set(second.links) == {"prev", "next", "first", "last"}
    assert all_tags(web, f"{api}/releases?per_page=2") == ["v1.4", "v1.3", "v1.2", "v1.1", "v1.0"]
    assert "Link" not in web.get(f"{api}/releases?per_page=5").headers


def test_a_page_has_30_entries_unless_asked_and_never_more_than_100(
    github: EmbeddedGitHub, api: str, web: httpx.Client
) -> None:
    for number in range(101):
        github.publish(NAME, f"v1.{number}", {})

    assert len(tags(web.get(f"{api}/releases"))) == 30
    assert len(tags(web.get(f"{api}/releases?per_page=500"))) == 100


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ("created_at", ["v1.10", "v1.2", "v1.9"]),
        ("published_at", ["v1.2", "v1.9", "v1.10"]),
        ("id", ["v1.9", "v1.2", "v1.10"]),
        ("tag", ["v1.9", "v1.2", "v1.10"]),
    ],
)
def test_the_list_is_not_sorted_by_version(
    github: EmbeddedGitHub, api: str, web: httpx.Client, order: Any, expected: list[str]
) -> None:
    github.settings.release_order = order
    github.publish(NAME, "v1.10", {}, created_at="2025-03-01", published_at="2025-03-02")
    github.publish(NAME, "v1.2", {}, created_at="2025-02-01", published_at="2025-03-04")
    github.publish(NAME, "v1.9", {}, created_at="2025-01-01", published_at="2025-03-03")

    assert tags(web.get(f"{api}/releases")) == expected


def test_the_latest_is_neither_draft_nor_prerelease_unless_labelled(
    github: EmbeddedGitHub, api: str, web: httpx.Client
) -> None:
    github.publish(NAME, "v1.0", {})
    github.publish(NAME, "v1.1", {})
    github.publish(NAME, "v2.0rc1", {}, prerelease=True)
    github.publish(NAME, "v2.0", {}, draft=True)

    newest = web.get(f"{api}/releases/latest").json()["tag_name"]
    github.publish(NAME, "v0.9", {}, created_at="2020-01-01", latest=True)
    labelled = web.get(f"{api}/releases/latest").json()["tag_name"]

    assert (newest, labelled) == ("v1.1", "v0.9")


def test_drafts_are_for_members(github: EmbeddedGitHub, api: str, web: httpx.Client) -> None:
    draft = github.publish(NAME, "v1.0", {"model.tar": b"model"}, draft=True)
    github.tokens.update({"ghp_member": [NAME], "ghp_other": []})
    member = {"Authorization": "Bearer ghp_member"}
    other = {"Authorization": "token ghp_other"}

    listed = web.get(f"{api}/releases", headers=member).json()

    assert [(each["tag_name"], each["published_at"]) for each in listed] == [("v1.0", None)]
    assert web.get(f"{api}/releases", headers=other).json() == []
    assert web.get(f"{api}/releases/{draft.id}", headers=member).status_code == 200
    assert web.get(f"{api}/releases/{draft.id}").status_code == 404
    assert web.get(f"{api}/releases/tags/v1.0", headers=member).status_code == 404
    assert web.get(f"{api}/releases/latest").status_code == 404


def test_assets_have_a_list_of_their_own(
    github: EmbeddedGitHub, api: str, web: httpx.Client
) -> None:
    assets = {f"{number}.bin": b"" for number in range(40)}
    release = github.publish(NAME, "v1.0", assets)

    first = web.get(f"{api}/releases/{release.id}/assets")
    inside = web.get(f"{api}/releases/{release.id}").json()["assets"]

    assert len(first.json()) == 30
    assert len(web.get(first.links["next"]["url"]).json()) == 10
    assert len(inside) == 40


@pytest.mark.parametrize(
    ("shown", "digest"),
    [(True, f"sha256:{MODEL_SHA256}"), (False, None), ("malformed", "sha256:abc123")],
)
def test_a_digest_can_be_true_null_or_malformed(
    github: EmbeddedGitHub, api: str, web: httpx.Client, shown: Any, digest: str | None
) -> None:
    github.publish(NAME, "v1.0", {"model.tar": b"model"}, digest=shown)

    (asset,) = web.get(f"{api}/releases/tags/v1.0").json()["assets"]

    assert asset["digest"] == digest


def test_keys_that_old_servers_lack_can_be_absent(
    github: EmbeddedGitHub, api: str, web: httpx.Client
) -> None:
    github.publish(NAME, "v1.0", {"model.tar": b"model"}, digest="absent", immutable=None)
    github.publish(NAME, "v1.1", {"model.tar": b"model"}, immutable=True)

    newer, older = web.get(f"{api}/releases").json()

    assert "digest" not in older["assets"][0]
    assert "immutable" not in older
    assert newer["immutable"] is True


def test_a_replaced_asset_has_a_new_id_and_the_old_one_is_gone(
    github: EmbeddedGitHub, api: str, web: httpx.Client
) -> None:
    old = github.publish(NAME, "v1.0", {"model.tar": b"model"}).asset("model.tar")

    new = github.repository(NAME).set_asset("v1.0", "model.tar", b"swapped")

    (listed,) = web.get(f"{api}/releases/tags/v1.0").json()["assets"]
    assert (listed["id"], listed["size"]) == (new.id, 7)
    assert new.id != old.id
    assert web.get(f"{api}/releases/assets/{old.id}").status_code == 404
    assert web.get(f"{api}/releases/assets/{new.id}").json()["digest"] == listed["digest"]


def test_an_asset_can_be_removed(github: EmbeddedGitHub, api: str, web: httpx.Client) -> None:
    github.publish(NAME, "v1.0", {"a.bin": b"", "b.bin": b""})

    github.repository(NAME).remove_asset("v1.0", "a.bin")

    assets = web.get(f"{api}/releases/tags/v1.0").json()["assets"]
    assert [asset["name"] for asset in assets] == ["b.bin"]


def test_what_was_never_published_is_no_key() -> None:
    github = EmbeddedGitHub()
    release = github.publish(NAME, "v1.0", {"model.tar": b"model"})

    with pytest.raises(KeyError, match=r"none\.tar"):
        release.asset("none.tar")
    with pytest.raises(KeyError, match="v9"):
        github.repository(NAME).release("v9")


def test_a_failed_upload_leaves_a_starter(
    github: EmbeddedGitHub, api: str, web: httpx.Client
) -> None:
    github.publish(NAME, "v1.0", {})
    starter = github.repository(NAME).add_starter("v1.0", "model.tar")
    octets = {"Accept": "application/octet-stream"}

    value = web.get(f"{api}/releases/assets/{starter.id}").json()

    assert (value["state"], value["size"], value["digest"]) == ("starter", 0, None)
    assert web.get(f"{api}/releases/assets/{starter.id}", headers=octets).status_code == 404
    assert web.get(value["browser_download_url"]).status_code == 404


def test_names_are_rewritten_by_the_upload(github: EmbeddedGitHub) -> None:
    release = github.publish(NAME, "v1.0", {"large model (v3).bin": b"", ".hidden.": b""})

    assert [asset.name for asset in release.assets] == ["large.model.v3.bin", "hidden"]


def test_a_lightweight_tag_points_to_the_commit(
    github: EmbeddedGitHub, api: str, web: httpx.Client
) -> None:
    github.publish(NAME, "v1.0", {}, commit="c" * 40)

    value = web.get(f"{api}/git/ref/tags/v1.0").json()

    assert value["ref"] == "refs/tags/v1.0"
    assert (value["object"]["type"], value["object"]["sha"]) == ("commit", "c" * 40)


def test_a_tag_on_a_tag_takes_two_more_steps(
    github: EmbeddedGitHub, api: str, web: httpx.Client
) -> None:
    github.publish(NAME, "v1.0", {}, commit="c" * 40, tag_kind="tag on tag")

    step = web.get(f"{api}/git/ref/tags/v1.0").json()["object"]
    types = [step["type"]]
    while step["type"] == "tag":
        step = web.get(step["url"]).json()["object"]
        types.append(step["type"])

    assert types == ["tag", "tag", "commit"]
    assert step["sha"] == github.repository(NAME).commit_of("v1.0") == "c" * 40


def test_objects_can_have_64_digits(github: EmbeddedGitHub, api: str, web: httpx.Client) -> None:
    github.publish(NAME, "v1.0", {}, object_format="sha256", tag_kind="tag")

    found = web.get(f"{api}/git/ref/tags/v1.0").json()["object"]

    assert len(found["sha"]) == 64
    assert len(web.get(found["url"]).json()["object"]["sha"]) == 64


def test_the_slash_of_a_tag_is_literal_in_the_api_and_encoded_for_browsers(
    github: EmbeddedGitHub, api: str, web: httpx.Client
) -> None:
    github.publish(NAME, "small/v1.0", {"model.tar": b"model"})

    (asset,) = web.get(f"{api}/releases/tags/small/v1.0").json()["assets"]

    assert asset["browser_download_url"].endswith("/releases/download/small%2Fv1.0/model.tar")
    assert web.get(asset["browser_download_url"]).content == b"model"
    assert web.get(asset["browser_download_url"].replace("%2F", "/")).content == b"model"
    assert web.get(f"{api}/git/ref/tags/small/v1.0").status_code == 200
    assert web.get(f"{api}/git/ref/tags/small%2Fv1.0").status_code == 404
    assert web.get(f"{api}/git/ref/tags/small").status_code == 404


def test_a_moved_tag_points_elsewhere(github: EmbeddedGitHub, api: str, web: httpx.Client) -> None:
    github.publish(NAME, "v1.0", {}, commit="c" * 40)

    github.repository(NAME).set_tag("v1.0", "d" * 40)

    assert web.get(f"{api}/git/ref/tags/v1.0").json()["object"]["sha"] == "d" * 40


def test_a_renamed_repository_redirects_to_its_number(
    github: EmbeddedGitHub, api: str, web: httpx.Client
) -> None:
    release = github.publish(NAME, "v1.0", {"model.tar": b"model"})
    number = github.repository(NAME).id
    github.rename(NAME, "acme/speech")

    reply = web.get(f"{api}/releases/tags/v1.0")

    assert [before.status_code for before in reply.history] == [301]
    assert reply.url == f"{github.api_url}/repositories/{number}/releases/tags/v1.0"
    assert reply.json()["id"] == release.id
    assert web.get(api).json()["full_name"] == "acme/speech"
    assert web.get(f"{github.server_url}/{NAME}/releases/download/v1.0/model.tar").content == (
        b"model"
    )


def test_a_deleted_repository_is_gone(github: EmbeddedGitHub, api: str, web: httpx.Client) -> None:
    github.publish(NAME, "v1.0", {})
    github.delete(NAME)

    assert web.get(api).status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "/users/acme",
        f"/repos/{NAME}/none",
        f"/repos/{NAME}/releases/1",
        f"/repos/{NAME}/releases/assets/1",
        f"/repos/{NAME}/releases/tags/v9",
        f"/repos/{NAME}/git/tags/{'0' * 40}",
        "/repositories/1",
    ],
)
def test_what_is_not_there_is_404(github: EmbeddedGitHub, web: httpx.Client, path: str) -> None:
    github.publish(NAME, "v1.0", {})

    reply = web.get(f"{github.api_url}{path}")

    assert reply.status_code == 404
    assert reply.json()["message"] == "Not Found"


def test_an_enterprise_server_has_one_host_and_the_api_below_a_prefix(
    enterprise: EmbeddedGitHub, web: httpx.Client
) -> None:
    enterprise.publish(NAME, "v1.0", {"model.tar": b"model"})
    enterprise.publish(NAME, "v1.1", {})

    first = web.get(f"{enterprise.api_url}/repos/{NAME}/releases?per_page=1")
    second = web.get(first.links["next"]["url"])

    assert enterprise.api_url == f"{enterprise.server_url}/api/v3"
    assert tags(second) == ["v1.0"]
    assert web.get(second.json()[0]["assets"][0]["browser_download_url"]).content == b"model"
    assert "x-ratelimit-limit" not in first.headers
    assert web.get(f"{enterprise.api_url}/rate_limit").status_code == 404


def test_githubs_that_are_filled_alike_agree_on_every_id() -> None:
    first, second = EmbeddedGitHub(), EmbeddedGitHub()
    for github in (first, second):
        github.publish(NAME, "v1.0", {"model.tar": b"model"}, tag_kind="tag")
        github.publish(NAME, "v1.1", {"model.tar": b"model 2"})

    one, other = first.repository(NAME), second.repository(NAME)

    assert one.releases == other.releases
    assert (one.id, one.refs, one.tag_objects) == (other.id, other.refs, other.tag_objects)


def test_a_lie_about_an_asset_is_told_by_whatever_way_it_is_fetched(
    github: EmbeddedGitHub, api: str, web: httpx.Client
) -> None:
    release = github.publish(NAME, "v1.0", {"model.tar": b"model"})
    github.lies.add("model.tar", Lie.WRONG_BYTES)
    octets = {"Accept": "application/octet-stream"}
    number = release.asset("model.tar").id

    by_browser = web.get(f"{github.server_url}/{NAME}/releases/download/v1.0/model.tar")
    by_api = web.get(f"{api}/releases/assets/{number}", headers=octets)

    assert by_browser.content == by_api.content == b"modem"
