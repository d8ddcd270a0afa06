"""What upstream can do wrong: each with its own words, its next step and its exit code.

Models whose upstream does nothing wrong are done all the same; of the others nothing is visible.
"""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from modellock.testing import EmbeddedHub, Lie, safetensors_bytes
from tests.cli.command import Command, Ended
from tests.cli.world import declare
from tests.tunnel import certificates
from tests.waiting import LONG

pytestmark = pytest.mark.slow

MODELS = ("bad", "cut", "good")
MANIFEST = "\n".join(f'[models.{name}]\nhub = "acme/{name}"\n' for name in MODELS)
TOKEN = "hf_of_ada"  # noqa: S105 - of an embedded Hub


def fill(hub: EmbeddedHub) -> EmbeddedHub:
    for name in MODELS:
        hub.publish(f"acme/{name}", {"model.safetensors": safetensors_bytes(name)})
    hub.tokens[TOKEN] = [f"acme/{name}" for name in MODELS]
    return hub


@pytest.fixture
def hub() -> Iterator[EmbeddedHub]:
    with EmbeddedHub() as running:
        yield fill(running)


def error_of(ended: Ended) -> str:
    """The error and its hint, with what is another each time replaced."""
    told = "".join(
        line for line in ended.stderr.splitlines(keepends=True) if not line.startswith("Waiting")
    )
    told = re.sub(r"127\.0\.0\.\d:\d+", "HOST", told)
    told = re.sub(r"sha256:[0-9a-f]{64}", "sha256:…", told)
    return re.sub(r"\b[0-9a-f]{40}\b", "COMMIT", told)


def visible_files(modellock: Command) -> list[str]:
    """What the project shows below its models, and how many blobs the store does."""
    placed = sorted((modellock.folder / "models").rglob("*.safetensors"))
    blobs = (modellock.home / ".cache/modellock/v1/blobs").rglob("*")
    staged = (modellock.home / ".cache/modellock/v1/staged").rglob("*")
    return [
        *(str(path.relative_to(modellock.folder)) for path in placed),
        f"{sum(path.is_file() for path in blobs)} blobs",
        f"{sum(path.is_file() for path in staged)} staged",
    ]


THE_GOOD = ["models/good/model.safetensors", "1 blobs", "0 staged"]
THE_OTHERS = [
    "models/cut/model.safetensors",
    "models/good/model.safetensors",
    "2 blobs",
    "0 staged",
]


def lock_and_sync(
    modellock: Command, spoil: Callable[[], object], hub: EmbeddedHub, **environ: str
) -> tuple[Ended, Ended]:
    """How a first lock and a first sync end, both at once, after something was spoilt."""
    declare(modellock, MANIFEST)
    fresh = Command(modellock.folder.parent / "fresh", modellock.home)
    fresh.folder.mkdir()
    declare(fresh, MANIFEST)
    assert modellock.run("lock", HF_ENDPOINT=hub.url, HF_TOKEN=TOKEN).code == 0
    spoil()
    locking = fresh.start("lock", **environ)
    synced = modellock.run("sync", **environ)
    stdout, stderr = locking.communicate(timeout=LONG)
    assert not (fresh.folder / "models.lock").exists()
    return Ended(locking.returncode, stdout, stderr), synced


@pytest.mark.parametrize(
    ("status", "token", "words", "hint"),
    [
        (
            401, False,
            "HOST wants a token, and none was sent: the repository is missing, private or gated",
            "set `MODELLOCK_TOKEN_127_0_0_1`",
        ),
        (
            401, True,
            "HOST refused the token from `HF_TOKEN`",
            "set `HF_TOKEN` to a token that is valid",
        ),
        (
            403, False,
            "HOST wants a token, and none was sent",
            "set `MODELLOCK_TOKEN_127_0_0_1`",
        ),
        (
            403, True,
            "the token from `HF_TOKEN` may not read this on HOST",
            "give the token the right to read it, or set another `HF_TOKEN`",
        ),
        (
            404, False,
            "HOST has nothing there, or keeps it private: no token was sent",
            "check the name, or set `MODELLOCK_TOKEN_127_0_0_1`",
        ),
        (
            404, True,
            "HOST has nothing there, or hides it from the token from `HF_TOKEN`",
            "check the name, and what the token may read",
        ),
        (
            429, False,
            "HOST wants no more requests for 400 s",
            "a token raises the limit: set `MODELLOCK_TOKEN_127_0_0_1`",
        ),
        (429, True, "HOST wants no more requests for 400 s", "run `modellock {verb}` again later"),
        (501, False, "HOST answered 501 Not Implemented", "run `modellock {verb}` again"),
        (501, True, "HOST answered 501 Not Implemented", "run `modellock {verb}` again"),
    ],
)  # fmt: skip
def test_a_refusal_has_its_own_words_and_the_next_step(
    modellock: Command, hub: EmbeddedHub, status: int, *, token: bool, words: str, hint: str
) -> None:
    environ = {"HF_ENDPOINT": hub.url, **({"HF_TOKEN": TOKEN} if token else {})}

    def refuse() -> None:
        patience = 400 if status == 429 else None
        hub.lies.add("*acme/bad*", Lie.status(status, retry_after=patience))

    locked, synced = lock_and_sync(modellock, refuse, hub, **environ)

    # What is missing may be a wrong name when it is locked, and was there when it was.
    assert (locked.code, synced.code) == (1 if status == 404 else 3, 3)
    assert error_of(locked) == (
        f"error: bad: acme/bad@main: {words}\nhint: {hint.format(verb='lock')}\n"
    )
    assert error_of(synced) == (
        f"error: bad/model.safetensors: {words}\nhint: {hint.format(verb='sync')}\n"
    )
    assert visible_files(modellock) == THE_OTHERS


