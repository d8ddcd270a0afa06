import json
import os
from pathlib import Path

import pytest

from modellock.shell.settled import NOTE_NAME, Settled, find, format_note


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project whose two documents were found to agree."""
    (tmp_path / ".modellock").mkdir()
    (tmp_path / "models.toml").write_text("a = 1\n")
    (tmp_path / "models.lock").write_text("b = 2\n")
    with (tmp_path / NOTE_NAME).open("w") as file:
        inode = os.fstat(file.fileno()).st_ino
        file.write(format_note("0.1", "a = 1\n", "b = 2\n", Settled(3, 4, 5), inode=inode))
    return tmp_path


def test_two_texts_that_agreed_agree(project: Path) -> None:
    settled = find(str(project), "0.1")

    assert settled is not None
    assert (settled.models, settled.files, settled.size) == (3, 4, 5)


@pytest.mark.parametrize("name", ["models.toml", "models.lock"])
def test_another_text_has_to_be_looked_at(project: Path, name: str) -> None:
    (project / name).write_text("c = 3\n")

    assert find(str(project), "0.1") is None


@pytest.mark.parametrize("name", ["models.toml", "models.lock", NOTE_NAME])
def test_what_is_missing_has_to_be_looked_for(project: Path, name: str) -> None:
    (project / name).unlink()

    assert find(str(project), "0.1") is None


def test_a_note_that_came_with_a_checkout_is_not_believed(project: Path) -> None:
    note = (project / NOTE_NAME).read_text()
    (project / "copy").write_text(note)
    (project / "copy").replace(project / NOTE_NAME)

    assert find(str(project), "0.1") is None


def test_another_modellock_looks_for_itself(project: Path) -> None:
    assert find(str(project), "0.2") is None


@pytest.mark.parametrize("text", ["", "[]", "{}", "\0", '{"version": "0.1"}'])
def test_a_note_that_cannot_be_used_is_none(project: Path, text: str) -> None:
    (project / NOTE_NAME).write_text(text)

    assert find(str(project), "0.1") is None


def test_a_note_without_numbers_is_none(project: Path) -> None:
    note = json.loads((project / NOTE_NAME).read_text())
    del note["files"]
    (project / NOTE_NAME).write_text(json.dumps(note))

    assert find(str(project), "0.1") is None
