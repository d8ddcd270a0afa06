"""Two names swapped in one step, or a clear no."""

import sys
from pathlib import Path

import pytest

from modellock.shell.exchange import exchange
from tests.integration.filesystems import as_root, mounted, overlay

linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux is asked to exchange")


@pytest.fixture
def pair(tmp_path: Path) -> tuple[Path, Path]:
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
        (tmp_path / name / name).touch()
    return tmp_path / "one", tmp_path / "other"


@linux
def test_two_directories_change_places(pair: tuple[Path, Path]) -> None:
    one, other = pair

    assert exchange(str(one), str(other))

    assert (one / "other").exists()
    assert (other / "one").exists()


@linux
@as_root
def test_a_directory_of_a_lower_layer_cannot_be_exchanged(tmp_path: Path) -> None:
    (tmp_path / "lower" / "old").mkdir(parents=True)
    with overlay(tmp_path / "overlay", tmp_path / "lower") as merged:
        (merged / "new").mkdir()

        assert not exchange(str(merged / "old"), str(merged / "new"))


@linux
@as_root
def test_a_mount_point_cannot_be_exchanged(pair: tuple[Path, Path]) -> None:
    one, other = pair
    with mounted(one, "tmpfs", "size=1m"):
        assert not exchange(str(one), str(other))


@linux
def test_a_missing_name_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        exchange(str(tmp_path / "one"), str(tmp_path / "other"))
