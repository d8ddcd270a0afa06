from typing import Any

import pytest

from modellock.documents.pasted import SITES, Site, name_for, parse_pasted
from modellock.values.origins import Kind

HUB = "https://huggingface.co"
GITHUB = "https://github.com"


def read(text: str) -> dict[str, Any]:
    """What the text becomes, as models.toml would have it."""
    pasted = parse_pasted(text)
    return {pasted.kind.value: pasted.origin, **pasted.keys}


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("org/name", {}),
        ("org/name@v1.0", {"revision": "v1.0"}),
        ("org/name@refs/pr/3", {"revision": "refs/pr/3"}),
        ("org/name@main", {}),
        ("org/name@>=1.0,<2", {"version": ">=1.0,<2"}),
        ("hf://org/name", {}),
        ("hf://models/org/name", {}),
        ("hf://datasets/org/name", {"type": "dataset"}),
        ("hf://org/name@v1.0", {"revision": "v1.0"}),
        ("hf://org/name@refs/pr/3/config.json", {"revision": "refs/pr/3",
                                                 "include": ("config.json",)}),
        ("hf://org/name@refs%2Fpr%2F3", {"revision": "refs/pr/3"}),
        ("hf://org/name/onnx/model.onnx", {"include": ("onnx/model.onnx",)}),
        ("hf://org/name/onnx/", {"include": ("onnx/",)}),
        (f"{HUB}/org/name", {}),
        (f"{HUB}/org/name/", {}),
        (f"{HUB}/org/name?library=transformers#usage", {}),
        (f"{HUB}/org/name/tree/main", {}),
        (f"{HUB}/org/name/tree/v1.0", {"revision": "v1.0"}),
        (f"{HUB}/org/name/tree/refs%2Fpr%2F3", {"revision": "refs/pr/3"}),
        (f"{HUB}/org/name/tree/refs/pr/3/onnx", {"revision": "refs/pr/3", "include": ("onnx/",)}),
        (f"{HUB}/org/name/tree/main/onnx", {"include": ("onnx/",)}),
        (f"{HUB}/org/name/blob/v1.0/a/b.json", {"revision": "v1.0", "include": ("a/b.json",)}),
        (f"{HUB}/org/name/resolve/main/w.bin?download=true", {"include": ("w.bin",)}),
        (f"{HUB}/org/name/raw/main/a%20b.txt", {"include": ("a b.txt",)}),
        (f"{HUB}/org/name/blob/main/w[1].bin", {"include": ("w[[]1].bin",)}),
        (f"{HUB}/org/name/commit/{'c' * 40}", {"revision": "c" * 40}),
        (f"{HUB}/org/name/commits/v1.0", {"revision": "v1.0"}),
        (f"{HUB}/org/name/discussions/7", {}),
        (f"{HUB}/datasets/org/name/tree/v2", {"type": "dataset", "revision": "v2"}),
        ("huggingface.co/org/name", {}),
        ("https://hf.co/org/name", {}),
        ("HTTPS://HuggingFace.co/org/name".replace("HTTPS", "https"), {}),
    ],
)  # fmt: skip
def test_a_model_of_the_hub_is_named_by_id_uri_or_page(text: str, keys: dict[str, Any]) -> None:
    assert read(text) == {"hub": "org/name", **keys}


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("gpt2", {}),
        (f"{HUB}/gpt2", {}),
        (f"{HUB}/gpt2/tree/v1", {"revision": "v1"}),
        ("huggingface.co/gpt2", {}),
    ],
)
def test_the_oldest_repositories_have_no_owner(text: str, keys: dict[str, Any]) -> None:
    assert read(text) == {"hub": "gpt2", **keys}


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("github:org/repo", {}),
        ("github:org/repo@1.2", {"version": "==1.2"}),
        ("github:org/repo@~=1.2", {"version": "~=1.2"}),
        ("github:org/repo@v1.2", {"tag": "v1.2"}),
        ("github:org/repo@2024-01-31-b", {"tag": "2024-01-31-b"}),
        ("github:org/repo@models/1.0", {"tag": "models/1.0"}),
        (GITHUB + "/org/repo", {}),
        (GITHUB + "/org/repo.git", {}),
        (GITHUB + "/org/repo/releases", {}),
        (GITHUB + "/org/repo/tags", {}),
        (GITHUB + "/org/repo/releases/latest", {}),
        (GITHUB + "/org/repo/releases/tag/v1.2", {"tag": "v1.2"}),
        (GITHUB + "/org/repo/releases/tag/models%2F1.0", {"tag": "models/1.0"}),
        (GITHUB + "/org/repo/releases/tag/models/1.0", {"tag": "models/1.0"}),
        (GITHUB + "/org/repo/releases/download/v1.2/m.bin", {"tag": "v1.2", "include": ("m.bin",)}),
        (GITHUB + "/org/repo/releases/download/a/b/m.bin", {"tag": "a/b", "include": ("m.bin",)}),
        (GITHUB + "/org/repo/releases/latest/download/m.bin", {"include": ("m.bin",)}),
        ("github.com/org/repo", {}),
        ("https://www.github.com/org/repo", {}),
    ],
)
def test_releases_of_github_are_named_by_repository_or_page(
    text: str, keys: dict[str, Any]
) -> None:
    assert read(text) == {"github": "org/repo", **keys}


