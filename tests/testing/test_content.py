"""The file server, the weights, and the small world of the demo."""

import hashlib
from pathlib import Path

import httpx
from huggingface_hub import HfApi
from safetensors import safe_open

from modellock.testing import (
    EmbeddedFiles,
    EmbeddedGitHub,
    EmbeddedHub,
    demo_github,
    demo_hub,
    demo_upstream_change,
    safetensors_bytes,
)


def test_files_are_served_by_path(files: EmbeddedFiles, web: httpx.Client) -> None:
    files.files["/a b/pose.task"] = b"pose"
    files.redirects["/latest"] = "/a%20b/pose.task"

    reply = web.get(f"{files.url}/latest")

    assert reply.content == b"pose"
    assert reply.headers["Last-Modified"] == "Wed, 01 Jan 2025 00:00:00 GMT"
    assert web.get(f"{files.url}/none").status_code == 404
    known = {"If-None-Match": reply.headers["ETag"]}
    assert web.get(f"{files.url}/latest", headers=known).status_code == 304


def test_weights_can_be_opened_and_follow_from_their_seed(tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    path.write_bytes(safetensors_bytes(7, rows=3))

    with safe_open(path, framework="numpy") as tensors:
        names = list(tensors.keys())
        shape = tensors.get_slice("embeddings.weight").get_shape()
        values = tensors.get_tensor("embeddings.weight")

    assert names == ["embeddings.weight", "pooler.bias"]
    assert shape == [3, 8]
    assert abs(values).max() <= 1
    assert safetensors_bytes(7, rows=3) == path.read_bytes()
    assert safetensors_bytes(8, rows=3) != path.read_bytes()


def test_the_demo_has_two_models_whose_commits_never_change(hub: EmbeddedHub) -> None:
    demo_hub(hub)
    api = HfApi(endpoint=hub.url, token=False)

    minilm = api.model_info("acme/minilm")
    detector = api.list_repo_refs("acme/detector")

    assert minilm.sha == "ffd9cfc745fd4408697ee746967185581018841f"
    assert sorted(each.rfilename for each in minilm.siblings or []) == [
        ".gitattributes",
        "README.md",
        "config.json",
        "model.safetensors",
        "pytorch_model.bin",
        "tokenizer.json",
        "tokenizer_config.json",
        "vocab.txt",
    ]
    assert [tag.name for tag in detector.tags] == ["v1.0", "v1.1", "v1.2", "v2.0"]


def test_the_demo_changes_upstream_and_the_tag_stays(hub: EmbeddedHub) -> None:
    demo_hub(hub)
    before = hub.repository("acme/minilm").branches["main"]

    after = demo_upstream_change(hub)

    repository = hub.repository("acme/minilm")
    assert (repository.branches["main"], repository.tags["v1.0"].commit) == (after, before)
    changed = {
        path
        for path, file in repository.commits[after].files.items()
        if file != repository.commits[before].files[path]
    }
    assert changed == {"config.json", "model.safetensors", "pytorch_model.bin"}


def test_the_demo_has_releases_with_true_checksums(
    github: EmbeddedGitHub, web: httpx.Client
) -> None:
    demo_github(github)
    home = f"{github.api_url}/repos/acme/whisper-models/releases"

    latest = web.get(f"{home}/latest").json()

    urls = {asset["name"]: asset["browser_download_url"] for asset in latest["assets"]}
    for line in web.get(urls["SHA256SUMS"]).text.splitlines():
        digest, name = line.split()
        assert hashlib.sha256(web.get(urls[name]).content).hexdigest() == digest
    assert latest["tag_name"] == "v1.4.2"
    assert [each["tag_name"] for each in web.get(home).json()] == [
        "v2.0.0-rc.1",
        "v1.4.2",
        "v1.4.0",
        "v1.3.0",
    ]
