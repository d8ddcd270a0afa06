"""Containers that look alike from within: one host name, one project path, one store."""

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from modellock.decisions.collection import Bounds, Standing
from modellock.ports.reporting import Reporter
from modellock.ports.settings import Settings
from modellock.shell.store_roots import read_roots
from modellock.verbs.collecting import collect_garbage
from tests.integration.filesystems import as_root, mounted
from tests.integration.local_project import LocalProject

pytestmark = as_root


@contextmanager
def container(mine: Path, root: Path) -> Iterator[Path]:
    """The project of a container: a directory of the one disk there is, below a root of its own."""
    mine.mkdir()
    with mounted(root, "tmpfs", "size=1m"):
        where = root / "app"
        where.mkdir()
        subprocess.run(["mount", "--bind", str(mine), str(where)], check=True)
        try:
            yield where
        finally:
            subprocess.run(["umount", str(where)], check=True)


def test_of_two_with_the_same_path_neither_collects_what_the_other_uses(tmp_path: Path) -> None:
    store = tmp_path / "store"
    with container(tmp_path / "one", tmp_path / "root") as app:
        LocalProject(app, store=store).put("m", {"w.bin": "weights one"})
    with container(tmp_path / "two", tmp_path / "root") as app:
        LocalProject(app, store=store).put("m", {"w.bin": "weights two"})

        later = time.time() + 7_200
        found = [file.root.standing for file in read_roots(str(store), later)]
        result = collect_garbage(Settings(store=str(store)), Reporter(), Bounds(), now=later)

    assert sorted(found) == [Standing.ELSEWHERE, Standing.HERE]
    assert result.blobs == ()
    assert result.roots == ()
    assert result.roots_left == 2
