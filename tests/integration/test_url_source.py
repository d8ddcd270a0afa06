"""A URL as an origin: what is known before and after its first byte."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from modellock.documents.offers import OfferedFile
from modellock.errors import MismatchError, WrongContentError
from modellock.ports.reporting import Reporter
from modellock.ports.settings import no_token
from modellock.shell.httpclient import HttpClient
from modellock.shell.retries import Schedule
from modellock.shell.store import Store
from modellock.shell.transfer import Fetch, Fetched
from modellock.sources.url import UrlSource
from modellock.testing import EmbeddedFiles, Lie
from modellock.values.digest import Digest
from modellock.values.origins import Kind
from tests.integration.sources import Pin
from tests.integration.wires import BRIEF, fetch_one
from tests.unit.specs import spec_of

URL = "https://storage.example/pose%20landmarker.task?version=2"
SHA256 = "9a129038d9a00aed0cf6a7ea059ca50a813449061ab87848cf1a13eafdf33b2c"


@pytest.fixture
def files() -> Iterator[EmbeddedFiles]:
    with EmbeddedFiles({"/pose.task": b"weights", "/page.html": b"<html></html>"}) as files:
        yield files


def url_source() -> UrlSource:
    """One that needs no server, unless it is asked for parts."""
    return UrlSource(HttpClient(token_for=no_token, reporter=Reporter(), schedule=Schedule(BRIEF)))


def fetched(text: str, folder: Path) -> Fetched:
    """What locking a spec fetches."""
    spec, source = spec_of(text), url_source()
    (file,) = source.snapshot(spec, source.candidates(spec)[0]).files
    fetch = Fetch(
        subject=f"m/{file.path}",
        model="m",
        kind=Kind.URL,
        digest=file.sha256,
        size=file.size,
        locations=tuple(source.locations(Pin(spec.origin), file.path)),
    )
    with HttpClient(token_for=no_token, reporter=Reporter(), schedule=Schedule(BRIEF)) as client:
        return fetch_one(Store(str(folder / "store")), client, fetch, Reporter())


def test_a_url_is_one_file_named_by_its_last_segment() -> None:
    spec = spec_of(f'url = "{URL}"')

    snapshot = url_source().snapshot(spec, url_source().candidates(spec)[0])

    assert snapshot.name == URL
    assert snapshot.files == (OfferedFile(path="pose landmarker.task", size=None),)


def test_its_name_and_digest_may_be_said() -> None:
    spec = spec_of(f'url = "{URL}"\nfilename = "pose.task"\nsha256 = "{SHA256}"')

    snapshot = url_source().snapshot(spec, url_source().candidates(spec)[0])

    assert snapshot.files == (
        OfferedFile(path="pose.task", size=None, sha256=Digest("sha256", SHA256)),
    )


def test_its_bytes_come_from_the_url_as_written() -> None:
    (location,) = url_source().locations(Pin(URL), "pose.task")

    assert (location.url, location.accept) == (URL, None)


def test_the_first_fetch_tells_size_and_digest(files: EmbeddedFiles, tmp_path: Path) -> None:
    one = fetched(f'url = "{files.url}/pose.task"', tmp_path)

    assert (one.size, one.digest.value) == (7, SHA256)


def test_a_digest_that_was_said_is_held_to(files: EmbeddedFiles, tmp_path: Path) -> None:
    text = f'url = "{files.url}/pose.task"\nsha256 = "{SHA256}"'
    assert fetched(text, tmp_path).size == 7

    files.lies.add("/pose.task", Lie.WRONG_BYTES)

    with pytest.raises(MismatchError, match=f"^m/pose.task: expected sha256:{SHA256}, received"):
        fetched(text, tmp_path / "another")


def test_a_page_in_place_of_a_file_is_never_trusted_on_first_use(
    files: EmbeddedFiles, tmp_path: Path
) -> None:
    files.lies.add("/pose.task", Lie.HTML_PAGE)

    with pytest.raises(
        WrongContentError, match=r"^m/pose\.task: expected a file, received an HTML"
    ):
        fetched(f'url = "{files.url}/pose.task"', tmp_path)


def test_a_page_that_is_meant_to_be_one_is_a_file(files: EmbeddedFiles, tmp_path: Path) -> None:
    assert fetched(f'url = "{files.url}/page.html"', tmp_path).size == 13


def test_there_is_one_version_without_a_time_and_nothing_leads_to_it() -> None:
    spec, source = spec_of('url = "https://x.example/f"'), url_source()
    (candidate,) = source.candidates(spec)

    assert source.dated(spec, candidate, datetime(2026, 1, 1, tzinfo=UTC)) == candidate
    assert source.within(spec, "main") is None
