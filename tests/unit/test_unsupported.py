from dataclasses import replace

import pytest

from modellock.documents.lock_reader import parse_lock
from modellock.documents.manifest import parse_manifest
from modellock.documents.unsupported import refuse_unsupported_lock, refuse_unsupported_manifest
from modellock.errors import UnsupportedError
from tests.golden import edited, golden_lock

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
        (f"{HUB}layout = 'hf-cache'", "models.toml:3: models.m.layout is not supported yet"),
        (
            f"settings.layout = 'hf-cache'\n{HUB}",
            "models.toml:1: settings.layout is not supported yet",
        ),
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
        ("hub.lock", "models.lock:59: models.minilm.layout is not supported yet"),
        ("closure.lock", "models.lock:8: models.embed.layout is not supported yet"),
        ("settings.lock", "models.lock:11: settings.adopt is not supported yet"),
    ],
)
def test_a_lock_that_needs_more_is_refused(name: str, message: str) -> None:
    with pytest.raises(UnsupportedError) as caught:
        refuse_unsupported_lock(parse_lock(golden_lock(name)), golden_lock(name))

    assert str(caught.value) == message


def test_what_others_require_is_supported_in_its_layout() -> None:
    lock = parse_lock(golden_lock("closure.lock"))
    plain = {
        name: replace(model, layout=None) if model.is_declared else model
        for name, model in lock.models.items()
    }

    refuse_unsupported_lock(replace(lock, models=plain), "")


def test_a_lock_that_needs_no_more_is_fine() -> None:
    text = edited(golden_lock("hub.lock"), 'layout = "hf-cache"\n', "")

    refuse_unsupported_lock(parse_lock(text), text)
