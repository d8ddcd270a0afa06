"""The verbs as functions: what they take, return and raise."""

import dataclasses
import sys
import typing
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

import modellock
from modellock.api.asking import LayoutWord
from modellock.api.syncing import LinkModeWord, SyncModeWord
from modellock.errors import (
    FileAccessError,
    MissingFilesError,
    OfflineError,
    StaleLockError,
    UnknownNameError,
    UsageError,
)
from tests.integration.programs import LARGE, SMALL, Program

FUNCTIONS: list[Callable[..., object]] = [
    modellock.path,
    modellock.lock,
    modellock.update,
    modellock.sync,
    modellock.status,
    modellock.verify,
    modellock.env,
]


def test_the_verbs_return_values_and_print_nothing(
    program: Program, capfd: pytest.CaptureFixture[str]
) -> None:
    program.declare(encoder=LARGE)

    synced = modellock.sync(models=["encoder"])

    assert (synced.models, synced.files, synced.size) == (1, 3, 3_072_007)
    assert modellock.path("encoder") == program.directory / "models" / "encoder"
    assert modellock.path("encoder", "model.safetensors").read_bytes() == LARGE
    assert modellock.status().is_whole
    assert modellock.verify().is_whole
    assert modellock.verify("encoder", deep=True).is_whole
    assert modellock.lock(check=True).changes == ()
    assert capfd.readouterr() == ("", "")


def test_a_project_is_found_from_any_directory_below_it(program: Program) -> None:
    program.declare(encoder=LARGE)
    modellock.sync()
    below = program.directory / "models" / "encoder"

    assert modellock.path("encoder", directory=below) == below


# What comes of arguments.


def test_words_are_plain_strings_or_members(program: Program) -> None:
    program.declare(encoder=LARGE)

    modellock.sync(to="one", link_mode="copy", mode="apply")
    modellock.sync(to="two", link_mode=modellock.LinkMode.COPY, mode=modellock.SyncMode.APPLY)

    one, two = modellock.path("encoder", to="one"), modellock.path("encoder", to=Path("two"))
    assert (one / "model.safetensors").stat().st_nlink == 1
    assert (two / "model.safetensors").stat().st_nlink == 1


def test_a_word_that_there_is_not_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(UsageError) as caught:
        modellock.sync(link_mode="hardlnk")  # type: ignore[arg-type]

    assert str(caught.value) == (
        "link_mode: 'hardlnk' is none of `auto`, `hardlink`, `reflink`, `copy`, `symlink`"
    )
    assert caught.value.hint == "did you mean `hardlink`?"


def test_a_text_is_not_taken_for_a_list_of_its_letters() -> None:
    with pytest.raises(UsageError, match="models: expected several names, received the text"):
        modellock.sync(models="encoder")


@pytest.mark.parametrize(
    "call",
    [
        lambda: modellock.sync(to=""),
        lambda: modellock.sync(shared_cache=""),
        lambda: modellock.sync(lock_file=""),
        lambda: modellock.sync(store=""),
        lambda: modellock.path("encoder", to=""),
        lambda: modellock.env(to=""),
        lambda: modellock.status(to=""),
    ],
)
def test_an_empty_text_is_not_taken_for_a_directory(call: Callable[[], object]) -> None:
    with pytest.raises(UsageError, match=r"^(to|shared_cache|lock_file|store): is empty$"):
        call()


@pytest.mark.parametrize(
    "call",
    [
        lambda: modellock.update(["encoder"]),  # type: ignore[arg-type]
        lambda: modellock.verify(["encoder"]),  # type: ignore[arg-type]
        lambda: modellock.sync(models=[["encoder"]]),  # type: ignore[list-item]
        lambda: modellock.env(groups=[["encoder"]]),  # type: ignore[list-item]
    ],
)
def test_a_list_is_not_taken_for_a_name(call: Callable[[], object]) -> None:
    with pytest.raises(UsageError, match=r"^\w+: expected names, received \['encoder'\]$"):
        call()


def test_a_dry_run_and_a_check_change_nothing(program: Program) -> None:
    program.declare(encoder=LARGE)

    would = modellock.sync(mode="dry-run")
    answer = modellock.sync(mode="check")

    assert list(would.fetches) == ["encoder/model.safetensors", "encoder/tokenizer.model"]
    assert not answer.is_unchanged
    assert program.placed == []