def test_what_may_pass_is_tried_five_times(modellock: Command, hub: EmbeddedHub) -> None:
    def fail() -> None:
        hub.lies.add("*acme/bad*", Lie.status(503))
        hub.lies.add("*acme/cut/*", Lie.TRUNCATED)

    locked, synced = lock_and_sync(modellock, fail, hub, HF_ENDPOINT=hub.url)

    assert (locked.code, synced.code) == (3, 3)
    words = "HOST answered 503 Service Unavailable"
    assert f"error: bad: acme/bad@main: {words}\nhint: run `modellock lock` again\n" in error_of(
        locked
    )
    assert (
        f"error: bad/model.safetensors: {words}\nhint: run `modellock sync` again\n"
    ) in error_of(synced)
    assert (
        "error: cut/model.safetensors: HOST broke off: expected 2264 bytes, received 1132 bytes\n"
    ) in error_of(synced)
    # Of eight waits; for each of two reasons once in a while.
    assert 2 <= synced.stderr.count("Waiting") < 8
    asked = [request for request in hub.requests if "/acme/cut/resolve/" in request.target]
    assert len(asked) >= 5
    assert visible_files(modellock) == THE_GOOD


@pytest.mark.parametrize("token", [False, True])
def test_a_certificate_that_nobody_vouches_for_is_told_and_no_token_is_sent(
    modellock: Command, hub: EmbeddedHub, tmp_path: Path, *, token: bool
) -> None:
    context, _ = certificates(["127.0.0.1"], tmp_path)
    with fill(EmbeddedHub(tls=context)) as stranger:
        environ = {"HF_ENDPOINT": stranger.url, **({"HF_TOKEN": TOKEN} if token else {})}

        locked, synced = lock_and_sync(modellock, lambda: None, hub, **environ)

        assert list(stranger.requests) == []
    fault = (
        "HOST has a certificate that cannot be verified: unable to get local issuer certificate\n"
        "hint: set `SSL_CERT_FILE` to a file with the certificates that you trust\n"
    )
    assert (locked.code, synced.code) == (3, 3)
    assert f"error: bad: acme/bad@main: {fault}" in error_of(locked)
    assert f"error: bad/model.safetensors: {fault}" in error_of(synced)
    assert visible_files(modellock) == ["0 blobs", "0 staged"]


def test_without_a_network_the_host_is_named(modellock: Command, hub: EmbeddedHub) -> None:
    locked, synced = lock_and_sync(
        modellock, hub.stop, hub, HF_ENDPOINT="https://hub.invalid", HF_TOKEN=TOKEN
    )

    fault = "hub.invalid cannot be reached: there is no host of that name\nhint: check the network"
    assert (locked.code, synced.code) == (3, 3)
    assert f"error: bad: acme/bad@main: {fault}" in error_of(locked)
    assert f"error: bad/model.safetensors: {fault}" in error_of(synced)
    assert visible_files(modellock) == ["0 blobs", "0 staged"]


LIES = "  a commit never changes: the server, or something on the way to it, lies\n"


@pytest.mark.parametrize(
    ("lie", "words", "lies"),
    [
        (Lie.WRONG_BYTES, "expected sha256:…, received sha256:…", LIES),
        (Lie.SHORTER, "expected 2264 bytes, received 1132 bytes", LIES),
        (Lie.HTML_PAGE, "expected 2264 bytes with sha256:…, received an HTML page", ""),
        (Lie.LFS_POINTER, "expected 2264 bytes with sha256:…, received a git-lfs pointer", ""),
        (
            Lie.GZIP,
            "expected 2264 bytes with sha256:…, received a body in the encoding 'gzip'",
            "",
        ),
    ],
    ids=["wrong bytes", "shorter", "page", "pointer", "gzip"],
)
def test_what_is_not_the_locked_file_is_never_visible(
    modellock: Command, hub: EmbeddedHub, lie: Lie, words: str, lies: str
) -> None:
    declare(modellock, MANIFEST)
    assert modellock.run("lock", HF_ENDPOINT=hub.url).code == 0
    hub.lies.add("*acme/bad*", lie)

    ended = modellock.run("sync", HF_ENDPOINT=hub.url)

    assert ended.code == 4
    assert error_of(ended) == (
        f"error: bad/model.safetensors: {words}\n"
        f"  from http://HOST/acme/bad/resolve/COMMIT/model.safetensors\n{lies}"
        "hint: keep models.lock, and ask what upstream says: `modellock verify --upstream bad`\n"
    )
    assert visible_files(modellock) == THE_OTHERS
