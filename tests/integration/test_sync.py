"""`sync` on real files, with models from local directories."""

import json
import os
import shutil
import stat
import sys
from pathlib import Path

import pytest

from modellock.decisions.plan import Condition
from modellock.documents.project_settings import LinkMode
from modellock.errors import (
    LinkModeError,
    MismatchError,
    MissingLockError,
    ModellockError,
    ObstructedError,
    SeveralErrors,
    StaleLockError,
    UnknownNameError,
    UnsafeNameError,
    UsageError,
)
from modellock.shell.store import Store
from modellock.values.digest import sha256_of_bytes
from modellock.verbs.sync import sync
from modellock.verbs.sync_result import Staleness, SyncMode
from tests.integration.filesystems import (
    second_disk,
)
from tests.integration.local_project import Heard, LocalProject, texts_below

ONE = {"config.json": "{}", "sub/weights.bin": "weights one"}
TWO = {"config.json": "{}", "sub/weights.bin": "weights two", "vocab.txt": "a b"}


@pytest.fixture
def project(tmp_path: Path) -> LocalProject:
    made = LocalProject(tmp_path)
    made.publish("minilm", ONE)
    made.lock()
    return made


def edit(path: Path, text: str) -> None:
    """Write in place, through whatever hard links there are, as a user who insists."""
    path.chmod(0o644)
    path.write_text(text)
    os.utime(path, (1, 1))


def hidden(directory: Path) -> list[str]:
    """Stages that were left behind."""
    return [str(path) for path in directory.rglob(".modellock-*")]


def test_a_first_sync_shows_exactly_the_locked_files_as_hard_links(project: LocalProject) -> None:
    result = project.sync()

    assert project.shown() == {"minilm/config.json": "{}", "minilm/sub/weights.bin": "weights one"}
    weights = (project.directory / "models/minilm/sub/weights.bin").stat()
    assert (weights.st_dev, weights.st_ino) in project.blob_files()
    assert (result.models, result.files, result.size) == (1, 2, 13)
    assert project.heard.placed_models == ["minilm"]
    assert project.heard.notes == []
    assert hidden(project.root) == []


def test_a_second_sync_has_nothing_to_do_and_knows_it_without_looking_further(
    project: LocalProject,
) -> None:
    project.sync()

    found = project.unchanged()

    assert found is not None
    assert (found.models, found.files, found.size) == (1, 2, 13)
    assert found.hashed_at is not None
    assert project.sync().is_unchanged
    assert project.heard.placed_models == []


def test_models_share_the_bytes_that_they_have_in_common(project: LocalProject) -> None:
    project.put("twin", ONE)

    one = project.directory / "models/minilm/sub/weights.bin"
    assert os.path.samefile(one, project.directory / "models/twin/sub/weights.bin")
    assert len(project.blob_files()) == 2


def test_a_new_version_replaces_the_old_one_as_a_whole(project: LocalProject) -> None:
    project.sync()
    project.publish("minilm", TWO)
    project.lock()
    before = (project.directory / "models/minilm").stat().st_ino

    project.sync()

    assert project.shown() == {f"minilm/{path}": text for path, text in TWO.items()}
    assert (project.directory / "models/minilm").stat().st_ino != before
    assert hidden(project.directory) == []
    assert project.unchanged() is not None


def test_a_file_that_stays_the_same_stays_the_same_file(project: LocalProject) -> None:
    project.sync()
    before = (project.directory / "models/minilm/config.json").stat().st_ino
    project.put("minilm", TWO)

    assert (project.directory / "models/minilm/config.json").stat().st_ino == before


def test_a_directory_keeps_the_mode_that_its_owner_gave_it(project: LocalProject) -> None:
    project.sync()
    (project.directory / "models/minilm").chmod(0o750)
    (project.directory / "models/minilm/sub").chmod(0o700)

    project.put("minilm", TWO)

    modes = [
        stat.S_IMODE((project.directory / "models" / path).stat().st_mode)
        for path in ("minilm", "minilm/sub")
    ]
    assert modes == [0o750, 0o700]


