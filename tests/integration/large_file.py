"""One large file that processes fetch one after the other, or at once."""

import os
import random
from collections.abc import Sequence
from pathlib import Path

import pytest

from modellock.errors import ModellockError, TruncatedError
from modellock.ports.reporting import Reporter
from modellock.ports.settings import no_token
from modellock.shell.httpclient import HttpClient
from modellock.shell.retries import Schedule
from modellock.shell.store import Store
from modellock.shell.transfer import Fetch, Fetched
from modellock.sources import Location
from modellock.testing import EmbeddedFiles, Lie
from modellock.values.digest import sha256_of_bytes
from modellock.values.origins import Kind
from tests.integration.wires import BRIEF, fetch_one

SIZE = 4_000_000
CONTENT = random.Random(1).randbytes(SIZE)  # noqa: S311 - bytes that differ from one another
OTHER = random.Random(2).randbytes(SIZE)  # noqa: S311
DIGEST = sha256_of_bytes(CONTENT)
HALF = SIZE // 2
PATH = "/w.bin"


def locked(*servers: EmbeddedFiles) -> Fetch:
    return Fetch(
        subject="m/w.bin",
        model="m",
        kind=Kind.URL,
        digest=DIGEST,
        size=SIZE,
        locations=tuple(Location(url=files.url + PATH) for files in servers),
    )


def fetched(
    store: Store,
    *servers: EmbeddedFiles,
    reporter: Reporter | None = None,
    delays: Sequence[float] = BRIEF,
) -> Fetched:
    """What one process does that has nothing but the store."""
    schedule = Schedule(delays, lasting=())
    with HttpClient(token_for=no_token, reporter=Reporter(), schedule=schedule) as client:
        return fetch_one(store, client, locked(*servers), reporter or Reporter())


def failure(store: Store, *servers: EmbeddedFiles) -> ModellockError:
    """What a process ends with that asks once."""
    with pytest.raises(ModellockError) as caught:
        fetched(store, *servers, delays=())
    return caught.value


def half_fetched(store: Store, files: EmbeddedFiles) -> None:
    """What a process leaves whose line broke."""
    files.lies.add(PATH, Lie.TRUNCATED, times=1)
    assert isinstance(failure(store, files), TruncatedError)
    files.requests.clear()


def ranges(files: EmbeddedFiles) -> list[str | None]:
    return [request.headers.get("Range") for request in files.requests]


def staged(store: Store) -> Path:
    return Path(store.root, "v1", "staged")


def names(store: Store) -> list[str]:
    found = os.listdir(staged(store)) if staged(store).is_dir() else []
    return sorted(name.replace(DIGEST.value, "DIGEST") for name in found)


def shown(store: Store) -> bytes:
    return Path(store.path_of(DIGEST)).read_bytes()
