"""Every lie, told where and as often as was asked."""

import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from modellock.testing import EmbeddedFiles, EmbeddedHub, Lie, Reply

NAME = "acme/minilm"
PATH = "/weights.bin"
CONTENT = b"0123456789" * 100


@pytest.fixture
def url(files: EmbeddedFiles) -> str:
    files.files[PATH] = CONTENT
    return f"{files.url}{PATH}"


def test_wrong_bytes_have_the_right_size(files: EmbeddedFiles, url: str, web: httpx.Client) -> None:
    files.lies.add(PATH, Lie.WRONG_BYTES)

    reply = web.get(url)

    assert reply.headers["Content-Length"] == "1000"
    assert reply.content == CONTENT[:-1] + b"8"


def test_a_shorter_file_is_honest_about_its_length(
    files: EmbeddedFiles, url: str, web: httpx.Client
) -> None:
    files.lies.add(PATH, Lie.SHORTER)

    reply = web.get(url)

    assert (reply.headers["Content-Length"], reply.content) == ("500", CONTENT[:500])


@pytest.mark.parametrize(
    ("lie", "error"),
    [
        (Lie.TRUNCATED, httpx.RemoteProtocolError),
        (Lie.RESET_MIDWAY, httpx.ReadError),
    ],
)
def test_a_body_can_end_before_its_length(
    files: EmbeddedFiles, url: str, web: httpx.Client, lie: Lie, error: type[Exception]
) -> None:
    files.lies.add(PATH, lie)

    with web.stream("GET", url) as reply:
        assert reply.headers["Content-Length"] == "1000"
        received: list[bytes] = []
        with pytest.raises(error):
            received.extend(reply.iter_raw())

    assert CONTENT[:500].startswith(b"".join(received))


def test_a_reset_comes_in_place_of_a_reply(
    files: EmbeddedFiles, url: str, web: httpx.Client
) -> None:
    files.lies.add(PATH, Lie.RESET, times=1)

    with pytest.raises(httpx.ReadError):
        web.get(url)

    assert web.get(url).content == CONTENT


def test_a_page_with_status_200_takes_the_place_of_the_file(
    files: EmbeddedFiles, url: str, web: httpx.Client
) -> None:
    files.lies.add(PATH, Lie.HTML_PAGE)

    reply = web.get(url, headers={"Range": "bytes=10-"})

    assert reply.status_code == 200
    assert reply.headers["Content-Type"].startswith("text/html")
    assert reply.text.startswith("<!DOCTYPE html>")


def test_a_pointer_takes_the_place_of_the_file(
    files: EmbeddedFiles, url: str, web: httpx.Client
) -> None:
    files.lies.add(PATH, Lie.LFS_POINTER)

    assert web.get(url).text.splitlines()[0] == "version https://git-lfs.github.com/spec/v1"


def test_gzip_comes_though_nobody_asked(files: EmbeddedFiles, url: str, web: httpx.Client) -> None:
    files.lies.add(PATH, Lie.GZIP)

    with web.stream("GET", url) as reply:
        raw = b"".join(reply.iter_raw())

    assert reply.headers["Content-Encoding"] == "gzip"
    assert raw[:2] == b"\x1f\x8b"


def test_a_range_can_be_ignored(files: EmbeddedFiles, url: str, web: httpx.Client) -> None:
    files.lies.add(PATH, Lie.IGNORED_RANGE)

    reply = web.get(url, headers={"Range": "bytes=10-"})

    assert (reply.status_code, reply.content) == (200, CONTENT)


def test_a_status_comes_so_many_times(files: EmbeddedFiles, url: str, web: httpx.Client) -> None:
    files.lies.add(PATH, Lie.status(503, retry_after=0.5), times=2)

    replies = [web.get(url) for _ in range(3)]

    assert [reply.status_code for reply in replies] == [503, 503, 200]
    assert replies[0].headers["Retry-After"] == "0.5"


def test_refusals_follow_one_another_and_other_lies_add_up(
    files: EmbeddedFiles, url: str, web: httpx.Client
) -> None:
    files.lies.add(PATH, Lie.status(503), times=1)
    files.lies.add(PATH, Lie.status(429), times=1)
    files.lies.add(PATH, Lie.SHORTER)
    files.lies.add(PATH, Lie.WRONG_BYTES)

    replies = [web.get(url) for _ in range(3)]

    assert [reply.status_code for reply in replies] == [503, 429, 200]
    assert replies[2].content == CONTENT[:499] + b"8"