def test_a_store_that_is_named_beats_the_variable(program: Program, tmp_path: Path) -> None:
    program.declare(encoder=LARGE)

    modellock.sync(store=tmp_path / "own")

    assert (tmp_path / "own" / "v1" / "blobs").is_dir()
    assert modellock.status(store=tmp_path / "own").models[0].stored == 3


@pytest.mark.parametrize(
    ("variable", "offline", "cause"),
    [("1", None, "MODELLOCK_OFFLINE"), ("0", True, "`offline=True`")],
)
def test_offline_is_said_by_an_argument_or_by_the_variable(
    program: Program,
    monkeypatch: pytest.MonkeyPatch,
    variable: str,
    offline: bool | None,
    cause: str,
) -> None:
    program.declare(encoder=LARGE)
    monkeypatch.setenv("MODELLOCK_OFFLINE", variable)

    with pytest.raises(OfflineError, match=f"{cause} turns the network off"):
        modellock.sync(offline=offline)

    assert len(program.hub.requests) == 0


def test_an_argument_turns_the_network_on_whatever_the_variable_says(
    program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    program.declare(encoder=LARGE)
    monkeypatch.setenv("MODELLOCK_OFFLINE", "1")

    assert modellock.sync(offline=False).is_done


def test_jobs_are_at_least_one(program: Program) -> None:
    program.declare(encoder=LARGE)

    with pytest.raises(UsageError, match="jobs: 0 is not a whole number of at least 1"):
        modellock.sync(jobs=0)


def test_another_lock_rolls_back_without_a_request(program: Program, tmp_path: Path) -> None:
    program.declare(encoder=LARGE)
    modellock.sync()
    old = tmp_path / "old.lock"
    old.write_bytes((program.directory / "models.lock").read_bytes())
    program.hub.publish("acme/encoder", {"model.safetensors": LARGE[::-1]})
    modellock.update("encoder")
    modellock.sync()
    program.hub.requests.clear()

    modellock.sync(lock_file=old)

    placed = program.directory / "models" / "encoder" / "model.safetensors"
    assert placed.read_bytes() == LARGE
    assert len(program.hub.requests) == 0


def test_a_shared_cache_gets_what_has_its_layout(program: Program, tmp_path: Path) -> None:
    program.declare(encoder=LARGE)

    modellock.sync(shared_cache=tmp_path / "cache", layout="hf-cache")

    variables = modellock.env(shared_cache=tmp_path / "cache", layout="hf-cache")
    assert variables["HF_HUB_CACHE"] == str(tmp_path / "cache")
    assert (tmp_path / "cache" / "models--acme--encoder" / "snapshots").is_dir()


@pytest.mark.parametrize("other", [{"no_store": True}, {"to": "out"}])
def test_arguments_that_contradict_each_other_are_refused(
    program: Program, other: dict[str, Any]
) -> None:
    program.declare(encoder=LARGE)

    with pytest.raises(UsageError):
        modellock.sync(shared_cache="cache", **other)


def test_a_lock_alone_is_enough(program: Program) -> None:
    program.declare(encoder=LARGE)
    (program.directory / "models.toml").unlink()

    assert modellock.sync(frozen=True).is_done
    assert modellock.sync().is_done


def test_variables_for_other_programs_are_returned_and_not_set(
    program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("HF_HUB_CACHE", raising=False)
    program.declare(encoder=LARGE)

    variables = modellock.env(layout="hf-cache")

    assert variables["HF_HUB_CACHE"] == str(program.directory / "models" / "hub")
    assert modellock.env(models=["encoder"])["MODELLOCK_MODEL_ENCODER"] == str(
        program.directory / "models" / "encoder"
    )


# Locking.


def test_an_update_moves_what_is_named(program: Program) -> None:
    program.declare(encoder=LARGE, other=SMALL)
    for name in ("encoder", "other"):
        program.hub.publish(f"acme/{name}", {"model.safetensors": b"new"})

    assert [change.name for change in modellock.update("encoder").changes] == ["encoder"]
    assert [change.name for change in modellock.update(all=True).changes] == ["other"]


@pytest.mark.parametrize(("names", "everything"), [((), False), (("encoder",), True)])
def test_an_update_is_of_names_or_of_all(names: tuple[str, ...], everything: bool) -> None:
    with pytest.raises(UsageError, match=r"expected names of models, or else `all=True`"):
        modellock.update(*names, all=everything)


def test_a_dry_run_writes_no_lock(program: Program) -> None:
    program.declare(encoder=LARGE)
    program.hub.publish("acme/encoder", {"model.safetensors": b"new"})
    before = (program.directory / "models.lock").read_bytes()

    result = modellock.update("encoder", dry_run=True)

    assert [change.movement for change in result.changes] == [modellock.Movement.MOVED]
    assert not result.written
    assert (program.directory / "models.lock").read_bytes() == before


@pytest.mark.parametrize(
    "moment", ["2025-01-01", datetime(2025, 1, 1, tzinfo=UTC), "3 days"], ids=str
)
def test_nothing_newer_than_a_moment_is_chosen(program: Program, moment: datetime | str) -> None:
    program.declare(encoder=LARGE)
    now = datetime.now(UTC)
    program.hub.publish(
        "acme/encoder", {"model.safetensors": b"new"}, date=now - timedelta(hours=1)
    )

    assert modellock.update("encoder", exclude_newer=moment).changes == ()


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(UsageError, match="exclude_newer: expected a time with a zone, received"):
        modellock.lock(exclude_newer=datetime(2025, 1, 1))  # noqa: DTZ001


@pytest.mark.parametrize("call", [modellock.lock, modellock.update])
def test_a_moment_that_is_none_is_refused(call: Callable[..., object]) -> None:
    names = () if call is modellock.lock else ("encoder",)

    with pytest.raises(UsageError, match="exclude_newer: "):
        call(*names, exclude_newer="soon")


def test_a_name_that_is_none_is_refused() -> None:
    with pytest.raises(UsageError, match="update: "):
        modellock.update("@")


def test_what_the_command_would_warn_of_is_in_the_result(program: Program) -> None:
    program.hub.publish("acme/encoder", {"config.json": b"{}"})
    (program.directory / "models.toml").write_text(
        '[models.encoder]\nhub = "acme/encoder"\ninclude = ["*.json", "*.none"]\n'
    )

    assert modellock.lock().warnings == ("encoder: '*.none' matches no file",)


def test_a_check_hands_on_what_the_command_would_warn_of(program: Program) -> None:
    program.declare(encoder=LARGE)
    lock = program.directory / "models.lock"
    lock.write_text(lock.read_text().replace('lock-version = "1.0"', 'lock-version = "1.9"'))

    (warning,) = modellock.lock(check=True).warnings

    assert warning.startswith("models.lock: was written by a newer modellock")


# Errors.


def test_a_path_that_is_not_there_says_what_to_run_and_what_to_call(program: Program) -> None:
    program.declare(encoder=LARGE)

    with pytest.raises(MissingFilesError) as here:
        modellock.path("encoder")
    with pytest.raises(MissingFilesError) as elsewhere:
        modellock.path("encoder", to="out")

    assert here.value.hint == (
        "run `modellock sync --model encoder`, or call `modellock.sync(models=['encoder'])`"
    )
    assert elsewhere.value.hint == (
        "run `modellock sync --model encoder --to out`, or call "
        "`modellock.sync(models=['encoder'], to='out')`"
    )


def test_files_of_an_earlier_lock_are_not_those_of_this_one_though_of_one_size(
    program: Program,
) -> None:
    program.declare(encoder=LARGE)
    modellock.sync()
    program.hub.publish("acme/encoder", {"model.safetensors": LARGE[::-1]})
    modellock.update("encoder")

    with pytest.raises(MissingFilesError, match="is of an earlier lock: expected sha256:"):
        modellock.path("encoder", "model.safetensors")

    assert modellock.path("encoder", "config.json").is_file()
    modellock.sync()
    assert modellock.path("encoder", "model.safetensors").read_bytes() == LARGE[::-1]


@pytest.fixture
def linked(program: Program) -> tuple[Path, Path]:
    """A directory, and a link to it."""
    directory, link = (program.directory.parent / name for name in ("there", "link"))
    directory.mkdir()
    link.symlink_to(directory)
    return directory, link


def test_files_of_an_earlier_lock_are_told_behind_a_link_too(
    program: Program, linked: tuple[Path, Path]
) -> None:
    program.declare(encoder=LARGE)
    modellock.sync(to=linked[1])
    program.hub.publish("acme/encoder", {"model.safetensors": LARGE[::-1]})
    modellock.update("encoder")

    for directory in linked:
        with pytest.raises(MissingFilesError, match="is of an earlier lock: expected sha256:"):
            modellock.path("encoder", "model.safetensors", to=directory)


def test_a_shared_cache_is_the_same_behind_a_link(
    program: Program, linked: tuple[Path, Path]
) -> None:
    program.declare(encoder=LARGE)
    manifest = program.directory / "models.toml"
    manifest.write_text(f'[settings]\nlayout = "hf-cache"\n{manifest.read_text()}')
    modellock.lock()
    modellock.sync(shared_cache=linked[1])
    program.hub.publish("acme/encoder", {"model.safetensors": LARGE[::-1]})
    modellock.update("encoder")

    modellock.sync(shared_cache=linked[0])

    own = linked[0] / "models--acme--encoder" / "refs" / ".modellock"
    assert len(list(own.iterdir())) == 1


@pytest.mark.skipif(sys.platform == "win32", reason="a directory that somebody is in stays there")
@pytest.mark.parametrize("function", FUNCTIONS[1:])
def test_a_current_directory_that_is_gone_is_an_error_like_others(
    program: Program, function: Callable[..., object], monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = program.directory / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    names = ["encoder"] if function is modellock.update else []

    with pytest.raises(FileAccessError, match="the current directory: "):
        function(*names)


def test_a_name_that_there_is_not_is_another_error(program: Program) -> None:
    program.declare(encoder=LARGE)

    with pytest.raises(UnknownNameError) as caught:
        modellock.path("encodr")

    assert caught.value.hint == "did you mean `encoder`?"


def test_a_lock_that_is_stale_is_an_error(program: Program) -> None:
    program.declare(encoder=LARGE)
    (program.directory / "models.toml").write_text("")

    with pytest.raises(StaleLockError):
        modellock.lock(check=True)
    with pytest.raises(StaleLockError):
        modellock.sync()


# Names and types.


def test_there_is_no_other_name() -> None:
    with pytest.raises(AttributeError, match="module 'modellock' has no attribute 'add'"):
        modellock.add  # type: ignore[attr-defined]  # noqa: B018


def test_each_class_that_a_result_holds_can_be_imported_from_modellock() -> None:
    held: set[type] = set()
    for function in FUNCTIONS:
        for annotation in typing.get_type_hints(function).values():
            collect(annotation, held)

    assert {one.__name__ for one in held} - set(modellock.__all__) == set()
    assert all(getattr(modellock, one.__name__) is one for one in held)


def collect(annotation: object, held: set[type]) -> None:
    """Put every class of modellock's that an annotation leads to into `held`."""
    for part in typing.get_args(annotation):
        collect(part, held)
    if not isinstance(annotation, type) or not annotation.__module__.startswith("modellock"):
        return
    if annotation not in held:
        held.add(annotation)
        if dataclasses.is_dataclass(annotation):
            for hint in typing.get_type_hints(annotation).values():
                collect(hint, held)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_each_function_and_each_public_class_says_what_it_is(function: object) -> None:
    public = [getattr(modellock, name) for name in modellock.__all__ if name[0].isupper()]

    assert all(one.__doc__ and not one.__doc__.startswith(f"{one.__name__}(") for one in public)
    assert function.__doc__


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        (LayoutWord, modellock.Layout),
        (LinkModeWord, modellock.LinkMode),
        (SyncModeWord, modellock.SyncMode),
    ],
)
def test_the_words_that_are_typed_are_those_of_the_enumerations(
    words: object, kind: type[modellock.LinkMode]
) -> None:
    assert set(typing.get_args(words)) == set(kind)
