"""One large file over connections of which one is much slower than the others."""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from modellock.errors import TruncatedError
from modellock.ports.reporting import Reporter
from modellock.ports.settings import no_token
from modellock.shell.httpclient import HttpClient
from modellock.shell.retries import Schedule
from modellock.shell.store import Store
from modellock.shell.transfer import Fetch, fetch_all
from modellock.sources import Location
from modellock.testing import EmbeddedFiles, Lie
from modellock.values.digest import sha256_of_bytes
from modellock.values.origins import Kind
from tests.integration.wires import BRIEF, Progress
from tests.waiting import at_once

pytestmark = pytest.mark.slow

SIZE = 32 << 20
CONTENT = random.Random(1).randbytes(SIZE)  # noqa: S311 - bytes that differ from one another
DIGEST = sha256_of_bytes(CONTENT)
PATH = "/w.bin"


@pytest.fixture
def files() -> Iterator[EmbeddedFiles]:
    with EmbeddedFiles({PATH: CONTENT}) as files:
        yield files


@pytest.mark.parametrize("rate", [10_000, 1], ids=["slow", "silent"])
def test_others_bring_what_a_slow_connection_would_take_long_for(
    files: EmbeddedFiles, tmp_path: Path, rate: float
) -> None:
    store, progress = Store(str(tmp_path / "store")), Progress()
    files.lies.add(PATH, Lie.trickle(20_000_000))
    files.lies.add(PATH, Lie.trickle(rate), times=1)
    fetch = Fetch(
        subject="m/w.bin",
        model="m",
        kind=Kind.URL,
        digest=DIGEST,
        size=SIZE,
        locations=(Location(url=files.url + PATH),),
    )

    # The slow one alone would take 400 s for its part of 4 MiB.
    with at_once(), HttpClient(token_for=no_token, reporter=Reporter()) as client:
        _, errors = fetch_all(store, client, [fetch], progress, jobs=4)

    assert errors == []
    assert Path(store.path_of(DIGEST)).read_bytes() == CONTENT
    assert progress.arrived == {"m/w.bin": SIZE}


def test_an_origin_that_never_sends_the_end_is_given_up_however_many_connections_are_free(
    files: EmbeddedFiles, tmp_path: Path
) -> None:
    files.lies.add(PATH, Lie.TRUNCATED)  # half of what is asked for: of one byte, none
    fetch = Fetch(
        subject="m/w.bin",
        model="m",
        kind=Kind.URL,
        digest=DIGEST,
        size=SIZE,
        locations=(Location(url=files.url + PATH),),
    )

    schedule = Schedule(BRIEF, lasting=())
    with HttpClient(token_for=no_token, reporter=Reporter(), schedule=schedule) as client:
        _, errors = fetch_all(Store(str(tmp_path)), client, [fetch], Progress(), jobs=8)

    assert [type(error) for error in errors] == [TruncatedError]
