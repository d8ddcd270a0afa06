import os
import pwd
from pathlib import Path

import pytest

from modellock.errors import UsageError
from modellock.shell.whereabouts import project_directory, store_directory


def test_the_project_is_the_nearest_directory_with_a_manifest(tmp_path: Path) -> None:
    inner = tmp_path / "services" / "api"
    (inner / "src").mkdir(parents=True)
    (tmp_path / "models.toml").touch()
    (inner / "models.toml").touch()

    assert project_directory(str(inner / "src")) == str(inner)
    assert project_directory(str(tmp_path / "services")) == str(tmp_path)


def test_a_manifest_farther_up_wins_over_a_lock_alone(tmp_path: Path) -> None:
    inner = tmp_path / "inner"
    inner.mkdir()
    (tmp_path / "models.toml").touch()
    (inner / "models.lock").touch()

    assert project_directory(str(inner)) == str(tmp_path)


def test_a_lock_alone_makes_a_project(tmp_path: Path) -> None:
    (tmp_path / "models.lock").touch()

    assert project_directory(str(tmp_path)) == str(tmp_path)


def test_there_may_be_no_project(tmp_path: Path) -> None:
    assert project_directory(str(tmp_path)) is None


@pytest.mark.parametrize(
    ("environ", "platform", "expected"),
    [
        ({"XDG_CACHE_HOME": "/cache"}, "linux", "/cache/modellock"),
        ({"XDG_CACHE_HOME": "/cache"}, "darwin", "/cache/modellock"),
        ({"XDG_CACHE_HOME": "relative"}, "linux", "/home/ada/.cache/modellock"),
        ({}, "linux", "/home/ada/.cache/modellock"),
        ({}, "darwin", "/home/ada/Library/Caches/modellock"),
        ({"LOCALAPPDATA": "/local"}, "win32", "/local/modellock/cache"),
        ({}, "win32", "/home/ada/AppData/Local/modellock/cache"),
    ],
)
def test_the_store_lies_in_the_cache_folder_of_the_platform(
    environ: dict[str, str],
    platform: str,
    expected: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HOME", "/home/ada")

    assert store_directory(environ, platform) == expected


def test_without_a_home_directory_the_store_must_be_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def nobody(uid: int) -> pwd.struct_passwd:
        raise KeyError(uid)

    monkeypatch.delenv("HOME", raising=False)
    monkeypatch.setattr(pwd, "getpwuid", nobody)

    with pytest.raises(UsageError) as caught:
        store_directory({}, "linux")

    assert caught.value.hint == "name a directory with `--store DIR` or MODELLOCK_STORE"
    assert not os.path.exists("~")
