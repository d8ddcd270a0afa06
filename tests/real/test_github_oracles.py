"""The embedded GitHub before two judges: GitHub's own OpenAPI description, and PyGithub."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from modellock.testing import EmbeddedGitHub
from modellock.testing.github.content import TagKind
from tests.real.files import github_description

pytestmark = pytest.mark.real

NAME = "acme/whisper"
Judge = Callable[[str, Any], None]


@pytest.fixture(scope="module")
def judge() -> Judge:
    """Raises where a value does not fit the schema of that name."""
    jsonschema = pytest.importorskip("jsonschema")
    with open(github_description(), encoding="utf-8") as file:
        components = with_nulls(json.load(file)["components"])

    def fits(schema: str, value: Any) -> None:
        reference = {"$ref": f"#/components/schemas/{schema}", "components": components}
        jsonschema.Draft202012Validator(reference).validate(value)

    return fits


def with_nulls(schema: Any) -> Any:
    """OpenAPI 3.0 says `nullable`, which JSON Schema does not know."""
    if isinstance(schema, list):
        return [with_nulls(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    converted = {name: with_nulls(value) for name, value in schema.items()}
    if schema.get("nullable") is not True:
        return converted
    return {"anyOf": [converted, {"type": "null"}]}


@pytest.fixture(scope="module")
def github() -> Iterator[EmbeddedGitHub]:
    with EmbeddedGitHub() as github:
        github.tokens["ghp_member"] = [NAME]
        kinds: list[TagKind] = ["commit", "tag", "tag on tag"]
        for number in range(35):
            github.publish(
                NAME,
                f"v1.{number}.0",
                {"model.tar": b"model %d" % number, "SHA256SUMS.txt": b"", "a b.json": b"{}"},
                tag_kind=kinds[number % 3],
                prerelease=number % 5 == 4,
                digest=number % 2 == 0,
                immutable=None if number < 10 else number % 2 == 0,
            )
        github.publish(NAME, "small/v2.0", {"model.tar": b"next"}, draft=True)
        yield github


@pytest.fixture(scope="module")
def web() -> Iterator[httpx.Client]:
    with httpx.Client(headers={"Authorization": "Bearer ghp_member"}) as client:
        yield client


@pytest.mark.parametrize(
    ("path", "schema"),
    [
        (f"/repos/{NAME}", "full-repository"),
        (f"/repos/{NAME}/releases/latest", "release"),
        (f"/repos/{NAME}/releases/tags/v1.3.0", "release"),
        (f"/repos/{NAME}/git/ref/tags/v1.0.0", "git-ref"),
        (f"/repos/{NAME}/git/ref/tags/v1.1.0", "git-ref"),
        ("/rate_limit", "rate-limit-overview"),
        (f"/repos/{NAME}/none", "basic-error"),
    ],
)
def test_a_reply_is_as_github_describes_it(
    github: EmbeddedGitHub, web: httpx.Client, judge: Judge, path: str, schema: str
) -> None:
    judge(schema, web.get(f"{github.api_url}{path}").json())


def test_every_release_of_every_page_is_as_github_describes_it(
    github: EmbeddedGitHub, web: httpx.Client, judge: Judge
) -> None:
    url: str | None = f"{github.api_url}/repos/{NAME}/releases"
    count = 0
    while url is not None:
        reply = web.get(url)
        for release in reply.json():
            judge("release", release)
            count += 1
        url = reply.links.get("next", {}).get("url")

    assert count == 36


def test_every_asset_is_as_github_describes_it(
    github: EmbeddedGitHub, web: httpx.Client, judge: Judge
) -> None:
    release = github.repository(NAME).release("v1.2.0")

    for asset in web.get(f"{github.api_url}/repos/{NAME}/releases/{release.id}/assets").json():
        judge("release-asset", asset)
        judge("release-asset", web.get(asset["url"]).json())


def test_every_tag_object_is_as_github_describes_it(
    github: EmbeddedGitHub, web: httpx.Client, judge: Judge
) -> None:
    ids = list(github.repository(NAME).tag_objects)

    for sha in ids:
        judge("git-tag", web.get(f"{github.api_url}/repos/{NAME}/git/tags/{sha}").json())

    assert len(ids) == 34


def test_pygithub_reads_the_releases(github: EmbeddedGitHub) -> None:
    pygithub = pytest.importorskip("github")
    with pygithub.Github(base_url=github.api_url, auth=pygithub.Auth.Token("ghp_member")) as client:
        repository = client.get_repo(NAME)
        releases = list(repository.get_releases())
        by_tag = repository.get_release("v1.2.0")
        latest = repository.get_latest_release()

        assert repository.id == github.repository(NAME).id
        assert len(releases) == 36
        assert [release.tag_name for release in releases if release.draft] == ["small/v2.0"]
        assert latest.tag_name == "v1.33.0"
        assert [asset.name for asset in by_tag.assets] == [
            "model.tar",
            "SHA256SUMS.txt",
            "a.b.json",
        ]
        assert by_tag.assets[0].digest == github.repository(NAME).release("v1.2.0").assets[0].digest


def test_pygithub_follows_a_tag_to_its_commit(github: EmbeddedGitHub) -> None:
    pygithub = pytest.importorskip("github")
    with pygithub.Github(base_url=github.api_url) as client:
        repository = client.get_repo(NAME)
        target = repository.get_git_ref("tags/v1.2.0").object
        while target.type == "tag":
            target = repository.get_git_tag(target.sha).object

    assert target.sha == github.repository(NAME).commit_of("v1.2.0")


def test_pygithub_downloads_an_asset(tmp_path: Path) -> None:
    pygithub = pytest.importorskip("github")
    target = tmp_path / "model.tar"
    with EmbeddedGitHub() as github, pygithub.Github(base_url=github.api_url) as client:
        github.publish(NAME, "v1.0", {"model.tar": b"model"})
        # PyGithub follows to GitHub's own object hosts only.
        github.settings.redirects_assets = False

        client.get_repo(NAME).get_release("v1.0").assets[0].download_asset(str(target))

    assert target.read_bytes() == b"model"
