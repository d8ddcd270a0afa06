"""The command `sync` against what lines and servers do wrong, for a small file and a large one.

A small file comes in one body, a large one in ranges, a wide one over several connections. Of each
fault: the exit code, what is said, how often upstream was asked and for which bytes, and that
nothing is visible but what was locked.
"""

import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

import modellock as api
from modellock.testing import EmbeddedHub, Lie
from modellock.testing.wire.exchange import Reply, Request
from tests.cli.command import Command

pytestmark = pytest.mark.slow

SIZES = {"small": 300_000, "large": 3_000_000, "wide": 16 << 20}
CONTENT = {
    name: random.Random(name).randbytes(size)  # noqa: S311 - bytes that differ from one another
    for name, size in SIZES.items()
}
ALL, WHOLE, REST = "all", "bytes=0-2999999", "bytes=N-2999999"
ALONE = ("--jobs", "1")
"""With one connection: another would take over from one that a busy machine slows down."""

FILES = {name: f"models/{name}/model.safetensors" for name in SIZES}


@pytest.fixture(scope="module")
def running() -> Iterator[EmbeddedHub]:
    with EmbeddedHub() as hub:
        for name, content in CONTENT.items():
            hub.publish(f"acme/{name}", {"model.safetensors": content})
        yield hub


@pytest.fixture
def hub(running: EmbeddedHub) -> Iterator[EmbeddedHub]:
    """A Hub that tells the truth, as long as a test does not ask it to lie."""
    running.requests.clear()
    yield running
    running.lies.clear()