def test_what_is_no_longer_locked_is_withdrawn_with_its_emptied_directories(
    project: LocalProject,
) -> None:
    project.put("other", {"deep/down/file": "x"})

    project.declare("minilm")
    project.lock()
    project.sync()

    assert sorted(os.listdir(project.directory / "models")) == ["minilm"]


def test_a_directory_with_a_file_that_is_not_ours_is_switched_file_by_file(
    project: LocalProject,
) -> None:
    project.sync()
    (project.directory / "models/minilm/notes.txt").write_text("mine")
    before = (project.directory / "models/minilm").stat().st_ino

    project.put("minilm", TWO)

    assert (project.directory / "models/minilm").stat().st_ino == before
    assert project.shown() == {
        **{f"minilm/{path}": text for path, text in TWO.items()},
        "minilm/notes.txt": "mine",
    }
    assert hidden(project.directory) == []


def test_withdrawing_leaves_what_is_not_ours(project: LocalProject) -> None:
    project.put("other", {"file": "x"})
    (project.directory / "models/other/notes.txt").write_text("mine")

    project.declare("minilm")
    project.lock()
    project.sync()

    assert project.shown("models/other") == {"notes.txt": "mine"}


def test_a_model_that_moves_is_withdrawn_where_it_was(project: LocalProject) -> None:
    project.sync()
    project.keys["minilm"] = 'path = "weights/lm"'
    project.declare("minilm")
    project.lock()

    project.sync()

    assert not (project.directory / "models").exists()
    assert project.shown("weights/lm") == ONE


def test_a_renamed_model_keeps_its_files(project: LocalProject) -> None:
    project.keys["minilm"] = 'path = "weights"'
    project.put("minilm", ONE)
    before = (project.directory / "weights/config.json").stat().st_ino
    (project.directory / "models.toml").write_text(
        '[models.renamed]\nlocal = "../origins/minilm"\npath = "weights"\n'
    )
    project.lock()

    project.sync()

    assert project.shown("weights") == ONE
    assert (project.directory / "weights/config.json").stat().st_ino == before


def test_placed_names_follow_rename(project: LocalProject) -> None:
    project.keys["minilm"] = 'rename = { "sub/weights.bin" = "model.bin" }'
    project.put("minilm", ONE)

    assert project.shown("models/minilm") == {"config.json": "{}", "model.bin": "weights one"}


# Not ours


def test_a_right_file_that_was_there_is_taken_over(project: LocalProject) -> None:
    config = project.directory / "models/minilm/config.json"
    config.parent.mkdir(parents=True)
    config.write_text("{}")
    before = config.stat().st_ino

    project.sync()

    assert project.shown("models/minilm") == ONE
    assert config.stat().st_ino == before
    assert project.unchanged() is not None


def test_a_foreign_file_in_the_way_is_kept_and_nothing_of_its_model_changes(
    project: LocalProject,
) -> None:
    config = project.directory / "models/minilm/config.json"
    config.parent.mkdir(parents=True)
    config.write_text("mine")

    with pytest.raises(ObstructedError) as caught:
        project.sync()

    digest = sha256_of_bytes(b"{}")
    assert str(caught.value) == (
        "minilm: 1 file in the way that modellock did not place\n"
        f"  models/minilm/config.json: expected {digest}, found a file"
    )
    assert caught.value.hint == "move them away, or give them up with `modellock sync --replace`"
    assert project.shown("models/minilm") == {"config.json": "mine"}


def test_a_foreign_file_is_given_up_on_request(project: LocalProject) -> None:
    config = project.directory / "models/minilm/config.json"
    config.parent.mkdir(parents=True)
    config.write_text("mine")

    project.sync(replace=True)

    assert project.shown("models/minilm") == ONE


