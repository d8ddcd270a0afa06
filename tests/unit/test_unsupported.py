import pytest

from modellock.documents.manifest import parse_manifest
from modellock.documents.unsupported import refuse_unsupported_manifest
from modellock.errors import UnsupportedError

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
    ],
)
def test_what_is_specified_and_not_done_yet_is_refused(text: str, message: str) -> None:
    assert refused(text) == message


def test_a_default_that_is_written_is_no_request() -> None:
    text = (
        f"policy.formats = {{}}\n{GITHUB}"
        "unpack = false\nstrip-components = 0\njoin = false\nlayout = 'plain'"
    )

    refuse_unsupported_manifest(parse_manifest(text), text)
