"""How the embedded Hub says no, and what the real client makes of it."""

from pathlib import Path

import httpx
import pytest
from huggingface_hub import HfApi, hf_hub_download
from huggingface_hub.errors import (
    DisabledRepoError,
    GatedRepoError,
    HfHubHTTPError,
    RemoteEntryNotFoundError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)

from modellock.testing import EmbeddedHub

NAME = "acme/secret"
ALLOWED, STRANGER = "hf_allowed", "hf_stranger"


@pytest.fixture
def hub_with_tokens(hub: EmbeddedHub) -> EmbeddedHub:
    hub.tokens.update({ALLOWED: [NAME], STRANGER: []})
    return hub


def info(hub: EmbeddedHub, token: str | None) -> str | None:
    return HfApi(endpoint=hub.url, token=token or False).model_info(NAME).sha


def download(hub: EmbeddedHub, token: str | None, folder: Path) -> bytes:
    path = hf_hub_download(
        NAME, "config.json", endpoint=hub.url, token=token or False, cache_dir=folder
    )
    return Path(path).read_bytes()


def test_a_missing_repository(hub_with_tokens: EmbeddedHub, web: httpx.Client) -> None:
    reply = web.get(f"{hub_with_tokens.url}/api/models/{NAME}")

    assert reply.status_code == 401
    assert "X-Error-Code" not in reply.headers
    with pytest.raises(RepositoryNotFoundError) as caught:
        info(hub_with_tokens, STRANGER)
    assert caught.value.response.status_code == 404
    assert caught.value.response.headers["X-Error-Code"] == "RepoNotFound"


def test_a_private_repository_looks_like_a_missing_one(hub_with_tokens: EmbeddedHub) -> None:
    commit = hub_with_tokens.publish(NAME, {"config.json": b"{}"}, private=True)

    with pytest.raises(HfHubHTTPError) as anonymous:
        info(hub_with_tokens, None)
    with pytest.raises(RepositoryNotFoundError):
        info(hub_with_tokens, STRANGER)

    assert anonymous.value.response.status_code == 401
    assert info(hub_with_tokens, ALLOWED) == commit


def test_a_token_that_nobody_knows_is_refused_even_for_public_files(
    hub: EmbeddedHub, web: httpx.Client
) -> None:
    hub.publish(NAME, {"config.json": b"{}"})

    reply = web.get(f"{hub.url}/api/models/{NAME}", headers={"Authorization": "Bearer hf_expired"})

    assert reply.status_code == 401
    assert reply.headers["X-Error-Message"] == "Invalid credentials in Authorization header"


def test_a_gated_repository_shows_its_listing_but_not_its_files(
    hub_with_tokens: EmbeddedHub, tmp_path: Path
) -> None:
    commit = hub_with_tokens.publish(NAME, {"config.json": b"{}"}, gated="auto")

    with pytest.raises(GatedRepoError) as anonymous:
        download(hub_with_tokens, None, tmp_path)
    with pytest.raises(GatedRepoError) as stranger:
        download(hub_with_tokens, STRANGER, tmp_path)

    assert info(hub_with_tokens, None) == commit
    assert anonymous.value.response.status_code == 401
    assert stranger.value.response.status_code == 403
    assert f"{hub_with_tokens.url}/{NAME}" in stranger.value.response.headers["X-Error-Message"]
    assert download(hub_with_tokens, ALLOWED, tmp_path) == b"{}"


def test_the_gate_can_be_tested_without_a_download(hub_with_tokens: EmbeddedHub) -> None:
    hub_with_tokens.publish(NAME, {"config.json": b"{}"}, gated="manual")

    HfApi(endpoint=hub_with_tokens.url, token=ALLOWED).auth_check(NAME)
    with pytest.raises(GatedRepoError):
        HfApi(endpoint=hub_with_tokens.url, token=STRANGER).auth_check(NAME)


def test_a_disabled_repository(hub_with_tokens: EmbeddedHub, web: httpx.Client) -> None:
    hub_with_tokens.publish(NAME, {"config.json": b"{}"}, disabled=True)

    with pytest.raises(DisabledRepoError):
        info(hub_with_tokens, STRANGER)

    assert web.get(f"{hub_with_tokens.url}/api/models/{NAME}").status_code == 401


def test_a_missing_revision(hub: EmbeddedHub) -> None:
    hub.publish(NAME, {"config.json": b"{}"})

    with pytest.raises(RevisionNotFoundError):
        HfApi(endpoint=hub.url, token=False).model_info(NAME, revision="v9")


def test_a_missing_file_still_tells_the_commit(hub: EmbeddedHub, tmp_path: Path) -> None:
    commit = hub.publish(NAME, {"vocab.txt": b""})

    with pytest.raises(RemoteEntryNotFoundError) as caught:
        download(hub, None, tmp_path)

    assert caught.value.response.headers["X-Repo-Commit"] == commit


def test_a_path_that_means_nothing(hub: EmbeddedHub, web: httpx.Client) -> None:
    hub.publish(NAME, {"config.json": b"{}"})

    assert web.get(f"{hub.url}/api/nothing").status_code == 404
    assert web.get(f"{hub.url}/api/models/{NAME}/tree/main/none").headers["X-Error-Code"] == (
        "EntryNotFound"
    )
    assert web.get(f"{hub.url}/api/models/{NAME}/tree/main?cursor=%21").status_code == 400
    assert web.get(f"{hub.url}/api/whoami-v2").status_code == 401


def test_paths_info_takes_so_many_paths(hub: EmbeddedHub, web: httpx.Client) -> None:
    hub.publish(NAME, {"config.json": b"{}"})
    url = f"{hub.url}/api/models/{NAME}/paths-info/main"

    assert web.post(url, json={"paths": ["config.json"] * 2000}).status_code == 200
    assert web.post(url, json={"paths": ["config.json"] * 2001}).status_code == 400


def test_what_a_caller_sent_stays_on_one_line_of_the_header(
    hub: EmbeddedHub, web: httpx.Client
) -> None:
    hub.publish(NAME, {"config.json": b"{}"})

    reply = web.get(f"{hub.url}/api/models/{NAME}/revision/v1%0D%0AX-Other:%20ü")

    assert reply.headers["X-Error-Message"] == "Invalid rev id: v1 X-Other: ü"
    assert "X-Other" not in reply.headers


def test_a_quota_is_announced_and_then_enforced(hub: EmbeddedHub, web: httpx.Client) -> None:
    hub.publish(NAME, {"config.json": b"{}"})
    hub.quota.requests = 2

    first, second, third = (web.get(f"{hub.url}/api/models/{NAME}") for _ in range(3))
    other_bucket = web.get(f"{hub.url}/{NAME}/resolve/main/config.json", follow_redirects=False)

    assert first.headers["RateLimit"] == '"api";r=1;t=300'
    assert first.headers["RateLimit-Policy"] == '"fixed window";"api";q=2;w=300'
    assert (second.status_code, third.status_code) == (200, 429)
    assert third.headers["Retry-After"] == "300"
    assert other_bucket.headers["RateLimit"] == '"resolvers";r=1;t=300'


def test_a_window_of_the_quota_ends(hub: EmbeddedHub, web: httpx.Client) -> None:
    hub.publish(NAME, {"config.json": b"{}"})
    hub.quota.requests, hub.quota.seconds = 1, 0

    statuses = [web.get(f"{hub.url}/api/models/{NAME}").status_code for _ in range(3)]

    assert statuses == [200, 200, 200]
