from dataclasses import dataclass

import pytest

from modellock.decisions.mirroring import named_hosts, places_of
from modellock.documents.keys import Mirror
from modellock.documents.manifest import parse_manifest
from modellock.documents.mirrors import lacking, parse_mirrors
from modellock.values.digest import Digest
from modellock.values.tables import Table, TableError

SHA256 = "9a129038d9a00aed0cf6a7ea059ca50a813449061ab87848cf1a13eafdf33b2c"
DIGEST = Digest("sha256", SHA256)


@dataclass(frozen=True)
class Servers:
    hub: str = "https://hub.example"
    github_server: str = "https://github.example"


@dataclass(frozen=True)
class Version:
    name: str = "m"
    version: str | None = None
    tag: str | None = None
    commit: str | None = None


FULL = Version(name="org/m@0123", version="1.0+cu", tag="release/v1#0", commit="c0ffee")


def mirrors(text: object) -> tuple[Mirror, ...]:
    return parse_mirrors(Table({"mirrors": [text]}))


def url_of(text: object, model: Version = FULL, path: str = "onnx/a b%.bin") -> str:
    (place,) = places_of(model, path, DIGEST, mirrors(text), Servers())
    return place.url


@pytest.mark.parametrize(
    ("written", "url"),
    [
        ("https://m.example/{path}", "https://m.example/onnx/a%20b%25.bin"),
        ("https://m.example/{sha256}", f"https://m.example/{SHA256}"),
        ("https://m.example/get?p={path}&v={version}", "https://m.example/get?p=onnx/a%20b%25.bin&v=1.0%2Bcu"),
        ("https://m.example/{name}/{tag}/{commit}", "https://m.example/org/m%400123/release/v1%230/c0ffee"),
        ("http://m.example:8080/{path}", "http://m.example:8080/onnx/a%20b%25.bin"),
        ("file:///mnt/{name}/{path}", "file:///mnt/org/m%400123/onnx/a%20b%25.bin"),
        ({"hub": "a/b"}, "https://hub.example/a/b/resolve/main/onnx/a%20b%25.bin"),
        (
            {"hub": "a/b", "revision": "v/1", "type": "dataset"},
            "https://hub.example/datasets/a/b/resolve/v%2F1/onnx/a%20b%25.bin",
        ),
        (
            {"github": "a/b"},
            "https://github.example/a/b/releases/download/release%2Fv1%230/onnx/a%20b%25.bin",
        ),
        (
            {"github": "a/b", "tag": "v2"},
            "https://github.example/a/b/releases/download/v2/onnx/a%20b%25.bin",
        ),
    ],
)  # fmt: skip
def test_a_mirror_stands_for_a_url(written: object, url: str) -> None:
    assert url_of(written) == url


@pytest.mark.parametrize(
    ("written", "needed"),
    [
        ("https://m.example/{version}", "version"),
        ("https://m.example/{name}/{tag}/{version}", "tag"),
        ("file:///{commit}", "commit"),
        ({"github": "a/b"}, "tag"),
        ({"github": "a/b", "tag": "v1"}, None),
        ({"hub": "a/b"}, None),
        ("https://m.example/{name}/{path}/{sha256}", None),
    ],
)
def test_what_a_model_has_not_is_said(written: object, needed: str | None) -> None:
    (mirror,) = mirrors(written)

    assert lacking(mirror, Version()) == needed


@pytest.mark.parametrize(
    "written",
    [
        "https://{name}.example/{path}",
        "https://m.example:{version}/{path}",
        "https://user:secret@m.example/{path}",
        "https://m.example/{path}?token=secret",
        "file://server/share/{path}",
        "file:////server/share/{path}",
        "file:///mnt/{path}?x",
        "file:///mnt/%00",
        "file:///%2Fserver/share/{path}",
        "file:///%5C%5Cserver/{path}",
        "file:mnt/{path}",
        "ftp://m.example/{path}",
        "//m.example/{path}",
        "/mnt/{path}",
    ],
)
def test_what_is_no_mirror_is_refused(written: str) -> None:
    with pytest.raises(TableError, match=r"mirrors\[0\] is refused"):
        mirrors(written)


def test_a_refusal_shows_no_secret() -> None:
    with pytest.raises(TableError) as caught:
        mirrors("https://user:secret@m.example/{path}")

    assert "secret" not in str(caught.value)


def test_models_toml_names_hosts_of_origins_sources_and_mirrors() -> None:
    manifest = parse_manifest(
        """
        settings.mirrors = ["http://ALL.example/{path}", "file:///mnt/{path}", { hub = "a/b" }]
        sources.corp = { type = "hub", endpoint = "https://hub.corp.example" }
        [models.m]
        url = "https://files.example:8443/w.bin"
        mirrors = ["https://[::1]/{path}"]
        """
    )

    assert named_hosts(manifest) == {
        "all.example",
        "hub.corp.example",
        "files.example",
        "::1",
    }