@pytest.mark.parametrize(
    "text",
    [
        "https://storage.example/pose.task",
        "http://127.0.0.1:8000/pose.task?version=3",
        GITHUB + "/org/repo/raw/main/weights.bin",
        GITHUB + "/org/repo/archive/refs/tags/v1.tar.gz",
    ],
)
def test_what_another_host_serves_is_a_file(text: str) -> None:
    assert read(text) == {"url": text}


@pytest.mark.parametrize(
    "text", ["./m", "../m", ".", "..", "/srv/m", "~/m", ".\\m", "\\\\host\\m", "C:\\m", "c:/m"]
)
def test_a_path_begins_with_a_dot_a_slash_or_a_drive(text: str) -> None:
    assert read(text) == {"local": text}


def test_a_page_of_a_named_source_names_it() -> None:
    sites = (
        *SITES,
        Site(Kind.HUB, "https://hub.corp.example/hf", "corp"),
        Site(Kind.GITHUB, "https://git.corp.example", "forge"),
    )

    hub = parse_pasted("https://hub.corp.example/hf/org/name/tree/v1", sites)
    forge = parse_pasted("git.corp.example/org/repo/releases/tag/v1", sites)
    raw = parse_pasted("https://git.corp.example/org/repo/raw/main/w.bin", sites)
    outside = parse_pasted("https://hub.corp.example/hfx/w.bin", sites)

    assert (hub.origin, hub.keys) == ("org/name", {"source": "corp", "revision": "v1"})
    assert (forge.origin, forge.keys) == ("org/repo", {"source": "forge", "tag": "v1"})
    assert (raw.kind, raw.keys) == (Kind.URL, {})
    assert (outside.kind, outside.keys) == (Kind.URL, {})


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("a/b/c", "'a/b/c' is not a Hub repository such as `org/name`"),
        ("", "'' is not a Hub repository such as `org/name`"),
        ("org/name@a b", "'a b' is not a branch, tag or commit"),
        ("org/name@>=x", "'>=x' is not a version bound such as `>=1.2,<2` or `~=1.4`"),
        ("hf://", "'hf://' is not a Hub URI such as `hf://org/name@revision/file`"),
        (
            "hf://spaces/org/name",
            "`spaces` of the Hub are not what modellock locks: models and datasets",
        ),
        (f"{HUB}/docs/hub", "'/docs/hub' is not the page of a model or a dataset"),
        (f"{HUB}/settings?token=secret", "'/settings' is not the page of a model or a dataset"),
        (HUB, "'/' is not the page of a model or a dataset"),
        ("github:repo", "'repo' is not a GitHub repository such as `org/repo`"),
        (
            f"{GITHUB}/org/repo/pull/7?token=secret",
            "'/org/repo/pull/7' is not the page of a repository or of a release",
        ),
        ("ftp://storage.example/x", "'ftp://storage.example/x' is not an http or https URL"),
        (
            "https://storage.example/x?Signature=secret",
            "a signed URL: it expires, and whoever reads the lock could use it",
        ),
        (
            "https://ada:secret@huggingface.co/org/name",
            (
                "a URL with a user name or a password: "
                "credentials belong to netrc or MODELLOCK_TOKEN_<HOST>"
            ),
        ),
    ],
)
def test_what_names_no_model_is_refused(text: str, fault: str) -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - the message is compared as a whole
        parse_pasted(text)

    assert str(caught.value) == fault


@pytest.mark.parametrize(
    ("kind", "origin", "name"),
    [
        (Kind.HUB, "org/all-MiniLM-L6-v2", "all-MiniLM-L6-v2"),
        (Kind.HUB, "gpt2", "gpt2"),
        (Kind.HUB, "org/_private.", "private"),
        (Kind.GITHUB, "org/whisper-models", "whisper-models"),
        (Kind.URL, "https://h.example/pose_landmarker.task?v=1", "pose_landmarker"),
        (Kind.URL, "https://h.example/weights-1.2.tar.gz", "weights-1.2"),
        (Kind.URL, "https://h.example/a%20b%20(1).bin", "a-b-1"),
        (Kind.URL, "https://h.example/v1.2", "v1.2"),
        (Kind.LOCAL, "../models/house style/", "house-style"),
        (Kind.LOCAL, "C:\\models\\mine", "mine"),
    ],
)
def test_a_name_is_the_last_segment_made_to_fit(kind: Kind, origin: str, name: str) -> None:
    assert name_for(kind, origin) == name


@pytest.mark.parametrize("origin", ["..", "../日本語", "../con"])
def test_a_segment_that_gives_no_name_is_refused(origin: str) -> None:
    with pytest.raises(ValueError, match="is not a"):
        name_for(Kind.LOCAL, origin)
