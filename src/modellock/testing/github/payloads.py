"""What GitHub's API says, as JSON values with every key that its OpenAPI description requires."""

import base64
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from modellock.testing.github.content import Asset, GitHubRepository, GitObject, Release
from modellock.testing.moments import FIRST, seconds_text

Json = dict[str, Any]

_USER_URLS = {
    "followers_url": "/followers",
    "following_url": "/following{/other_user}",
    "gists_url": "/gists{/gist_id}",
    "starred_url": "/starred{/owner}{/repo}",
    "subscriptions_url": "/subscriptions",
    "organizations_url": "/orgs",
    "repos_url": "/repos",
    "events_url": "/events{/privacy}",
    "received_events_url": "/received_events",
}
_CONTENT_TYPES = {".json": "application/json", ".zip": "application/zip", ".txt": "text/plain"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Urls:
    """Where this GitHub lives, without a slash at the end."""

    api: str
    server: str

    def repository(self, repository: GitHubRepository) -> str:
        """In the API."""
        return f"{self.api}/repos/{repository.name}"

    def page(self, repository: GitHubRepository) -> str:
        """In a browser."""
        return f"{self.server}/{repository.name}"

    def download(self, repository: GitHubRepository, release: Release, asset: Asset) -> str:
        """In a browser; the slash of a tag is encoded there, and nowhere in the API."""
        folder = f"{self.page(repository)}/releases/download/{quote(release.tag, safe='')}"
        return f"{folder}/{quote(asset.name)}"


def user(login: str, urls: Urls) -> Json:
    """Schema `simple-user`."""
    here = f"{urls.api}/users/{login}"
    return {
        "login": login,
        "id": sum(login.encode()),
        "node_id": node_id("User", login),
        "avatar_url": f"{urls.server}/avatars/{login}",
        "gravatar_id": "",
        "url": here,
        "html_url": f"{urls.server}/{login}",
        "type": "User",
        "user_view_type": "public",
        "site_admin": False,
        **{name: f"{here}{end}" for name, end in _USER_URLS.items()},
    }


def release(repository: GitHubRepository, entry: Release, urls: Urls) -> Json:
    """Schema `release`."""
    here = f"{urls.repository(repository)}/releases/{entry.id}"
    published = None if entry.draft else seconds_text(entry.published_at)
    value: Json = {
        "url": here,
        "assets_url": f"{here}/assets",
        "upload_url": f"{here.replace(urls.api, f'{urls.server}/uploads')}/assets{{?name,label}}",
        "html_url": f"{urls.page(repository)}/releases/tag/{quote(entry.tag, safe='')}",
        "id": entry.id,
        "author": user(_owner(repository), urls),
        "node_id": node_id("Release", str(entry.id)),
        "tag_name": entry.tag,
        "target_commitish": entry.target,
        "name": entry.name,
        "draft": entry.draft,
        "prerelease": entry.prerelease,
        "created_at": seconds_text(entry.created_at),
        "updated_at": seconds_text(entry.published_at),
        "published_at": published,
        "assets": [asset(repository, entry, each, urls) for each in entry.assets],
        "tarball_url": f"{urls.repository(repository)}/tarball/{entry.tag}",
        "zipball_url": f"{urls.repository(repository)}/zipball/{entry.tag}",
        "body": entry.body,
    }
    return value if entry.immutable is None else value | {"immutable": entry.immutable}


def asset(repository: GitHubRepository, entry: Release, each: Asset, urls: Urls) -> Json:
    """Schema `release-asset`."""
    suffix = f".{each.name.rpartition('.')[2]}"
    value: Json = {
        "url": f"{urls.repository(repository)}/releases/assets/{each.id}",
        "id": each.id,
        "node_id": node_id("ReleaseAsset", str(each.id)),
        "name": each.name,
        "label": "",
        "uploader": user(_owner(repository), urls),
        "content_type": _CONTENT_TYPES.get(suffix, "application/octet-stream"),
        "state": each.state,
        "size": len(each.content),
        "digest": each.digest,
        "download_count": 0,
        "created_at": seconds_text(each.created_at),
        "updated_at": seconds_text(each.created_at),
        "browser_download_url": urls.download(repository, entry, each),
    }
    if each.digest_shown == "absent":
        del value["digest"]
    return value


def ref(repository: GitHubRepository, name: str, urls: Urls) -> Json:
    """Schema `git-ref`; `name` is below `refs/`."""
    return {
        "ref": f"refs/{name}",
        "node_id": node_id("Ref", name),
        "url": f"{urls.repository(repository)}/git/refs/{name}",
        "object": _git_object(repository, repository.refs[name], urls),
    }


def tag(repository: GitHubRepository, sha: str, urls: Urls) -> Json:
    """Schema `git-tag`: the tag object of that id."""
    name, target = repository.tag_objects[sha]
    return {
        "node_id": node_id("Tag", sha),
        "sha": sha,
        "url": f"{urls.repository(repository)}/git/tags/{sha}",
        "tagger": {
            "name": "Publisher",
            "email": "publisher@example.com",
            "date": seconds_text(FIRST),
        },
        "object": _git_object(repository, target, urls),
        "tag": name,
        "message": f"{name}\n",
        "verification": {
            "verified": False,
            "reason": "unsigned",
            "signature": None,
            "payload": None,
            "verified_at": None,
        },
    }


def _git_object(repository: GitHubRepository, target: GitObject, urls: Urls) -> Json:
    url = f"{urls.repository(repository)}/git/{target.type}s/{target.sha}"
    return {"sha": target.sha, "type": target.type, "url": url}


def _owner(repository: GitHubRepository) -> str:
    return repository.name.partition("/")[0]


def node_id(kind: str, name: str) -> str:
    """An opaque id, as GraphQL would take it."""
    return base64.b64encode(f"0:{kind}:{name}".encode()).decode()