@pytest.fixture(scope="module")
def locks(running: EmbeddedHub, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """models.lock of either model, by its name."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HF_ENDPOINT", running.url)
        return {name: locked(name, tmp_path_factory.mktemp(name)) for name in SIZES}


def locked(name: str, folder: Path) -> str:
    (folder / "models.toml").write_text(f'[models.{name}]\nhub = "acme/{name}"\n')
    api.lock(directory=folder, store=folder / "store")
    return (folder / "models.lock").read_text()


@pytest.fixture(params=["small", "large"])
def size(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture
def project(modellock: Command, size: str, locks: dict[str, str]) -> Command:
    (modellock.folder / "models.lock").write_text(locks[size])
    return modellock


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """How a sync ended, and what upstream saw of it."""

    code: int
    said: str
    """On stderr, with what is another each time replaced."""

    redirected: int
    """Requests for the file at the address that stays."""

    ranges: list[str]
    """Of the requests at the host that keeps the bytes; where one begins within, at N."""


def sync(project: Command, hub: EmbeddedHub, *words: str, **variables: str) -> Seen:
    hub.requests.clear()
    ended = project.run("sync", "--no-progress", *words, **{"HF_ENDPOINT": hub.url, **variables})
    requests = list(hub.requests)
    text = re.sub(r"127\.0\.0\.1:\d+", "HUB", ended.stderr)
    text = re.sub(r"127\.0\.0\.2:\d+", "OBJECTS", text)
    text = re.sub(r"sha256:[0-9a-f]{64}", "sha256:…", text)
    text = re.sub(r"Waiting [\d.]+ s", "Waiting", re.sub(r"\b[0-9a-f]{40}\b", "COMMIT", text))
    return Seen(
        code=ended.code,
        # What takes long is told again after a while.
        said=re.sub(r"(?m)^(Waiting .*\n)\1+", r"\1", text),
        redirected=sum(request.origin == "hub" for request in requests),
        ranges=[
            re.sub(r"=[1-9]\d*-", "=N-", request.headers.get("Range", ALL))
            for request in requests
            if request.origin == "objects"
        ],
    )


def visible(project: Command) -> dict[str, bytes]:
    """Every file of the project's models, and every blob of the store."""
    roots = [project.folder / "models", project.store / "v1" / "blobs"]
    return {
        str(path.relative_to(root)): path.read_bytes()
        for root in roots
        for path in root.rglob("*")
        if path.is_file()
    }


def assert_whole(project: Command, size: str) -> None:
    """The file is there, and in the store, and nothing else is."""
    assert list(visible(project).values()) == [CONTENT[size]] * 2
    assert (project.folder / FILES[size]).read_bytes() == CONTENT[size]


@dataclass(frozen=True, slots=True, kw_only=True)
class Passing:
    """A fault that is over after a while."""

    lie: Lie
    origin: str = "objects"
    said: str
    """Of either file; empty where nothing is worth a word."""

    ranges: dict[str, list[str]]


BROKE_OFF = "Waiting for {subject}: the file did not arrive whole\n"
PASSING = {
    "cut": Passing(
        lie=Lie.TRUNCATED,
        said=BROKE_OFF,
        ranges={"small": [ALL, ALL], "large": [WHOLE, REST]},
    ),
    "reset midway": Passing(
        lie=Lie.RESET_MIDWAY,
        said=BROKE_OFF,
        ranges={"small": [ALL, ALL], "large": [WHOLE, REST]},
    ),
    "reset in place of a reply": Passing(
        lie=Lie.RESET,
        said="Waiting for {subject}: connection reset by peer\n",
        ranges={"small": [ALL, ALL], "large": [WHOLE, WHOLE]},
    ),
    "reset of the Hub": Passing(
        lie=Lie.RESET,
        origin="hub",
        said="Waiting for {subject}: connection reset by peer\n",
        ranges={"small": [ALL], "large": [WHOLE]},
    ),
    "expired URL": Passing(
        lie=Lie.status(403),
        said=BROKE_OFF,
        ranges={"small": [ALL, ALL], "large": [WHOLE, WHOLE]},
    ),
    "429": Passing(
        lie=Lie.status(429, retry_after=0.3),
        origin="hub",
        said="Waiting for {subject}: HUB answered 429\n",
        ranges={"small": [ALL], "large": [WHOLE]},
    ),
    "429 of the objects": Passing(
        lie=Lie.status(429),
        said="Waiting for {subject}: OBJECTS answered 429\n",
        ranges={"small": [ALL, ALL], "large": [WHOLE, WHOLE]},
    ),
    "503": Passing(
        lie=Lie.status(503),
        origin="hub",
        said="Waiting for {subject}: HUB answered 503\n",
        ranges={"small": [ALL], "large": [WHOLE]},
    ),
    "503 of the objects": Passing(
        lie=Lie.status(503, retry_after=0.3),
        said="Waiting for {subject}: OBJECTS answered 503\n",
        ranges={"small": [ALL, ALL], "large": [WHOLE, WHOLE]},
    ),
}


@pytest.mark.parametrize("fault", PASSING)
def test_what_passes_is_waited_for_and_told(
    project: Command, hub: EmbeddedHub, size: str, fault: str
) -> None:
    case = PASSING[fault]
    hub.lies.add("*", case.lie, times=1, origin=case.origin)

    seen = sync(project, hub, *ALONE)

    said = case.said.format(subject=f"{size}/model.safetensors")
    assert (seen.code, seen.said) == (0, said)
    assert (seen.redirected, seen.ranges) == (2, case.ranges[size])
    assert_whole(project, size)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lasting:
    """A fault that does not end."""

    lie: Lie
    origin: str = "objects"
    code: int
    said: str
    asked: tuple[int, int]
    """Requests at the address that stays, and at the host that keeps the bytes."""

    asked_of_large: tuple[int, int] | None = None
    """Where a part of a file leads to other requests than a whole one."""


FROM_HUB = "  from http://HUB/acme/{name}/resolve/COMMIT/model.safetensors\n"
ASK = "hint: keep models.lock, and ask what upstream says: `modellock verify --upstream {name}`\n"
LASTING = {
    "wrong bytes": Lasting(
        lie=Lie.WRONG_BYTES,
        code=4,
        said="error: {subject}: expected sha256:…, received sha256:…\n"
        + FROM_HUB
        + "  a commit never changes: the server, or something on the way to it, lies\n"
        + ASK,
        asked=(1, 1),
    ),
    "another size": Lasting(
        lie=Lie.SHORTER,
        code=4,
        said="error: {subject}: expected {size} bytes, received {half} bytes\n"
        + FROM_HUB
        + "  a commit never changes: the server, or something on the way to it, lies\n"
        + ASK,
        asked=(1, 1),
        asked_of_large=(2, 2),
    ),
    "page": Lasting(
        lie=Lie.HTML_PAGE,
        code=4,
        said="error: {subject}: expected {size} bytes with sha256:…, received an HTML page\n"
        + FROM_HUB
        + ASK,
        asked=(1, 1),
    ),
    "gzip": Lasting(
        lie=Lie.GZIP,
        code=4,
        said="error: {subject}: expected {size} bytes with sha256:…, "
        "received a body in the encoding 'gzip'\n" + FROM_HUB + ASK,
        asked=(1, 1),
    ),
    "redirects in circles": Lasting(
        lie=Lie.REDIRECT_LOOP,
        origin="hub",
        code=3,
        said="error: {subject}: HUB redirects in circles: "
        "expected at most 10 redirects, received more\n",
        asked=(11, 0),
    ),
    "429 for an hour": Lasting(
        lie=Lie.status(429, retry_after=3600),
        code=3,
        said="error: {subject}: OBJECTS wants no more requests for 3600 s\n"
        "hint: a token raises the limit: set `MODELLOCK_TOKEN_127_0_0_2`\n",
        asked=(1, 1),
    ),
    "503": Lasting(
        lie=Lie.status(503),
        origin="hub",
        code=3,
        said="error: {subject}: HUB answered 503 Service Unavailable\n"
        "hint: run `modellock sync` again\n",
        asked=(5, 0),
    ),
    "URLs that expire at once": Lasting(
        lie=Lie.status(403),
        code=3,
        said="error: {subject}: OBJECTS, where the origin keeps its files, answered 403 Forbidden\n"
        "hint: run `modellock sync` again\n",
        asked=(5, 5),
    ),
    "resets": Lasting(
        lie=Lie.RESET,
        code=3,
        said="error: {subject}: OBJECTS cannot be reached: Connection reset by peer\n"
        "hint: check the network, and `HTTPS_PROXY` if there is a proxy\n",
        asked=(5, 5),
    ),
}


@pytest.mark.parametrize("fault", LASTING)
def test_what_lasts_is_told_and_shows_nothing(
    project: Command, hub: EmbeddedHub, size: str, fault: str
) -> None:
    case, bytes_of = LASTING[fault], SIZES[size]
    hub.lies.add("*", case.lie, origin=case.origin)

    seen = sync(project, hub, *ALONE)

    told = re.sub(r"Waiting .*\n", "", seen.said)
    names = {"subject": f"{size}/model.safetensors", "name": size}
    assert told == case.said.format(**names, size=bytes_of, half=bytes_of // 2)
    asked = case.asked_of_large if size == "large" and case.asked_of_large else case.asked
    assert (seen.code, (seen.redirected, len(seen.ranges))) == (case.code, asked)
    assert visible(project) == {}
    hub.lies.clear()
    assert sync(project, hub).code == 0
    assert_whole(project, size)


def parts_from(shift: Callable[[int, int], int], *, claimed: bool) -> Lie:
    """Other parts of the file than were asked for; `claimed` to be those that were."""

    def tell(request: Request, reply: Reply) -> Reply:
        asked = re.fullmatch(r"bytes=([1-9]\d*)-(\d+)", request.headers.get("Range", ""))
        if asked is None:
            return reply
        start, end = int(asked[1]), int(asked[2]) + 1
        sent = shift(start, end)
        body, told = reply.body[sent : sent + end - start], start if claimed else sent
        part = {"Content-Range": f"bytes {told}-{told + len(body) - 1}/{len(reply.body)}"}
        return replace(reply, status=206, body=body, is_file=False).with_headers(part)

    return Lie(lambda _request, reply: reply.is_file, tell)


@pytest.mark.parametrize(
    "lie",
    [
        parts_from(lambda start, _end: start - (4 << 20), claimed=True),
        parts_from(lambda _start, _end: 0, claimed=True),
        parts_from(lambda _start, _end: 0, claimed=False),
        Lie.IGNORED_RANGE,
    ],
    ids=["swapped", "duplicated", "duplicated and said so", "ignored"],
)
@pytest.mark.parametrize("size", ["wide"])
def test_parts_that_do_not_fit_cost_one_body_more(
    project: Command, hub: EmbeddedHub, lie: Lie
) -> None:
    hub.lies.add("*", Lie.trickle(40_000_000), origin="objects")
    hub.lies.add("*", lie, origin="objects")

    seen = sync(project, hub, "--jobs", "4")

    # Whether one part was asked for again, before it showed that all of them are so.
    again = "Waiting for wide/model.safetensors: something else came than what was asked for\n"
    assert (seen.code, seen.said.replace(again, "")) == (0, "")
    assert {ALL, "bytes=0-16777215"} & set(seen.ranges)
    assert_whole(project, "wide")


@pytest.mark.parametrize("size", ["large"])
def test_a_trickle_is_left_after_half_a_minute_and_what_it_brought_is_kept(
    project: Command, hub: EmbeddedHub
) -> None:
    hub.lies.add("*", Lie.trickle(500), origin="objects", times=1)

    seen = sync(project, hub, *ALONE)

    said = "Waiting for large/model.safetensors: the file came too slowly\n"
    assert (seen.code, seen.said) == (0, said)
    assert seen.ranges == [WHOLE, REST]
    assert_whole(project, "large")
