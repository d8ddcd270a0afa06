"""A checkout whose stages, state and documents were made by a stranger, to be synced as it is."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from modellock.errors import InputError, UnsafeNameError
from modellock.shell.project import Project
from modellock.shell.store_private import PRIVATE_STORE
from modellock.shell.store_records import format_record, record_now
from modellock.values.digest import ContentHasher, Digest, sha256_of_bytes
from tests.integration.local_project import LocalProject, texts_below

WEIGHTS = "weights"
DIGEST = sha256_of_bytes(WEIGHTS.encode())
needs_pipes = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="named pipes")


@pytest.fixture
def project(tmp_path: Path) -> LocalProject:
    made = LocalProject(tmp_path)
    made.publish("m", {"w.bin": WEIGHTS})
    made.lock()
    return made


def write_state(project: LocalProject, **changes: Any) -> None:
    """A state.json as a commit brings it: another file than the one that was there.

    Written beside the old one, whose inode number it could otherwise get, as it does on ext4: a
    commit would have to guess that number.
    """
    document: dict[str, Any] = {"version": 1, "clean": [], "targets": {}}
    project.state_path.parent.mkdir(exist_ok=True)
    brought = project.state_path.with_name("brought")
    brought.write_text(json.dumps({**document, **changes}))
    brought.replace(project.state_path)


def claimed(*paths: Path | str, text: str = WEIGHTS) -> dict[str, Any]:
    """A target of which a state says that these files were placed there."""
    fields = [sha256_of_bytes(text.encode()).value, len(text), 1, 1, 1]
    return {"models": {"m": {str(path): fields for path in paths}}, "pending": {}, "staged": []}


def test_a_committed_stage_with_a_record_that_lies_vouches_for_nothing(
    project: LocalProject,
) -> None:
    stage = project.directory / PRIVATE_STORE / "v1"
    blob = stage / "blobs" / DIGEST.value[:2] / DIGEST.value
    record = stage / "records" / DIGEST.value[:2] / f"{DIGEST.value}.json"
    blob.parent.mkdir(parents=True)
    blob.write_text("POISON!")
    record.parent.mkdir(parents=True)
    hasher = ContentHasher()
    hasher.update(blob.read_bytes())
    lie = record_now(DIGEST, hasher.chunks, blob.stat())
    record.write_text(format_record(lie))

    project.sync(no_store=True)

    assert project.shown() == {"m/w.bin": WEIGHTS}


@pytest.mark.parametrize("link", ["", "v1", "v1/staged", "v1/blobs"])
def test_a_committed_stage_that_leads_elsewhere_is_refused(
    project: LocalProject, tmp_path: Path, link: str
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    path = project.directory / PRIVATE_STORE / link
    path.parent.mkdir(parents=True, exist_ok=True)
    path.symlink_to(elsewhere)

    with pytest.raises(UnsafeNameError, match=f"{PRIVATE_STORE}.*symbolic link"):
        project.sync(no_store=True)

    assert list(elsewhere.iterdir()) == []
    assert project.shown() == {}


@pytest.mark.parametrize("path", ["models.toml", "models.lock", "LICENSE", ".modellock/lock"])
def test_a_state_cannot_claim_what_no_model_can_be(project: LocalProject, path: str) -> None:
    project.sync()
    (project.directory / "LICENSE").write_text("free")
    before = (project.directory / path).read_text()
    write_state(project, targets={"": claimed(path, text=before)})

    project.sync()

    assert (project.directory / path).read_text() == before


def test_a_state_that_came_with_the_checkout_does_not_say_that_nothing_is_to_be_done(
    project: LocalProject,
) -> None:
    project.sync()
    document = json.loads(project.state_path.read_text())
    document["clean"][0]["models"] = []
    (project.directory / "models" / "m" / "w.bin").unlink()
    write_state(project, **document)

    assert project.unchanged() is None
    project.sync()

    assert project.shown() == {"m/w.bin": WEIGHTS}


def test_what_a_state_claims_is_taken_back_into_the_store_only_as_a_regular_file_of_its_size(
    project: LocalProject,
) -> None:
    write_state(project, targets={"/dev": claimed("input/zero"), "/": claimed("dev/zero")})

    project.sync()

    assert project.shown() == {"m/w.bin": WEIGHTS}


@needs_pipes
def test_a_pipe_that_a_state_claims_is_not_waited_for(project: LocalProject) -> None:
    (project.directory / "models").mkdir()
    os.mkfifo(project.directory / "models" / "pipe")
    write_state(project, targets={"": claimed("models/pipe")})

    project.sync()

    assert texts_below(project.directory / "models" / "m") == {"w.bin": WEIGHTS}


def endless(path: Path) -> None:
    path.symlink_to("/dev/zero")


def piped(path: Path) -> None:
    os.mkfifo(path)


def deep(path: Path) -> None:
    path.write_text("[" * 100_000)


@needs_pipes
@pytest.mark.parametrize("make", [endless, piped, deep])
def test_a_state_that_is_no_document_is_as_good_as_none(
    project: LocalProject, make: Callable[[Path], None]
) -> None:
    make(project.state_path)

    assert project.unchanged() is None
    project.sync()

    assert project.shown() == {"m/w.bin": WEIGHTS}
    assert project.unchanged() is not None


@needs_pipes
@pytest.mark.parametrize("make", [endless, piped])
@pytest.mark.parametrize("name", ["models.toml", "models.lock"])
def test_a_document_without_an_end_is_refused(
    project: LocalProject, name: str, make: Callable[[Path], None]
) -> None:
    (project.directory / name).unlink()
    make(project.directory / name)
    read = Project.read_manifest if name == "models.toml" else Project.read_lock_text

    with pytest.raises(InputError, match=f"^{name}: cannot be read: not a regular file$"):
        read(project.project)
    with pytest.raises(InputError, match=f"{name}: .*not a regular file$"):
        project.sync()


def test_a_document_may_be_a_link_to_a_file(project: LocalProject, tmp_path: Path) -> None:
    (project.directory / "models.toml").rename(tmp_path / "shared.toml")
    (project.directory / "models.toml").symlink_to(tmp_path / "shared.toml")

    project.sync()

    assert project.shown() == {"m/w.bin": WEIGHTS}


def test_a_digest_is_text() -> None:
    with pytest.raises(ValueError, match="64 lower-case hex digits"):
        Digest("sha256", ["a"] * 64)  # type: ignore[arg-type]
