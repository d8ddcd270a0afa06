"""Promise: models.toml, the last models.lock and upstream decide every byte of models.lock."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from modellock.testing import (
    EmbeddedGitHub,
    EmbeddedHub,
    Lie,
    demo_github,
    demo_hub,
    demo_upstream_change,
)
from tests.cli.command import Command

pytestmark = pytest.mark.slow

MANIFEST = """\
[settings]
path = "weights"

[models.minilm]
hub = "acme/minilm"

[models.detector]
hub = "acme/detector"
version = ">=1,<2"
groups = ["vision", "all"]

[models.whisper]
github = "acme/whisper-models"
version = "~=1.4"
rename = { "whisper-tiny.bin" = "tiny.bin", "whisper-small.bin" = "small.bin" }

[models.old]
github = "acme/old"

[models.style]
local = "style"
"""


@contextmanager
def upstream(seed: int | None) -> Iterator[dict[str, str]]:
    """One world behind new addresses; with a seed, its replies come late and out of order."""
    with ExitStack() as stack:
        hub = stack.enter_context(EmbeddedHub())
        github = stack.enter_context(EmbeddedGitHub())
        demo_hub(hub)
        demo_github(github)
        demo_upstream_change(hub)
        github.publish("acme/old", "nightly", {"b.bin": b"bb", "a.bin": b"a"}, digest=False)
        if seed is not None:
            for lies in (hub.lies, github.lies):
                lies.add("*", Lie.shuffled_lists(seed))
                lies.add("*", Lie.shuffled_replies(seed))
        yield {
            "HF_ENDPOINT": hub.url,
            "MODELLOCK_GITHUB_API_URL": github.api_url,
            "MODELLOCK_GITHUB_SERVER_URL": github.server_url,
        }


def machine(root: Path) -> Command:
    for name in ("project/style", "home"):
        (root / name).mkdir(parents=True)
    (root / "project" / "models.toml").write_text(MANIFEST, encoding="utf-8", newline="\n")
    for name in ("zebra.txt", "Alpha.txt"):
        (root / "project" / "style" / name).write_bytes(name.encode())
    return Command(root / "project", root / "home")


def lock_on(root: Path, seed: int | None, *, warm: bool = False, **variables: str) -> bytes:
    command = machine(root)
    lock = command.folder / "models.lock"
    with upstream(seed) as endpoints:
        if warm:
            command.run("lock", **endpoints)
            lock.unlink()
        ended = command.run("lock", **endpoints, **variables)
    assert ended.code == 0, ended.stderr
    return lock.read_bytes()


@pytest.mark.parametrize(
    ("seed", "warm", "variables"),
    [
        (None, True, {}),
        (1, False, {"PYTHONHASHSEED": "1", "TZ": "Asia/Tokyo", "LANG": "tr_TR.UTF-8"}),
        (2, True, {"PYTHONHASHSEED": "2", "TZ": "America/St_Johns", "LC_ALL": "C"}),
        (
            3,
            False,
            {"XDG_CACHE_HOME": "/nonexistent", "MODELLOCK_JOBS": "1", "HF_HUB_OFFLINE": "1"},
        ),
    ],
)
def test_two_machines_write_the_same_lock_byte_for_byte(
    tmp_path: Path, seed: int | None, *, warm: bool, variables: dict[str, str]
) -> None:
    if variables.get("XDG_CACHE_HOME"):
        variables = {**variables, "XDG_CACHE_HOME": str(tmp_path / "elsewhere")}

    one = lock_on(tmp_path / "one", None)
    other = lock_on(tmp_path / "other", seed, warm=warm, **variables)

    assert other == one
    assert b"127.0.0" not in one
