"""Whatever a file and a version are called, a mirror is asked at its own host, for that file."""

from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from hypothesis import given
from hypothesis import strategies as st

from modellock.decisions.mirroring import places_of
from modellock.documents.keys import Mirror
from modellock.documents.mirrors import lacking, mirror_words
from modellock.shell.local_files import path_of_url
from modellock.values.digest import Digest
from modellock.values.origins import parse_url
from tests.property.strategies import digests, mirrors, names, paths, refs


@dataclass(frozen=True)
class Servers:
    hub: str = "https://hub.example"
    github_server: str = "https://github.example"


@dataclass(frozen=True)
class Version:
    name: str
    version: str | None
    tag: str | None
    commit: str | None


versions = st.builds(
    Version, name=names, version=st.none() | st.just("1.0+cu"), tag=st.none() | refs, commit=refs
)
templates = st.lists(
    st.sampled_from(["{name}", "{path}", "{sha256}", "{commit}", "a", "x.y"]), min_size=1
).map("/".join)


@given(templates, versions, paths, digests)
def test_a_template_never_leads_to_another_host_or_above_its_folder(
    template: str, version: Version, path: str, digest: Digest
) -> None:
    (place,) = places_of(version, path, digest, [f"https://m.example/in/{template}"], Servers())

    parts = urlsplit(parse_url(place.url))
    assert place.url == f"https://m.example{parts.path}"
    assert parts.path.startswith("/in/")
    assert not {".", ".."}.intersection(unquote(parts.path).split("/"))


@given(versions, paths, digests)
def test_the_file_of_a_folder_is_the_one_of_that_path(
    version: Version, path: str, digest: Digest
) -> None:
    (place,) = places_of(version, path, digest, ["file:///mnt/{path}"], Servers())

    assert path_of_url(place.url) == f"/mnt/{path}"


@given(st.lists(mirrors, max_size=4), versions, paths, digests)
def test_every_mirror_that_a_model_can_fill_is_a_place_in_its_order(
    written: list[Mirror], version: Version, path: str, digest: Digest
) -> None:
    fillable = [mirror for mirror in written if lacking(mirror, version) is None]

    places = places_of(version, path, digest, written, Servers())

    assert [place.mirror for place in places] == [mirror_words(one) for one in fillable]
