"""The JSON Schemas for editors say what the readers say."""

import json
import os
import tomllib
from datetime import date, datetime
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from modellock.documents.keys import (
    COPIED_KEYS,
    IDENTITY_KEYS,
    LOCKED_KEYS,
    MODEL_KEYS,
    REQUESTED_KEYS,
)
from modellock.documents.lock_reader import parse_lock
from modellock.documents.manifest import parse_manifest
from modellock.documents.project_settings import SETTINGS_KEYS, Layout, LinkMode
from modellock.errors import InputError
from modellock.values.origins import Kind
from tests.golden import edited, golden_lock, golden_locks, golden_manifest
from tests.source_tree import ROOT

MANIFEST = "models.toml"
LOCK = "models.lock"
BOTH = pytest.mark.parametrize("document", [MANIFEST, LOCK])


def schema(document: str) -> dict[str, Any]:
    path = os.path.join(ROOT, "docs", "reference", f"{document}.schema.json")
    with open(path, encoding="utf-8") as file:
        loaded: dict[str, Any] = json.load(file)
    return loaded


def faults(document: str, text: str) -> list[str]:
    """What an editor would underline."""
    content = json.loads(json.dumps(tomllib.loads(text), default=time_text))
    validator = Draft202012Validator(schema(document))
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(content)]


def time_text(value: object) -> str:
    assert isinstance(value, date)
    return value.isoformat() if isinstance(value, datetime) else str(value)


def taken_by(kind: Kind, document: str) -> set[str]:
    """The keys that the schema leaves to a kind of origin."""
    model = schema(document)["$defs"]["model"]
    position = list(Kind).index(kind)
    refused = model["allOf"][position]["then"]["properties"]
    return {key for key in model["properties"] if refused.get(key) is not False} - set(Kind)


@BOTH
def test_a_schema_is_one(document: str) -> None:
    Draft202012Validator.check_schema(schema(document))


def test_the_golden_manifest_has_no_fault() -> None:
    assert faults(MANIFEST, golden_manifest()) == []


@pytest.mark.parametrize("name", golden_locks())
def test_a_golden_lock_has_no_fault(name: str) -> None:
    assert faults(LOCK, golden_lock(name)) == []


@pytest.mark.parametrize("kind", list(Kind))
def test_the_manifest_schema_gives_each_kind_of_origin_its_keys(kind: Kind) -> None:
    assert taken_by(kind, MANIFEST) == {key.name for key in MODEL_KEYS if kind in key.kinds}


@pytest.mark.parametrize("kind", list(Kind))
def test_the_lock_schema_gives_each_kind_of_origin_its_keys(kind: Kind) -> None:
    copied = {key.name for key in IDENTITY_KEYS + COPIED_KEYS if kind in key.kinds}
    own = {name for name, kinds in LOCKED_KEYS.items() if kind in kinds}

    assert taken_by(kind, LOCK) | {"url"} == copied | own | {"url"}


def test_the_lock_schema_knows_what_is_requested() -> None:
    requested = schema(LOCK)["$defs"]["requested"]["properties"]

    assert list(requested) == [key.name for key in REQUESTED_KEYS]


@BOTH
def test_a_schema_knows_the_settings(document: str) -> None:
    settings = schema(document)["properties"]["settings"]["properties"]
    definitions = schema(document)["$defs"]

    assert list(settings) == list(SETTINGS_KEYS)
    assert settings["link-mode"]["enum"] == list(LinkMode)
    assert definitions["layout"]["enum"] == list(Layout)


@BOTH
def test_a_schema_describes_every_key(document: str) -> None:
    model = schema(document)["$defs"]["model"]["properties"]
    settings = schema(document)["properties"]["settings"]["properties"]

    assert [key for key, value in {**settings, **model}.items() if not value["description"]] == []


HUB = '[models.m]\nhub = "acme/m"\n'
URL = '[models.m]\nurl = "https://storage.example/m"\n'


