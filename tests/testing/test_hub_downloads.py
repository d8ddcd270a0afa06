"""How the embedded Hub hands out bytes, to the real client and to a plain one."""

import gzip
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from huggingface_hub import get_hf_file_metadata, hf_hub_download, snapshot_download

from modellock.testing import EmbeddedHub

NAME = "acme/minilm"
CONFIG = b'{"hidden_size": 8}\n'
WEIGHTS = bytes(range(256)) * 40


@pytest.fixture
def commit(hub: EmbeddedHub) -> str:
    return hub.publish(NAME, {"config.json": CONFIG, "model.safetensors": WEIGHTS})


@pytest.fixture
def weights_url(hub: EmbeddedHub, commit: str) -> str:
    return f"{hub.url}/{NAME}/resolve/{commit}/model.safetensors"


@pytest.fixture
def config_url(hub: EmbeddedHub, commit: str) -> str:
    return f"{hub.url}/{NAME}/resolve/{commit}/config.json"


def test_the_real_client_downloads_plain_and_large_files(
    hub: EmbeddedHub, commit: str, tmp_path: Path
) -> None:
    got = {
        name: Path(hf_hub_download(NAME, name, endpoint=hub.url, cache_dir=tmp_path, token=False))
        for name in ("config.json", "model.safetensors")
    }

    assert got["config.json"].read_bytes() == CONFIG
    assert got["model.safetensors"].read_bytes() == WEIGHTS
    assert commit in str(got["config.json"])


def test_the_real_client_downloads_a_whole_dataset(hub: EmbeddedHub, tmp_path: Path) -> None:
    hub.publish(
        "acme/words", {"a/train.parquet": WEIGHTS, "a b.txt": b"a"}, type="dataset", branch="x/y"
    )

    folder = snapshot_download(
        "acme/words",
        repo_type="dataset",
        revision="x/y",
        endpoint=hub.url,
        cache_dir=tmp_path,
        token=False,
    )

    assert Path(folder, "a", "train.parquet").read_bytes() == WEIGHTS
    assert Path(folder, "a b.txt").read_bytes() == b"a"


def test_the_redirect_of_a_large_file_says_what_it_is(
    hub: EmbeddedHub, commit: str, weights_url: str, web: httpx.Client
) -> None:
    reply = web.get(weights_url, follow_redirects=False)

    assert reply.status_code == 302
    assert reply.headers["X-Repo-Commit"] == commit
    assert reply.headers["X-Linked-Size"] == "10240"
    assert reply.headers["X-Linked-Etag"] == (
        '"e96760a87768717bcebcfd25ddc7d46b4dbc95a4b0014def080c08539f7d90d0"'
    )
    assert reply.headers["Accept-Ranges"] == "bytes"
    assert reply.headers["Location"].startswith(f"{hub.objects_url}/")
    assert urlsplit(hub.objects_url).netloc != urlsplit(hub.url).netloc


def test_the_redirect_of_a_plain_file_is_relative_and_tells_its_git_id(
    hub: EmbeddedHub, commit: str, config_url: str, web: httpx.Client
) -> None:
    reply = web.get(config_url, follow_redirects=False)
    metadata = get_hf_file_metadata(config_url, endpoint=hub.url, token=False)

    assert reply.status_code == 307
    assert reply.headers["Location"].startswith(
        f"/api/resolve-cache/models/{NAME}/{commit}/config.json?"
    )
    assert (metadata.commit_hash, metadata.size) == (commit, 19)
    assert metadata.etag == "bc77bf8f7cdcf1bc3b843a77809edf1d1367b78e"


def test_every_signed_url_is_a_new_one(weights_url: str, web: httpx.Client) -> None:
    first, second = (web.get(weights_url, follow_redirects=False) for _ in range(2))

    assert first.headers["Location"] != second.headers["Location"]
    assert web.get(first.headers["Location"]).content == WEIGHTS
    assert web.get(second.headers["Location"]).content == WEIGHTS


def test_a_token_is_refused_where_signatures_count(weights_url: str, web: httpx.Client) -> None:
    signed = web.get(weights_url, follow_redirects=False).headers["Location"]

    reply = web.get(signed, headers={"Authorization": "Bearer hf_reader"})

    assert reply.status_code == 400
    assert "Only one auth mechanism allowed" in reply.text


def test_a_signed_url_expires(hub: EmbeddedHub, weights_url: str, web: httpx.Client) -> None:
    hub.large_files.seconds = 0

    reply = web.get(weights_url)

    assert reply.status_code == 403
    assert "expired" in reply.text


def test_a_signed_url_works_for_its_path_and_for_get_alone(
    weights_url: str, web: httpx.Client
) -> None:
    signed = web.get(weights_url, follow_redirects=False).headers["Location"]

    assert web.head(signed).status_code == 403
    assert web.get(signed.replace("/xet-bridge-us/", "/xet-bridge-eu/")).status_code == 403
    assert web.get(signed.replace("Signature=", "Signature=0")).status_code == 403


