"""Files of a web server that is not ours: locked on first use, synced, refused when they change."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.nginx import nginx
from tests.real.command import modellock
from tests.real.programs import program

pytestmark = pytest.mark.real

CONTENT = bytes(range(256)) * 40_000


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("served")


@pytest.fixture(scope="module")
def url(served: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    program("nginx")
    with nginx(str(served), str(tmp_path_factory.mktemp("nginx"))) as url:
        yield url


@pytest.fixture
def project(tmp_path: Path, served: Path, url: str) -> Path:
    """Locked, and its store lost, so that a sync has to fetch."""
    (served / "pose.task").write_bytes(CONTENT)
    (tmp_path / "models.toml").write_text(f'[models.pose]\nurl = "{url}/pose.task"\n')
    modellock("lock", folder=tmp_path)
    (tmp_path / ".cache").rename(tmp_path / "lost")
    return tmp_path


def test_a_file_is_locked_on_first_use_and_fetched_again_by_its_hash(project: Path) -> None:
    modellock("sync", folder=project)

    lock = (project / "models.lock").read_text()
    assert 'trust = "first-use"' in lock
    assert hashlib.sha256(CONTENT).hexdigest() in lock
    assert (project / "models" / "pose" / "pose.task").read_bytes() == CONTENT


def test_a_file_that_changed_is_refused_by_its_hash(project: Path, served: Path) -> None:
    (served / "pose.task").write_bytes(CONTENT[::-1])

    refused = modellock("sync", folder=project, code=4)

    expected, received = (hashlib.sha256(c).hexdigest() for c in (CONTENT, CONTENT[::-1]))
    assert f"expected sha256:{expected}, received sha256:{received}" in refused.stderr
    assert not (project / "models" / "pose").exists()


def test_a_file_of_another_size_is_refused(project: Path, served: Path) -> None:
    (served / "pose.task").write_bytes(CONTENT + b"!")

    refused = modellock("sync", folder=project, code=4)

    assert "pose/pose.task: expected" in refused.stderr
    assert not (project / "models" / "pose").exists()


def test_a_file_that_is_gone_may_come_back(project: Path, served: Path) -> None:
    (served / "pose.task").unlink()

    modellock("sync", folder=project, code=3)
    assert not (project / "models" / "pose").exists()
    (served / "pose.task").write_bytes(CONTENT)
    modellock("sync", folder=project)

    assert (project / "models" / "pose" / "pose.task").read_bytes() == CONTENT