@pytest.mark.parametrize(
    "text",
    [
        "model = {}",
        "[models.m]",
        f"{HUB}local = '../m'",
        f"{HUB}revison = 'main'",
        f"{HUB}revision = 1",
        f"{HUB}revision = 'a/../b'",
        f"{HUB}version = '>=1'\nrevision = 'main'",
        f"{HUB}formats = ['*']\ninclude = ['*']",
        f"{HUB}include = []",
        f"{HUB}tag = 'v1'",
        f"{HUB}path = '../x'",
        f"{HUB}path = '/x'",
        f"{HUB}path = 'x/.git'",
        f"{HUB}layout = 'flat'",
        f"{HUB}groups = ['a b']",
        f"{HUB}rename = {{ a = '../b' }}",
        f"{HUB}mirrors = ['ftp://m.example']",
        f"{HUB}mirrors = ['https://m.example/{{file}}']",
        f"{HUB}mirrors = ['https://{{name}}.example/']",
        f"{HUB}mirrors = ['file://server/{{path}}']",
        f"{HUB}mirrors = ['file:////server/{{path}}']",
        f"{HUB}mirrors = ['file:///mnt/{{path}}?x']",
        f"{HUB}mirrors = [{{ hub = 'a/b', tag = 'x' }}]",
        f"{URL}sha256 = 'ABC'",
        f"{URL}filename = 'a/b'",
        "[models.'a b']\nhub = 'a/b'",
        "[models.m]\nhub = 'a/b/c'",
        "[models.m]\nurl = 'file:///x'",
        "[settings]\nmin-age = '3'",
        "[settings]\nmin-age = '3 days'\nexclude-newer = 2026-01-31T00:00:00Z",
        "[models.m]\nlocal = '.'\nstrip-components = 1",
        "[models.m]\nlocal = '.'\nstrip-components = 1\nunpack = false",
        "[models.m]\nurl = 'https://x.example/m.001'\njoin = true\nfilename = 'm'",
        f"[models.m]\nurl = 'https://x.example/m.001'\njoin = true\nsha256 = '{'0' * 64}'",
        "[sources.s]\ntype = 'hub'\nendpoint = 'http://hub.example'",
        "[policy]\nremote-code = 'allow'",
    ],
)
def test_the_schema_and_the_reader_refuse_the_same_manifest(text: str) -> None:
    assert faults(MANIFEST, text)
    with pytest.raises(InputError):
        parse_manifest(text)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('lock-version = "1.0"', 'lock-version = "2.0"'),
        ("[models.bare]", '[models."../x"]'),
        ('hub = "gpt2"', 'hub = "gpt2"\ncolour = "red"'),
        ('hub = "gpt2"', 'hub = "gpt2"\nlocal = "../m"'),
        ('path = "config.json"', 'path = "../../x"'),
        ("size = 5, ", "size = -5, "),
        ("size = 5, ", ""),
        ('sha256 = "b', 'sha256 = "B'),
        ('tree = "blake3:', 'tree = "sha256:'),
        ('revision = "main"', "unpack = true"),
        ("gated = true", 'trust = "first-use"'),
    ],
)
def test_the_schema_and_the_reader_refuse_the_same_lock(old: str, new: str) -> None:
    text = edited(golden_lock("hub.lock"), old, new)

    assert faults(LOCK, text)
    with pytest.raises(InputError):
        parse_lock(text)


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("url-and-local.lock", "requested = { unpack = true }\n", ""),
        ("url-and-local.lock", "unpack = true", "unpack = false"),
        ("github.lock", "join = true", "join = false"),
    ],
)
def test_what_is_neither_unpacked_nor_joined_has_no_archives(name: str, old: str, new: str) -> None:
    text = edited(golden_lock(name), old, new)

    assert faults(LOCK, text)
    with pytest.raises(InputError, match=r"archives is refused: `requested` neither unpacks"):
        parse_lock(text)


def test_what_is_unpacked_has_archives() -> None:
    text = edited(golden_lock("url-and-local.lock"), 'license = "apache-2.0"', 'license = "x"')
    text = edited(text, "requested = { sha256", "requested = { unpack = true, sha256")

    assert faults(LOCK, text)
    with pytest.raises(InputError, match=r"archives is missing: `requested` unpacks or joins"):
        parse_lock(text)