def test_a_directory_in_the_way_is_never_given_up(project: LocalProject) -> None:
    (project.directory / "models/minilm/config.json/deep").mkdir(parents=True)

    with pytest.raises(ObstructedError, match="found a directory") as caught:
        project.sync(replace=True)

    assert caught.value.hint == "move them away and run `modellock sync` again"


def test_a_file_where_a_directory_belongs_is_in_the_way(project: LocalProject) -> None:
    (project.directory / "models").write_text("mine")

    with pytest.raises(ObstructedError, match="found a file above it"):
        project.sync(replace=True)


def test_of_many_files_in_the_way_ten_are_named(project: LocalProject) -> None:
    project.publish("minilm", {f"{number:02}": str(number) for number in range(12)})
    project.lock()
    for number in range(12):
        path = project.directory / f"models/minilm/{number:02}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("mine")

    with pytest.raises(ObstructedError) as caught:
        project.sync()

    assert str(caught.value).splitlines()[-1] == "  and 2 more"
    assert len(str(caught.value).splitlines()) == 12


def test_an_edited_file_is_kept_aside_named_and_replaced(project: LocalProject) -> None:
    project.sync()
    edit(project.directory / "models/minilm/config.json", "edited")

    result = project.sync()

    assert project.shown("models/minilm") == {**ONE, "config.json.edited": "edited"}
    assert result.kept == (str(project.directory / "models/minilm/config.json.edited"),)


def test_an_edit_through_a_hard_link_never_becomes_a_right_blob(project: LocalProject) -> None:
    project.sync()
    edit(project.directory / "models/minilm/config.json", "xx")

    project.sync()
    warnings = project.heard.warnings
    project.put("twin", ONE)

    assert project.shown("models/twin") == ONE
    (damaged,) = (project.root / "store/v1/damaged").iterdir()
    assert warnings[-1] == f"store: a damaged blob was moved aside to {damaged}"
    assert damaged.read_text() == "xx"


def test_a_second_edit_finds_another_name(project: LocalProject) -> None:
    for text in ("first", "second", "third"):
        project.sync()
        edit(project.directory / "models/minilm/config.json", text)
    project.sync()

    assert project.shown("models/minilm") == {
        **ONE,
        "config.json.edited": "first",
        "config.json.edited-2": "second",
        "config.json.edited-3": "third",
    }


def test_an_edited_file_that_is_no_longer_locked_is_left(project: LocalProject) -> None:
    project.put("other", {"file": "x"})
    edit(project.directory / "models/other/file", "edited")

    project.declare("minilm")
    project.lock()
    result = project.sync()

    assert project.shown("models/other") == {"file": "edited"}
    assert result.kept == (str(project.directory / "models/other/file"),)
    assert project.sync().is_unchanged


def test_a_touched_file_is_hashed_and_taken_over(project: LocalProject) -> None:
    project.sync()
    os.utime(project.directory / "models/minilm/config.json", (1, 1))

    assert project.unchanged() is None
    assert project.sync().is_unchanged
    assert project.unchanged() is not None


def test_a_deleted_file_comes_back_without_a_fetch(project: LocalProject) -> None:
    project.sync()
    (project.directory / "models/minilm/config.json").unlink()

    result = project.sync()

    assert project.shown("models/minilm") == ONE
    assert result.fetches == {}


# The state


@pytest.mark.parametrize("text", ["", "{}", "not json", '{"version": 1}'])
def test_without_a_usable_state_sync_looks_at_the_files_themselves(
    project: LocalProject, text: str
) -> None:
    project.sync()
    project.state_path.write_text(text)
    before = (project.directory / "models/minilm").stat().st_ino

    assert project.unchanged() is None
    assert project.sync().is_unchanged
    assert (project.directory / "models/minilm").stat().st_ino == before
    assert project.unchanged() is not None


def test_without_a_state_copies_are_hashed(project: LocalProject) -> None:
    project.sync(link_mode=LinkMode.COPY)
    shutil.rmtree(project.directory / ".modellock")
    edit(project.directory / "models/minilm/config.json", "xx")

    with pytest.raises(ObstructedError):
        project.sync()


