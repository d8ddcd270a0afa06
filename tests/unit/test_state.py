"""state.json, from and to text."""

import json

import pytest

from modellock.documents.state import (
    Clean,
    PendingFile,
    PlacedFile,
    State,
    Target,
    format_state,
    parse_state,
)
from modellock.values.digest import sha256_of_bytes

DIGEST = sha256_of_bytes(b"weights")
STATE = State(
    clean=(
        Clean(
            key="everything",
            directory="/srv/app",
            documents={"models.lock": DIGEST.value, "models.toml": None},
            models={"": ("minilm",)},
            root="/store/v1/roots/1.json",
            variables={"": {"MODELLOCK_MODEL_MINILM": "models/minilm"}},
        ),
    ),
    targets={
        "": Target(
            files={
                "models/minilm/a": PlacedFile("minilm", DIGEST, 7, 1000, 12, 1_790_000_000),
                "models/minilm/b": PlacedFile("minilm", DIGEST, 7, 1000, 13, 1_790_000_000),
            },
            pending={"models/minilm/c": PendingFile("minilm", DIGEST, 7)},
            staged=("models/.modellock-0f",),
        ),
        "/srv/models": Target(),
    },
)


def test_what_is_written_is_read_back() -> None:
    assert parse_state(format_state(STATE)) == STATE
    assert parse_state(format_state(State())) == State()


def test_what_a_layout_added_is_told_from_locked_files() -> None:
    made = State(
        targets={
            "": Target(
                files={"hub/refs/main": PlacedFile("minilm", DIGEST, 40, 1, 2, 3, made=True)},
                pending={"hub/refs/v1": PendingFile("minilm", DIGEST, 40, made=True)},
            )
        }
    )

    assert parse_state(format_state(made)) == made


def test_files_stand_below_their_model_with_size_time_inode_and_moment_of_hashing() -> None:
    document = json.loads(format_state(STATE))

    assert document["targets"][""]["models"] == {
        "minilm": {
            "models/minilm/a": [DIGEST.value, 7, 1000, 12, 1_790_000_000],
            "models/minilm/b": [DIGEST.value, 7, 1000, 13, 1_790_000_000],
        }
    }


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"version": 2}', "null", '{"version": 1}'])
def test_what_is_no_state_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - that it is one is all that a reader needs
        parse_state(text)


def test_what_was_placed_may_have_a_longer_path_than_its_model_and_its_file_have_each() -> None:
    path = "/".join(["d" * 200] * 8)
    placed = State(
        targets={
            "": Target(
                files={path: PlacedFile("minilm", DIGEST, 7, 1, 2, 3)},
                staged=(f"{path}/.modellock-0f",),
            )
        }
    )

    assert parse_state(format_state(placed)) == placed


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("../../etc/passwd", [DIGEST.value, 7, 1000, 12, 1]),
        ("/etc/passwd", [DIGEST.value, 7, 1000, 12, 1]),
        ("models/a", ["not a digest", 7, 1000, 12, 1]),
        ("models/a", [DIGEST.value, 7, 1000, 12]),
        ("models/a", [DIGEST.value, "7", 1000, 12, 1]),
        ("models/a", None),
    ],
)
def test_an_entry_that_no_sync_wrote_makes_the_state_unusable(path: str, fields: object) -> None:
    document = json.loads(format_state(STATE))
    document["targets"][""]["models"]["minilm"] = {path: fields}

    with pytest.raises(ValueError):  # noqa: PT011 - as above
        parse_state(json.dumps(document))


def test_a_stage_outside_of_the_target_makes_the_state_unusable() -> None:
    document = json.loads(format_state(STATE))
    document["targets"][""]["staged"] = ["../.modellock-0f"]

    with pytest.raises(ValueError, match=r"'\.\.'"):
        parse_state(json.dumps(document))
