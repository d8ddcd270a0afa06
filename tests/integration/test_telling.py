"""What a reporter hears of work that takes long: what others do, and what comes after the bytes."""

import random
import threading
from pathlib import Path

from modellock.documents.project_settings import LinkMode
from modellock.ports.reporting import Reporter
from modellock.ports.settings import no_token
from modellock.shell.httpclient import HttpClient
from modellock.shell.links import Linker
from modellock.shell.store import Store
from modellock.shell.store_partials import open_partial
from modellock.shell.transfer import Fetch, fetch_all
from modellock.sources import Location
from modellock.testing import EmbeddedFiles
from modellock.values.digest import sha256_of_bytes
from modellock.values.origins import Kind
from tests.waiting import LONG

SIZE = 4_000_000
CONTENT = random.Random(1).randbytes(SIZE)  # noqa: S311 - bytes that differ from one another
DIGEST = sha256_of_bytes(CONTENT)


class Told(Reporter):
    """Remembers what becomes of one file."""

    def __init__(self) -> None:
        self.events: list[str] = []
        self.resumed = self.arrived = self.checked = 0
        self.awaits = threading.Event()

    def fetches_planned(self, files: int, size: int, *, unsized: object = ()) -> None:
        self.events.append(f"planned {files} of {size} bytes, {unsized}")

    def fetch_resumed(self, subject: str, count: int) -> None:
        del subject
        self.resumed += count

    def fetch_advanced(self, subject: str, count: int) -> None:
        del subject
        self.arrived += count

    def fetch_awaited(self, subject: str) -> None:
        self.events.append(f"awaited {subject}")
        self.awaits.set()

    def fetch_taken_up(self, subject: str) -> None:
        self.events.append(f"taken up {subject}")

    def fetch_checked(self, subject: str, count: int) -> None:
        del subject
        self.checked += count

    def fetch_finished(self, subject: str) -> None:
        self.events.append(f"finished {subject}")


def fetch_from(
    files: EmbeddedFiles, store: Store, told: Reporter, *, size: int | None = SIZE
) -> None:
    wanted = Fetch(
        subject="m/w.bin",
        model="m",
        kind=Kind.URL,
        digest=DIGEST,
        size=size,
        locations=(Location(url=f"{files.url}/w.bin"),),
    )
    with HttpClient(token_for=no_token, reporter=told) as client:
        fetch_all(store, client, [wanted], told, jobs=2)


def test_what_was_here_is_resumed_and_hashed_after_the_rest_has_arrived(tmp_path: Path) -> None:
    store, told = Store(str(tmp_path)), Told()
    partial = open_partial(store, DIGEST, SIZE)
    assert partial is not None
    partial.write(0, CONTENT[:3_000_000])
    partial.close()

    with EmbeddedFiles({"/w.bin": CONTENT}) as files:
        fetch_from(files, store, told)

    assert (told.resumed, told.arrived, told.checked) == (3_000_000, 1_000_000, SIZE)
    assert told.events == ["planned 1 of 4000000 bytes, []", "finished m/w.bin"]


def test_what_another_process_fetches_is_awaited_and_its_bytes_were_here(tmp_path: Path) -> None:
    store, told = Store(str(tmp_path)), Told()
    partial = open_partial(store, DIGEST, SIZE)
    assert partial is not None
    partial.write(0, CONTENT[:3_000_000])

    with EmbeddedFiles({"/w.bin": CONTENT}) as files:
        second = threading.Thread(target=fetch_from, args=(files, store, told))
        second.start()
        try:
            assert told.awaits.wait(LONG)
        finally:
            partial.close()
            second.join()

    assert told.events == [
        "planned 1 of 4000000 bytes, []",
        "awaited m/w.bin",
        "taken up m/w.bin",
        "finished m/w.bin",
    ]
    assert told.arrived + told.resumed == SIZE
    assert told.arrived <= 1_000_000


def test_a_file_of_unknown_size_is_planned_as_one(tmp_path: Path) -> None:
    told = Told()

    with EmbeddedFiles({"/w.bin": CONTENT}) as files:
        fetch_from(files, Store(str(tmp_path)), told, size=None)

    assert told.events[0] == "planned 1 of 0 bytes, ['m/w.bin']"


def test_a_copy_tells_of_each_block(tmp_path: Path) -> None:
    heard: list[int] = []
    blob = tmp_path / "blob"
    blob.write_bytes(CONTENT)

    Linker(LinkMode.COPY, print, heed=heard.append).link(str(blob), str(tmp_path / "placed"))

    assert len(heard) == 4
    assert sum(heard) == SIZE
