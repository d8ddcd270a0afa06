"""The verbs as functions."""

from pathlib import Path

import pytest

import modellock
from modellock.errors import MissingFilesError, StaleLockError


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MODELLOCK_STORE", str(tmp_path / "store"))
    directory = tmp_path / "project"
    (directory / "origin").mkdir(parents=True)
    (directory / "origin" / "weights.bin").write_bytes(b"weights")
    (directory / "models.toml").write_text('[models.small]\nlocal = "origin"\n')
    monkeypatch.chdir(directory)
    return directory


def test_the_verbs_are_functions_that_return_values_and_print_nothing(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    locked = modellock.lock()
    synced = modellock.sync(models=["small"])

    assert locked.written
    assert (synced.models, synced.files, synced.size) == (1, 1, 7)
    assert modellock.path("small") == project / "models" / "small"
    assert modellock.path("small", "weights.bin").read_bytes() == b"weights"
    assert modellock.status().is_whole
    assert modellock.verify("small", deep=True).is_whole
    assert capsys.readouterr() == ("", "")


def test_a_path_that_is_not_there_says_what_to_run(project: Path) -> None:
    modellock.lock(directory=project)

    with pytest.raises(MissingFilesError) as caught:
        modellock.path("small")

    assert caught.value.hint == (
        "run `modellock sync --model small`, or call `modellock.sync(models=['small'])`"
    )


def test_a_check_raises_what_the_command_would_say() -> None:
    assert issubclass(modellock.errors.StaleLockError, modellock.errors.ModellockError)


def test_a_lock_that_is_stale_is_an_error(project: Path) -> None:
    modellock.lock()
    (project / "models.toml").write_text("")

    with pytest.raises(StaleLockError):
        modellock.lock(check=True)


def test_there_is_no_other_name() -> None:
    with pytest.raises(AttributeError, match="module 'modellock' has no attribute 'add'"):
        modellock.add  # type: ignore[attr-defined]  # noqa: B018
