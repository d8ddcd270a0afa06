import pytest

from modellock.documents.keys import (
    COPIED_KEYS,
    IDENTITY_KEYS,
    LOCKED_KEYS,
    MODEL_KEYS,
    Key,
    OnChange,
    Value,
    requested_from,
)
from modellock.documents.lockfile import LockedModel
from modellock.documents.manifest import Spec


def test_a_key_is_a_field_of_the_spec() -> None:
    assert [key.name for key in MODEL_KEYS if key.field not in Spec.__dataclass_fields__] == []


@pytest.mark.parametrize("key", IDENTITY_KEYS + COPIED_KEYS, ids=lambda key: key.name)
def test_what_a_lock_copies_has_the_default_of_the_spec(key: Key) -> None:
    spec = Spec.__dataclass_fields__[key.field]
    locked = LockedModel.__dataclass_fields__[key.field]

    assert spec.default == locked.default


def test_no_key_of_a_lock_has_two_meanings() -> None:
    copied = {key.name for key in IDENTITY_KEYS + COPIED_KEYS}

    assert copied & set(LOCKED_KEYS) == set()


def test_requested_is_ordered_and_holds_what_was_written() -> None:
    written: dict[str, Value] = {
        "unpack": False,
        "license": "mit",
        "include": ("*",),
        "version": "~=1.4",
    }

    assert requested_from(written) == (
        ("version", "~=1.4"),
        ("include", ("*",)),
        ("unpack", False),
    )


def test_only_what_needs_no_request_is_rewritten() -> None:
    rewritten = [key.name for key in MODEL_KEYS if key.on_change is OnChange.REWRITE]

    assert rewritten == [
        "license",
        "groups",
        "marker",
        "path",
        "layout",
        "filename",
        "rename",
        "mirrors",
        "hold",
    ]