def test_a_signed_url_can_be_bound_to_its_range(
    hub: EmbeddedHub, weights_url: str, web: httpx.Client
) -> None:
    hub.large_files.bind_ranges = True

    bound = web.get(weights_url, headers={"Range": "bytes=10-19"}, follow_redirects=False)
    signed = bound.headers["Location"]

    assert web.get(signed, headers={"Range": "bytes=10-19"}).content == WEIGHTS[10:20]
    other = web.get(signed, headers={"Range": "bytes=20-"})
    assert (other.status_code, "invalid range" in other.text) == (403, True)


def test_a_huge_file_comes_by_ranges_only(
    hub: EmbeddedHub, weights_url: str, web: httpx.Client
) -> None:
    hub.objects.largest_unranged = 1000

    assert web.get(weights_url).status_code == 400
    assert web.get(weights_url, headers={"Range": "bytes=0-"}).content == WEIGHTS


@pytest.mark.parametrize(
    ("wanted", "status", "content", "content_range"),
    [
        ("bytes=0-0", 206, WEIGHTS[:1], "bytes 0-0/10240"),
        ("bytes=10000-", 206, WEIGHTS[10000:], "bytes 10000-10239/10240"),
        ("bytes=-40", 206, WEIGHTS[-40:], "bytes 10200-10239/10240"),
        ("bytes=10200-99999", 206, WEIGHTS[10200:], "bytes 10200-10239/10240"),
        ("bytes=10240-", 416, b"", "bytes */10240"),
        ("lines=1-2", 200, WEIGHTS, None),
        ("bytes=0-1,4-5", 200, WEIGHTS, None),
    ],
)
def test_ranges(
    weights_url: str,
    web: httpx.Client,
    wanted: str,
    status: int,
    content: bytes,
    content_range: str | None,
) -> None:
    reply = web.get(weights_url, headers={"Range": wanted})

    assert (reply.status_code, reply.content) == (status, content)
    assert reply.headers.get("Content-Range") == content_range


def test_a_range_of_what_has_changed_is_the_whole_file(weights_url: str, web: httpx.Client) -> None:
    etag = web.get(weights_url).headers["ETag"]

    same = web.get(weights_url, headers={"Range": "bytes=1-", "If-Range": etag})
    changed = web.get(weights_url, headers={"Range": "bytes=1-", "If-Range": '"another"'})

    assert (same.status_code, same.content) == (206, WEIGHTS[1:])
    assert (changed.status_code, changed.content) == (200, WEIGHTS)


def test_text_comes_gzipped_without_a_length_unless_identity_is_asked_for(
    config_url: str, web: httpx.Client
) -> None:
    packed = web.get(config_url, headers={"Accept-Encoding": "gzip", "Range": "bytes=1-"})
    plain = web.get(config_url, headers={"Range": "bytes=1-"})

    assert packed.content == CONFIG
    assert packed.status_code == 200
    assert packed.headers["Content-Encoding"] == "gzip"
    assert "Content-Length" not in packed.headers
    assert packed.headers["ETag"].startswith('W/"')
    assert (plain.status_code, plain.content) == (206, CONFIG[1:])


def test_gzip_is_announced_and_true(config_url: str, web: httpx.Client) -> None:
    with web.stream("GET", config_url, headers={"Accept-Encoding": "gzip"}) as reply:
        raw = b"".join(reply.iter_raw())

    assert gzip.decompress(raw) == CONFIG


def test_raw_gives_the_pointer_of_a_large_file(
    hub: EmbeddedHub, commit: str, web: httpx.Client
) -> None:
    plain = web.get(f"{hub.url}/{NAME}/raw/main/config.json")
    pointer = web.get(f"{hub.url}/{NAME}/raw/main/model.safetensors")

    assert plain.content == CONFIG
    assert pointer.headers["X-Repo-Commit"] == commit
    assert pointer.text.splitlines() == [
        "version https://git-lfs.github.com/spec/v1",
        "oid sha256:e96760a87768717bcebcfd25ddc7d46b4dbc95a4b0014def080c08539f7d90d0",
        "size 10240",
    ]


def test_which_files_are_large_can_be_said(hub: EmbeddedHub, web: httpx.Client) -> None:
    hub.publish(NAME, {"a.txt": b"a", "b.bin": b"b"}, lfs=["a.txt"])

    statuses = [
        web.get(f"{hub.url}/{NAME}/resolve/main/{name}", follow_redirects=False).status_code
        for name in ("a.txt", "b.bin")
    ]

    assert statuses == [302, 307]


def test_names_keep_their_unusual_characters(hub: EmbeddedHub, web: httpx.Client) -> None:
    hub.publish(NAME, {"größe %2e.txt": b"1", "a#b?.bin": b"2"})

    plain = web.get(f"{hub.url}/{NAME}/resolve/main/gr%C3%B6%C3%9Fe%20%252e.txt")
    large = web.get(f"{hub.url}/{NAME}/resolve/main/a%23b%3F.bin")

    assert (plain.content, large.content) == (b"1", b"2")


def test_head_says_what_get_would(config_url: str, web: httpx.Client) -> None:
    head, got = web.head(config_url), web.get(config_url)

    assert head.content == b""
    assert head.headers["Content-Length"] == got.headers["Content-Length"] == "19"
    assert head.headers["ETag"] == got.headers["ETag"]