def test_a_project_that_was_copied_elsewhere_is_looked_at_and_kept(
    project: LocalProject, tmp_path: Path
) -> None:
    project.sync()
    shutil.copytree(project.directory, tmp_path / "elsewhere" / "project")
    shutil.copytree(tmp_path / "origins", tmp_path / "elsewhere" / "origins")
    copied = LocalProject(tmp_path / "elsewhere", store=project.store)

    assert copied.unchanged() is None
    assert copied.sync().is_unchanged


def test_a_state_directory_that_is_a_link_is_refused(project: LocalProject, tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    shutil.rmtree(project.directory / ".modellock")
    (project.directory / ".modellock").symlink_to(tmp_path / "outside")

    with pytest.raises(UnsafeNameError, match="is not a directory of modellock's own"):
        project.sync()

    assert os.listdir(tmp_path / "outside") == []


def test_notes_that_a_kill_left_half_written_are_removed_once_nobody_writes_them(
    project: LocalProject,
) -> None:
    directory = project.state_path.parent
    for name in ("state.json.0123abcd", "settled.json.4567cdef", "state.json.mine"):
        (directory / name).write_text("{")
        os.utime(directory / name, (0, 0))
    (directory / "state.json.89abcdef").write_text("{")

    project.sync()

    assert sorted(path.name for path in directory.glob("s*.json.*")) == [
        "state.json.89abcdef",
        "state.json.mine",
    ]


def test_what_a_killed_lock_left_half_written_goes_with_the_next(project: LocalProject) -> None:
    notes = project.directory / ".modellock" / "settled.json.4567cdef"
    old, young = (project.directory / f".models.lock.{name}" for name in ("01234567", "89abcdef"))
    for left in (notes, old, young):
        left.write_text("half")
    for left in (notes, old):
        os.utime(left, (0, 0))
    (project.directory / "models.lock").unlink()

    project.lock()

    assert [left.exists() for left in (notes, old, young)] == [False, False, True]


def test_a_second_sync_says_that_it_waits_for_the_first(project: LocalProject) -> None:
    fcntl = pytest.importorskip("fcntl")
    with (project.state_path.parent / "lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)

        class Patient(Heard):
            def note(self, message: str) -> None:
                super().note(message)
                fcntl.flock(held, fcntl.LOCK_UN)

        patient = Patient()
        sync(project.project, project.settings, patient)

    assert patient.notes == ["waiting for another sync of this project"]
    assert project.shown("models/minilm") == ONE


# Links in the way


@pytest.mark.parametrize("link", ["models", "models/minilm", "models/minilm/sub"])
def test_a_committed_link_on_the_way_is_refused_and_nothing_is_written_behind_it(
    project: LocalProject, tmp_path: Path, link: str
) -> None:
    (tmp_path / "outside").mkdir()
    (project.directory / link).parent.mkdir(parents=True, exist_ok=True)
    (project.directory / link).symlink_to(tmp_path / "outside")

    with pytest.raises(UnsafeNameError, match="is a symbolic link") as caught:
        project.sync(replace=True)

    assert caught.value.model == "minilm"
    assert list((tmp_path / "outside").iterdir()) == []


@pytest.mark.parametrize("link", ["models", "models/minilm", "models/minilm/sub"])
def test_a_link_that_took_the_place_of_a_directory_is_no_reason_to_find_everything_done(
    project: LocalProject, tmp_path: Path, link: str
) -> None:
    project.sync()
    shutil.move(project.directory / link, tmp_path / "elsewhere")
    (project.directory / link).symlink_to(tmp_path / "elsewhere")

    assert project.unchanged() is None


def test_a_link_to_where_a_file_went_is_no_reason_to_find_everything_done(
    project: LocalProject, tmp_path: Path
) -> None:
    project.sync()
    config = project.directory / "models/minilm/config.json"
    shutil.move(config, tmp_path / "elsewhere")
    config.symlink_to(tmp_path / "elsewhere")

    assert project.unchanged() is None


def test_links_that_sync_made_are_found_done(project: LocalProject) -> None:
    project.sync(link_mode=LinkMode.SYMLINK)

    assert project.unchanged(link_mode=LinkMode.SYMLINK) is not None


def test_a_link_in_the_place_of_a_file_is_in_the_way_and_never_written_through(
    project: LocalProject, tmp_path: Path
) -> None:
    (tmp_path / "outside").write_text("mine")
    (project.directory / "models/minilm").mkdir(parents=True)
    (project.directory / "models/minilm/config.json").symlink_to(tmp_path / "outside")

    with pytest.raises(ObstructedError, match="found a symbolic link"):
        project.sync()
    project.sync(replace=True)

    assert project.shown("models/minilm") == ONE
    assert not (project.directory / "models/minilm/config.json").is_symlink()
    assert (tmp_path / "outside").read_text() == "mine"


def test_nothing_is_withdrawn_behind_a_link(project: LocalProject, tmp_path: Path) -> None:
    project.sync()
    shutil.move(project.directory / "models/minilm", tmp_path / "outside")
    (project.directory / "models/minilm").symlink_to(tmp_path / "outside")
    project.publish("other", {"file": "x"})
    project.declare("other")
    project.lock()

    project.sync()

    assert texts_below(tmp_path / "outside") == ONE


def test_a_project_may_itself_lie_behind_a_link(project: LocalProject, tmp_path: Path) -> None:
    (tmp_path / "alias").mkdir()
    (tmp_path / "alias" / "project").symlink_to(project.directory)
    alias = LocalProject(tmp_path / "alias", store=project.store)

    alias.sync()

    assert project.shown("models/minilm") == ONE


# Selection


def test_a_selection_withdraws_nothing_outside_of_it(project: LocalProject) -> None:
    project.keys = {"minilm": 'groups = ["text"]', "other": 'groups = ["vision"]'}
    project.put("other", {"file": "x"})

    project.sync(groups=("text",))
    assert "other/file" in project.shown()
    project.sync(models=("minilm",))
    assert "other/file" in project.shown()


def test_a_whole_sync_withdraws_what_is_not_selected_by_default(project: LocalProject) -> None:
    project.keys = {"minilm": 'groups = ["text"]', "other": 'groups = ["vision"]'}
    project.settings_table = 'default-groups = ["text"]'
    project.publish("other", {"file": "x"})
    project.lock()
    project.sync(groups=("text", "vision"))

    project.sync()

    assert sorted(os.listdir(project.directory / "models")) == ["minilm"]


def test_an_unknown_model_is_an_error_before_anything_is_done(project: LocalProject) -> None:
    with pytest.raises(UnknownNameError, match="'minlm' is not a model"):
        project.sync(models=("minlm",))

    assert not (project.directory / "models").exists()


def test_the_fast_way_is_for_requests_that_were_made(project: LocalProject) -> None:
    project.sync()
    assert project.unchanged(models=("minilm",)) is None

    project.sync(models=("minilm",))

    assert project.unchanged(models=("minilm",)) is not None
    assert project.unchanged() is not None


def test_a_request_that_changes_something_is_the_only_one_that_is_still_known(
    project: LocalProject,
) -> None:
    project.publish("other", {"file": "x"})
    project.lock()
    project.sync(models=("minilm",))

    project.sync(models=("other",))

    assert project.unchanged(models=("other",)) is not None
    assert project.unchanged(models=("minilm",)) is None


# Which lock


def test_a_stale_lock_is_refused_with_what_differs(project: LocalProject) -> None:
    project.publish("other", {"file": "x"})

    with pytest.raises(StaleLockError) as caught:
        project.sync()

    assert str(caught.value) == (
        "models.lock does not match models.toml\n  other: not in models.lock"
    )
    assert not (project.directory / "models").exists()


def test_a_frozen_sync_looks_at_no_manifest(project: LocalProject) -> None:
    (project.directory / "models.toml").write_text("not even TOML")

    project.sync(staleness=Staleness.FROZEN)

    assert project.shown("models/minilm") == ONE
    assert project.unchanged(staleness=Staleness.FROZEN) is not None


def test_without_a_manifest_the_lock_is_enough(project: LocalProject) -> None:
    (project.directory / "models.toml").unlink()

    project.sync()

    assert project.shown("models/minilm") == ONE
    assert project.unchanged() is not None
    project.declare("minilm")
    assert project.unchanged() is None


def test_another_lock_brings_back_what_it_says(project: LocalProject, tmp_path: Path) -> None:
    project.sync()
    shutil.copy(project.directory / "models.lock", tmp_path / "before.lock")
    project.put("minilm", TWO)

    project.sync(lock_file=str(tmp_path / "before.lock"))

    assert project.shown("models/minilm") == ONE
    assert project.unchanged(lock_file=str(tmp_path / "before.lock")) is not None
    assert project.unchanged() is None


def test_without_a_lock_there_is_nothing_to_sync(tmp_path: Path) -> None:
    empty = LocalProject(tmp_path)
    empty.declare()

    with pytest.raises(MissingLockError):
        empty.sync()


# Looking only


@pytest.mark.parametrize("mode", [SyncMode.CHECK, SyncMode.DRY_RUN])
def test_a_look_tells_and_changes_nothing(project: LocalProject, mode: SyncMode) -> None:
    before = sorted(project.directory.rglob("*"))

    result = project.sync(mode=mode)

    assert not result.is_done
    assert result.fetches == {"minilm/config.json": 2, "minilm/sub/weights.bin": 11}
    assert [model.condition for model in result.plan.models] == [Condition.MISSING]
    assert sorted(project.directory.rglob("*")) == before


def test_a_check_of_a_synced_project_is_done(project: LocalProject) -> None:
    project.sync()

    assert project.sync(mode=SyncMode.CHECK).is_done


# Elsewhere


def test_a_directory_stands_for_the_settings_path(project: LocalProject, tmp_path: Path) -> None:
    project.keys["other"] = 'path = "weights/other"'
    project.publish("other", {"file": "x"})
    project.lock()

    project.sync(to=str(tmp_path / "image"))

    assert texts_below(tmp_path / "image") == {
        "minilm/config.json": "{}",
        "minilm/sub/weights.bin": "weights one",
        "weights/other/file": "x",
    }
    assert not (project.directory / "models").exists()
    assert project.unchanged(to=str(tmp_path / "image")) is not None


def test_two_targets_know_nothing_of_each_other(project: LocalProject, tmp_path: Path) -> None:
    project.sync()
    project.sync(to=str(tmp_path / "image"))
    project.publish("minilm", {"config.json": "{}"})
    project.lock()

    project.sync(to=str(tmp_path / "image"))

    assert texts_below(tmp_path / "image") == {"minilm/config.json": "{}"}
    assert project.shown("models/minilm") == ONE


def test_models_that_would_meet_below_the_directory_are_refused(
    project: LocalProject, tmp_path: Path
) -> None:
    project.keys["other"] = 'path = "minilm"'
    project.publish("other", {"file": "x"})
    project.lock()

    with pytest.raises(UsageError, match="--to: 'minilm', of `other`, is also the directory of"):
        project.sync(to=str(tmp_path / "image"))


def test_a_store_on_another_file_system_is_copied_from(tmp_path: Path) -> None:
    with second_disk() as disk:
        project = LocalProject(tmp_path, store=disk / "store")
        project.publish("minilm", ONE)
        project.lock()
        project.sync()
        notes = project.heard.notes
        project.put("minilm", TWO)

        assert project.shown("models/minilm") == TWO
        assert notes == [
            "models are copied: no hard links from the store (Invalid cross-device link)"
        ]
        assert project.unchanged() is not None
        assert hidden(project.directory) == []


def test_copies_are_switched_file_by_file_too(tmp_path: Path) -> None:
    with second_disk() as disk:
        project = LocalProject(tmp_path, store=disk / "store")
        project.put("minilm", ONE)
        (project.directory / "models/minilm/notes.txt").write_text("mine")
        project.put("minilm", TWO)

        assert project.shown("models/minilm") == {**TWO, "notes.txt": "mine"}


def test_symbolic_links_are_made_on_request_and_known_again(project: LocalProject) -> None:
    project.sync(link_mode=LinkMode.SYMLINK)

    config = project.directory / "models/minilm/config.json"
    assert config.is_symlink()
    assert config.read_text() == "{}"
    assert project.unchanged(link_mode=LinkMode.SYMLINK) is not None
    assert project.sync(link_mode=LinkMode.SYMLINK).is_unchanged
    shutil.rmtree(project.directory / ".modellock")
    assert project.sync(link_mode=LinkMode.SYMLINK).is_unchanged


def test_symbolic_links_switch_to_a_new_version(project: LocalProject) -> None:
    project.sync(link_mode=LinkMode.SYMLINK)
    project.publish("minilm", TWO)
    project.lock()

    project.sync(link_mode=LinkMode.SYMLINK)

    assert project.shown("models/minilm") == TWO


def test_a_symbolic_link_whose_blob_is_gone_is_made_anew(project: LocalProject) -> None:
    project.sync(link_mode=LinkMode.SYMLINK)
    shutil.rmtree(project.root / "store")

    assert project.unchanged(link_mode=LinkMode.SYMLINK) is None
    project.sync()

    assert project.shown("models/minilm") == ONE
    assert not (project.directory / "models/minilm/config.json").is_symlink()


def test_a_link_mode_that_does_not_work_here_is_an_error(tmp_path: Path) -> None:
    with second_disk() as disk:
        project = LocalProject(tmp_path, store=disk / "store")
        project.publish("minilm", ONE)
        project.lock()

        with pytest.raises(LinkModeError) as caught:
            project.sync(link_mode=LinkMode.HARDLINK)

    assert caught.value.model == "minilm"
    assert project.shown() == {}
    assert hidden(project.directory) == []


# Without a store


def test_without_a_store_bytes_are_kept_once_in_files_of_the_users_own(
    project: LocalProject, tmp_path: Path
) -> None:

    project.sync(no_store=True, to=str(tmp_path / "image"))

    weights = tmp_path / "image/minilm/sub/weights.bin"
    assert texts_below(tmp_path / "image/minilm") == ONE
    assert sorted(os.listdir(tmp_path / "image")) == ["minilm"]
    assert weights.stat().st_nlink == 1
    assert stat.S_IMODE(weights.stat().st_mode) == 0o644
    assert not (tmp_path / "store").exists()


def test_without_a_store_what_is_in_place_is_not_fetched_again(project: LocalProject) -> None:
    project.sync(no_store=True)

    assert project.unchanged(no_store=True) is not None
    assert project.sync(no_store=True).is_unchanged
    assert project.heard.fetched == []


def test_without_a_store_a_failure_costs_no_fetched_bytes(project: LocalProject) -> None:
    project.publish("other", {"file": "x"})
    project.lock()
    (project.root / "origins/other/file").unlink()
    blocked = project.directory / "models/minilm/config.json"
    blocked.mkdir(parents=True)

    with pytest.raises(SeveralErrors):
        project.sync(no_store=True)
    blocked.rmdir()
    (project.root / "origins/other/file").write_text("x")
    project.sync(no_store=True)

    assert hidden(project.directory) == []


def test_a_symbolic_link_into_no_store_is_refused(project: LocalProject) -> None:
    with pytest.raises(UsageError, match="--no-store leaves nothing"):
        project.sync(no_store=True, link_mode=LinkMode.SYMLINK)


def test_without_a_store_a_project_of_symbolic_links_is_told_what_works(
    project: LocalProject,
) -> None:
    project.settings_table = 'link-mode = "symlink"'
    project.declare("minilm")
    project.lock()

    with pytest.raises(UsageError, match="and the link mode is `symlink`") as caught:
        project.sync(no_store=True)
    assert caught.value.hint == "`modellock sync --no-store --link-mode copy` makes files"
    project.sync(no_store=True, link_mode=LinkMode.COPY)

    assert project.shown("models/minilm") == ONE


# Failures


def test_one_model_that_fails_stops_no_other(project: LocalProject) -> None:
    project.publish("other", {"file": "x"})
    project.lock()
    shutil.rmtree(project.root / "origins/other")

    with pytest.raises(ModellockError) as caught:
        project.sync()

    assert caught.value.model == "other"
    assert project.shown() == {f"minilm/{path}": text for path, text in ONE.items()}
    assert project.unchanged() is None


def test_wrong_bytes_are_told_and_visible_nowhere(project: LocalProject) -> None:
    (project.root / "origins/minilm/sub/weights.bin").write_text("weights 0ne")

    with pytest.raises(MismatchError) as caught:
        project.sync()

    assert str(caught.value).startswith(
        f"minilm/sub/weights.bin: expected {sha256_of_bytes(b'weights one')}, "
        f"received {sha256_of_bytes(b'weights 0ne')}"
    )
    assert not (project.directory / "models/minilm").exists()
    digests = set(Store(str(project.store)).digests())
    assert digests <= {sha256_of_bytes(b"{}")}


def test_all_failures_are_reported_together(project: LocalProject) -> None:
    project.publish("other", {"file": "x"})
    project.lock()
    for model in ("minilm", "other"):
        (project.directory / "models" / model).mkdir(parents=True)
    (project.directory / "models/minilm/config.json").write_text("mine")
    (project.directory / "models/other/file").write_text("mine")

    with pytest.raises(SeveralErrors) as caught:
        project.sync()

    assert [error.model for error in caught.value.errors] == ["minilm", "other"]


def test_a_model_that_shares_a_file_with_a_failed_one_says_so(project: LocalProject) -> None:
    project.publish("twin", ONE)
    project.lock()
    shutil.rmtree(project.root / "origins/minilm")
    shutil.rmtree(project.root / "origins/twin")

    with pytest.raises(SeveralErrors) as caught:
        project.sync()

    assert {error.model for error in caught.value.errors} == {"minilm", "twin"}


def test_any_model_with_the_same_bytes_can_serve_them(project: LocalProject) -> None:
    project.publish("twin", ONE)
    project.lock()
    shutil.rmtree(project.root / "origins/minilm")

    project.sync()

    assert project.shown("models/minilm") == ONE


# The store lost something


def test_a_store_that_was_emptied_gets_its_blobs_back_from_what_is_placed(
    project: LocalProject, tmp_path: Path
) -> None:
    project.sync()
    shutil.rmtree(tmp_path / "store")
    shutil.rmtree(tmp_path / "origins/minilm")

    project.sync(to=str(tmp_path / "image"))

    assert texts_below(tmp_path / "image/minilm") == ONE
    placed = (project.directory / "models/minilm/config.json").stat()
    assert (placed.st_dev, placed.st_ino) in project.blob_files()


def test_the_store_knows_which_project_uses_it(project: LocalProject) -> None:
    project.sync()

    (root,) = (project.root / "store/v1/roots").iterdir()
    assert json.loads(root.read_text())["lock"] == str(project.directory / "models.lock")
    os.utime(root, (1, 1))
    assert project.unchanged() is not None
    assert root.stat().st_mtime > 1


@pytest.mark.skipif(sys.platform != "linux", reason="names that are no text")
def test_a_project_may_lie_in_a_directory_whose_name_is_no_text(tmp_path: Path) -> None:
    project = LocalProject(Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff\xfe")))
    project.publish("minilm", ONE)
    project.lock()

    project.sync()

    assert project.shown() == {"minilm/config.json": "{}", "minilm/sub/weights.bin": "weights one"}
    assert project.unchanged() is not None
