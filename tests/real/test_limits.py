"""A server that grants so many requests a second, or connections at once: nginx counts them."""

import hashlib
import shutil
from collections import Counter
from pathlib import Path

import pytest

from tests.nginx import nginx
from tests.real.command import modellock
from tests.real.programs import program

pytestmark = pytest.mark.real

FILES = {f"{number}.bin": f"weights {number}".encode() for number in range(150)}


@pytest.mark.parametrize(
    ("around", "directives"),
    [
        ("limit_req_zone $binary_remote_addr zone=z:1m rate=50r/s;", "limit_req zone=z;"),
        (
            "limit_req_zone $binary_remote_addr zone=z:1m rate=50r/s;",
            "limit_req zone=z burst=20 nodelay;",
        ),
        ("limit_conn_zone $binary_remote_addr zone=z:1m;", "limit_conn z 4;"),
    ],
    ids=["rate", "rate with a burst", "connections"],
)
def test_all_files_arrive_and_few_requests_are_refused_after_the_first(
    tmp_path: Path, around: str, directives: str
) -> None:
    program("nginx")
    served, project, work = (tmp_path / name for name in ("served", "project", "work"))
    for folder in (served, project):
        folder.mkdir()
    with nginx(str(served), str(tmp_path / "all")) as url:
        declare(project, served, url)
    directives += "limit_req_status 429; limit_conn_status 429;"
    with nginx(str(served), str(work), directives=directives, around=around) as limited:
        for name in ("models.toml", "models.lock"):
            text = (project / name).read_text()
            (project / name).write_text(text.replace(url, limited))

        modellock("sync", folder=project)

    placed = {path.name: path.read_bytes() for path in project.glob("models/*/*.bin")}
    assert placed == FILES
    lines = (work / "access.log").read_text().splitlines()
    statuses = Counter(line.split()[8] for line in lines)
    assert statuses["200"] == len(FILES)
    # Of the first burst nearly all are, before anybody knows that there is a limit.
    assert statuses["429"] < len(FILES) * 1.5


def declare(project: Path, served: Path, url: str) -> None:
    """One model for each file, locked; the store is empty."""
    tables = []
    for name, content in FILES.items():
        (served / name).write_bytes(content)
        origin = f'url = "{url}/{name}"\nsha256 = "{hashlib.sha256(content).hexdigest()}"\n'
        tables.append(f"[models.m{name.partition('.')[0]}]\n{origin}")
    (project / "models.toml").write_text("\n".join(tables))
    modellock("lock", folder=project)
    shutil.rmtree(project / ".cache")