def test_a_redirect_can_lead_to_itself(files: EmbeddedFiles, url: str, web: httpx.Client) -> None:
    files.lies.add(PATH, Lie.REDIRECT_LOOP)

    with pytest.raises(httpx.TooManyRedirects):
        web.get(url)


def test_headers_can_be_wrong_or_missing(files: EmbeddedFiles, url: str, web: httpx.Client) -> None:
    files.lies.add(PATH, Lie.header("etag", None))
    files.lies.add(PATH, Lie.header("content-type", "text/plain"))

    reply = web.get(url)

    assert "ETag" not in reply.headers
    assert reply.headers.get_list("Content-Type") == ["text/plain"]


def test_any_reply_and_any_content_can_be_given(
    files: EmbeddedFiles, url: str, web: httpx.Client
) -> None:
    files.lies.add(PATH, Lie.content(b"other"), times=1)

    other = web.get(url)
    files.lies.add(PATH, Lie.reply(Reply(status=418, body=b"short and stout")))

    assert other.content == b"other"
    assert web.get(url).status_code == 418


def test_a_reply_can_be_late_and_a_body_slow(
    files: EmbeddedFiles, url: str, web: httpx.Client
) -> None:
    files.lies.add(PATH, Lie.delay(0.1))
    files.lies.add(PATH, Lie.trickle(10_000))

    began = time.monotonic()
    with web.stream("GET", url) as reply:
        waited = time.monotonic() - began
        pieces = list(reply.iter_raw())
        took = time.monotonic() - began - waited

    assert b"".join(pieces) == CONTENT
    assert waited >= 0.1
    # Of what arrives before it is read, a client does not see that it is slow.
    assert waited + took >= 0.15


def test_replies_overtake_one_another(files: EmbeddedFiles, web: httpx.Client) -> None:
    paths = [f"/{number}" for number in range(6)]
    files.files.update(dict.fromkeys(paths, b"content"))
    files.lies.add("*", Lie.shuffled_replies(seed=1, seconds=0.2))
    order: list[str] = []

    def fetch(path: str) -> None:
        web.get(f"{files.url}{path}")
        order.append(path)

    with ThreadPoolExecutor(len(paths)) as pool:
        list(pool.map(fetch, paths))

    assert sorted(order) == paths
    assert order != paths


def test_lists_come_in_another_order(hub: EmbeddedHub, web: httpx.Client) -> None:
    hub.publish(NAME, {f"{number}.txt": b"" for number in range(8)})
    hub.lies.add("*/tree/*", Lie.shuffled_lists(seed=1))

    listed = [entry["path"] for entry in web.get(f"{hub.url}/api/models/{NAME}/tree/main").json()]

    assert sorted(listed) == [f"{number}.txt" for number in range(8)]
    assert listed != sorted(listed)


def test_a_hub_can_forget_to_say_which_commit_it_is(hub: EmbeddedHub, web: httpx.Client) -> None:
    hub.publish(NAME, {"config.json": b"{}"})
    hub.lies.add("config.json", Lie.NO_COMMIT)

    reply = web.get(f"{hub.url}/{NAME}/resolve/main/config.json", follow_redirects=False)

    assert "X-Repo-Commit" not in reply.headers
    assert "X-Linked-Etag" in reply.headers


def test_a_lie_about_content_spares_the_redirect_and_follows_the_signed_url(
    hub: EmbeddedHub, web: httpx.Client
) -> None:
    hub.publish(NAME, {"model.safetensors": b"weights", "other.safetensors": b"weights"})
    hub.lies.add("model.safetensors", Lie.WRONG_BYTES, times=1)
    base = f"{hub.url}/{NAME}/resolve/main"

    assert web.get(f"{base}/other.safetensors").content == b"weights"
    assert web.get(f"{base}/model.safetensors").content == b"weightr"
    assert web.get(f"{base}/model.safetensors").content == b"weights"


def test_a_lie_can_be_told_by_one_server_alone(hub: EmbeddedHub, web: httpx.Client) -> None:
    hub.publish(NAME, {"model.safetensors": b"weights"})
    hub.lies.add("model.safetensors", Lie.status(403), origin="objects")

    reply = web.get(f"{hub.url}/{NAME}/resolve/main/model.safetensors")

    assert [before.status_code for before in reply.history] == [302]
    assert reply.status_code == 403


def test_the_truth_is_told_again(files: EmbeddedFiles, url: str, web: httpx.Client) -> None:
    files.lies.add("*", Lie.status(500))
    files.lies.clear()

    assert web.get(url).content == CONTENT
