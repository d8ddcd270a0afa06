"""Lines that give each connection a share of what they have, made by nginx."""

import hashlib
import random
import shutil
from pathlib import Path

import pytest

from tests.nginx import nginx
from tests.real.command import modellock
from tests.real.programs import program

pytestmark = pytest.mark.real

RATE = 2 << 20
"""Bytes a second of each connection."""

SIZE = 48 * RATE
CONTENT = random.Random(1).randbytes(SIZE)  # noqa: S311 - bytes that differ from one another


def test_a_line_limited_for_each_connection_is_six_times_as_fast_over_eight(tmp_path: Path) -> None:
    program("nginx")
    served, project = tmp_path / "served", tmp_path / "project"
    served.mkdir()
    project.mkdir()
    (served / "w.bin").write_bytes(CONTENT)
    digest = hashlib.sha256(CONTENT).hexdigest()
    with nginx(str(served), str(tmp_path / "all")) as url:
        (project / "models.toml").write_text(
            f'[models.m]\nurl = "{url}/w.bin"\nsha256 = "{digest}"\n'
        )
        modellock("lock", folder=project)
        lock = (project / "models.lock").read_text()
    shutil.rmtree(project / ".cache")

    moments = tmp_path / "moments"
    around = "log_format moments '$msec $request_time';"
    directives = f"limit_rate {RATE}; access_log {moments} moments;"
    limited = str(tmp_path / "limited")
    with nginx(str(served), limited, directives=directives, around=around) as slow:
        (project / "models.lock").write_text(lock.replace(url, slow))
        manifest = (project / "models.toml").read_text()
        (project / "models.toml").write_text(manifest.replace(url, slow))
        modellock("sync", folder=project)

    assert (project / "models" / "m" / "w.bin").read_bytes() == CONTENT
    assert seconds_of(moments) < SIZE / RATE / 6


def seconds_of(moments: Path) -> float:
    """From the beginning of the first reply to the end of the last, as the server saw them."""
    replies = [tuple(map(float, line.split())) for line in moments.read_text().splitlines()]
    return max(end for end, _ in replies) - min(end - took for end, took in replies)
