import pytest

from modellock.documents.lock_reader import parse_lock
from modellock.documents.manifest import parse_manifest
from modellock.documents.unsupported import refuse_unsupported_lock, refuse_unsupported_manifest
from modellock.errors import UnsupportedError
from tests.golden import golden_lock

HUB = '[models.m]\nhub = "acme/m"\n'
GITHUB = '[models."m.x"]\ngithub = "acme/m"\n'


def refused(text: str) -> str:
    manifest = parse_manifest(text)
    with pytest.raises(UnsupportedError) as caught:
        refuse_unsupported_manifest(manifest, text)
    return str(caught.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "policy.formats = { deny = ['pickle'] }",
            "models.toml:1: policy.formats is not supported yet",
        ),
        ("policy.remote-code = 'pin'", "models.toml:1: policy.remote-code is not supported yet"),
        ("policy.max-size = 7", "models.toml:1: policy.max-size is not supported yet"),
        ("settings.adopt = true", "models.toml:1: settings.adopt is not supported yet"),
    ],
)
def test_what_is_specified_and_not_done_yet_is_refused(text: str, message: str) -> None:
    assert refused(text) == message


def test_a_default_that_is_written_is_no_request() -> None:
    text = (
        f"settings.adopt = false\n{GITHUB}"
        "unpack = false\nstrip-components = 0\njoin = false\nlayout = 'plain'"
    )

    refuse_unsupported_manifest(parse_manifest(text), text)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("settings.lock", "models.lock:11: settings.adopt is not supported yet"),
    ],
)
def test_a_lock_that_needs_more_is_refused(name: str, message: str) -> None:
    with pytest.raises(UnsupportedError) as caught:
        refuse_unsupported_lock(parse_lock(golden_lock(name)), golden_lock(name))

    assert str(caught.value) == message


@pytest.mark.parametrize("name", ["hub.lock", "closure.lock", "github.lock", "url-and-local.lock"])
def test_a_lock_that_needs_no_more_is_fine(name: str) -> None:
    text = golden_lock(name)

    refuse_unsupported_lock(parse_lock(text), text)
