"""What is loaded follows the lock, and nobody loads half of one version and half of another."""

import json
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from modellock.testing import EmbeddedHub
from tests.consumers.project import Project, contents
from tests.consumers.sandbox import answer_of
from tests.real.programs import program

pytestmark = pytest.mark.consumers

NAME = "acme/moving"
MANIFEST = f'[models.moving]\nhub = "{NAME}"\nlayout = "hf-cache"\n'


@pytest.fixture
def marks() -> Iterator[Path]:
    """A folder in which a reader that may write nothing else says how far it is."""
    path = Path(tempfile.mkdtemp(prefix="modellock-consumers-"))
    path.chmod(0o777)
    yield path
    shutil.rmtree(path)


@pytest.fixture
def project(hub: EmbeddedHub, models: Path, folder: Path) -> Project:
    """Locked once with version 1 and once with version 2, and both synced, the first one last."""
    project = Project(folder / str(time.time_ns()), hub, MANIFEST)
    hub.publish(NAME, contents(models / "whole-1"))
    project.lock()
    project.keep_lock("1.lock")
    hub.publish(NAME, contents(models / "whole-2"))
    project.run("update", "moving")
    project.keep_lock("2.lock")
    project.sync()
    project.sync_to("1.lock")
    return project


def test_a_moved_revision_changes_what_is_loaded_and_leaves_no_stale_file(
    project: Project,
) -> None:
    before = loaded(project)

    project.sync()

    commit = snapshot(project)
    files = {path.relative_to(project.cache).as_posix() for path in placed(project)}
    assert (before["model"], before["tokenizer"]) == ([1, 1, 1], [1, 1, 1])
    assert loaded(project)["pipeline"] == [2] * 6
    assert all(commit in path or path.endswith("refs/main") for path in files)
    assert (project.cache / "models--acme--moving/refs/main").read_text() == commit


def test_an_older_lock_brings_the_older_model_back_without_a_request(
    hub: EmbeddedHub, project: Project
) -> None:
    project.sync()
    hub.requests.clear()

    project.sync_to("1.lock")

    assert loaded(project)["pipeline"] == [1] * 6
    assert len(hub.requests) == 0


def test_no_reader_sees_a_mixed_model_while_sync_switches_a_hundred_times(
    project: Project, marks: Path
) -> None:
    counts = read_during_switches(project, marks, switches=100, loads=100, python=sys.executable)

    outcomes = {outcome for kind in counts.values() for outcome in kind}
    assert outcomes <= {"whole", "failed"}
    assert all(kind.get("failed", 0) < kind["whole"] / 10 for kind in counts.values())
    assert snapshot(project)
    project.run("sync", "--check", "--to", str(project.tree))


def test_an_old_reader_never_sees_weights_with_the_configuration_of_another_version(
    project: Project, marks: Path
) -> None:
    """transformers 4 asks what `main` is once more for the generation's configuration.

    So whoever moves `main` meanwhile, here or on the Hub, gives it one of another version.
    """
    python = program("python", venv=".venv-client-0")

    counts = read_during_switches(project, marks, switches=30, loads=0, python=python)

    parts = [outcome.split() for outcome in counts["model"] if outcome not in ("whole", "failed")]
    assert all(config == weights for config, weights, _ in parts)
    assert counts["tokenizer"].keys() <= {"whole", "failed"}


def loaded(project: Project) -> dict[str, Any]:
    """What transformers loads by the bare id."""
    asked = json.dumps([[NAME, None]])
    (answer,) = answer_of("transformers_loads.py", asked, tree=project.tree, **project.variables)
    return dict(answer)


def read_during_switches(
    project: Project, marks: Path, *, switches: int, loads: int, python: str
) -> dict[str, dict[str, int]]:
    """What a reader counts that loads all the time while the tree is switched to and fro.

    Goes on until there were so many switches, and so many loads of each kind; the last is to 2.
    """
    with ThreadPoolExecutor() as threads:
        reader = threads.submit(
            answer_of,
            "reader.py",
            NAME,
            str(marks),
            str(loads),
            tree=project.tree,
            python=python,
            **project.variables,
        )
        try:
            while not (marks / "begun").exists() and not reader.done():
                time.sleep(0.1)
            for number in count():
                is_last = number % 2 == 0 and number >= switches
                if is_last and ((marks / "enough").exists() or reader.done()):
                    break
                project.switch_to("12"[number % 2] + ".lock")
        finally:
            (marks / "end").touch()
        counts: dict[str, dict[str, int]] = reader.result()
    return counts


def snapshot(project: Project) -> str:
    """The one commit that the cache has."""
    (path,) = (project.cache / "models--acme--moving" / "snapshots").iterdir()
    return path.name


def placed(project: Project) -> list[Path]:
    return [path for path in project.cache.rglob("*") if path.is_file()]
