"""Back to an earlier lock, and forward again: with no request, since the store has the bytes."""

import shutil
import subprocess
from pathlib import Path

import pytest

from modellock.ports.reporting import Reporter
from modellock.testing import demo_upstream_change
from modellock.verbs.sync import sync
from tests.cli.command import Command, Ended
from tests.cli.world import MINILM, settled, upstream
from tests.integration.workspace import Workspace

pytestmark = pytest.mark.slow

ZETA = '[models.zeta]\nhub = "acme/detector"\nrevision = "v1.0"\n'
MORE = '[models.more]\nhub = "acme/detector"\nrevision = "v1.0"\n'


class Rolled:
    """A project whose services are gone."""

    def __init__(self, workspace: Workspace, endpoint: str) -> None:
        self.folder = workspace.directory
        self.store = workspace.store
        self._command = Command(self.folder, workspace.root)
        self._variables = {
            "HF_ENDPOINT": endpoint,
            "MODELLOCK_STORE": str(workspace.store),
        }

    def run(self, *words: str, folder: Path | None = None) -> Ended:
        command = Command(folder or self.folder, self._command.home)
        return command.run(*words, **self._variables)

    def declare(self, text: str) -> None:
        (self.folder / "models.toml").write_text(text, encoding="utf-8")

    def bytes_of(self, path: str) -> bytes:
        return (self.folder / path).read_bytes()

    def files(self, directory: str = "models") -> dict[str, bytes]:
        root = self.folder / directory
        paths = (path for path in root.rglob("*") if path.is_file())
        return {str(path.relative_to(root)): path.read_bytes() for path in paths}


@pytest.fixture
def rolled(tmp_path: Path) -> Rolled:
    """Locked and synced twice; `old.lock` and the directory `before` hold the first time."""
    with upstream() as services:
        workspace = Workspace(tmp_path, services.hub, services.github)
        folder, endpoint = workspace.directory, services.hub.url
        workspace.write(MINILM + ZETA)
        workspace.lock()
        sync(workspace.project, workspace.settings, Reporter())
        shutil.copy(folder / "models.lock", folder / "old.lock")
        shutil.copytree(folder / "models", folder / "before")
        demo_upstream_change(services.hub)
        workspace.write(MINILM + MORE)
        workspace.lock(update_all=True)
        sync(workspace.project, workspace.settings, Reporter())
    shutil.copytree(folder / "models", folder / "after")
    return Rolled(workspace, endpoint)


def test_an_earlier_lock_shows_what_it_showed_without_a_request(rolled: Rolled) -> None:
    ended = rolled.run("sync", "--lock", "old.lock")

    assert ended.code == 0
    assert settled(ended.stdout) == (
        "~ minilm  2 files replaced (2.4 kB)\n"
        "+ zeta    2 files placed (2.3 kB)\n"
        "- more    2 files withdrawn (2.3 kB)\n"
        "Synced 2 models, 9 files (5.5 kB) in TIME; nothing to fetch\n"
    )
    assert rolled.files() == rolled.files("before")


def test_a_second_time_there_is_nothing_to_do(rolled: Rolled) -> None:
    rolled.run("sync", "--lock", "old.lock")

    ended = rolled.run("sync", "--lock", "old.lock")

    assert settled(ended.stdout).startswith("Checked 2 models, 9 files")


def test_a_plain_sync_goes_forward_again_without_a_request(rolled: Rolled) -> None:
    rolled.run("sync", "--lock", "old.lock")

    ended = rolled.run("sync")

    assert ended.code == 0
    assert "nothing to fetch" in ended.stdout
    assert rolled.files() == rolled.files("after")


def test_a_reverted_commit_goes_back_without_a_request(rolled: Rolled) -> None:
    def git(*words: str) -> None:
        identity = ["-c", "user.name=Ada", "-c", "user.email=ada@corp.example"]
        subprocess.run(["git", *identity, *words], cwd=rolled.folder, check=True)

    now = (rolled.folder / "models.lock").read_bytes()
    manifest = (rolled.folder / "models.toml").read_bytes()
    git("init", "--quiet")
    shutil.copy(rolled.folder / "old.lock", rolled.folder / "models.lock")
    rolled.declare(MINILM + ZETA)
    git("add", "models.toml", "models.lock")
    git("commit", "--quiet", "-m", "one")
    (rolled.folder / "models.lock").write_bytes(now)
    (rolled.folder / "models.toml").write_bytes(manifest)
    git("commit", "--quiet", "-a", "-m", "two")

    git("revert", "--no-edit", "HEAD")
    ended = rolled.run("sync")

    assert ended.code == 0, ended.stderr
    assert rolled.files() == rolled.files("before")
    assert rolled.run("status").code == 0


def test_one_model_may_go_back_alone(rolled: Rolled) -> None:
    ended = rolled.run("sync", "--lock", "old.lock", "--model", "minilm")

    assert ended.code == 0, ended.stderr
    assert rolled.bytes_of("models/minilm/model.safetensors") == rolled.bytes_of(
        "before/minilm/model.safetensors"
    )
    assert rolled.files().keys() == rolled.files("after").keys()


def test_a_tree_for_elsewhere_is_made_from_an_earlier_lock(rolled: Rolled) -> None:
    ended = rolled.run("sync", "--lock", "old.lock", "--frozen", "--to", "image")

    assert ended.code == 0, ended.stderr
    assert rolled.files("image") == rolled.files("before")
    assert rolled.files() == rolled.files("after")


@pytest.mark.parametrize("frozen", [(), ("--frozen",), ("--locked",)])
def test_models_toml_has_no_say_in_an_earlier_lock(frozen: tuple[str, ...], rolled: Rolled) -> None:
    rolled.declare("not TOML")

    ended = rolled.run("sync", "--lock", "old.lock", *frozen)

    assert ended.code == 0, ended.stderr
    assert rolled.files() == rolled.files("before")


def test_a_relative_lock_is_looked_for_where_directory_says(rolled: Rolled, tmp_path: Path) -> None:
    ended = rolled.run("--directory", "project", "sync", "--lock", "old.lock", folder=tmp_path)

    assert ended.code == 0, ended.stderr
    assert rolled.files() == rolled.files("before")


def test_a_lock_may_lie_outside_of_the_project_and_be_gone_later(
    rolled: Rolled, tmp_path: Path
) -> None:
    outside = tmp_path / "rollback.lock"
    (rolled.folder / "old.lock").rename(outside)

    assert rolled.run("sync", "--lock", str(outside)).code == 0
    outside.unlink()

    assert rolled.files() == rolled.files("before")
    assert rolled.run("sync", "--lock", str(outside)).stderr.startswith(
        f"error: {outside}: not found\n"
    )
    assert rolled.run("sync").code == 0
    assert rolled.files() == rolled.files("after")


def test_the_store_notes_whom_the_earlier_blobs_serve(rolled: Rolled) -> None:
    rolled.run("sync", "--lock", "old.lock")

    roots = (rolled.store / "v1/roots").iterdir()
    locks = sorted(path.read_text().split('"lock": "')[1].split('"')[0] for path in roots)
    assert locks == [str(rolled.folder / "models.lock"), str(rolled.folder / "old.lock")]


def test_other_commands_go_by_models_lock_and_lead_back_to_it(rolled: Rolled) -> None:
    rolled.run("sync", "--lock", "old.lock")

    status, verified = rolled.run("status"), rolled.run("verify")
    check = rolled.run("sync", "--check")

    assert (status.code, verified.code, check.code) == (1, 1, 1)
    assert "1 missing, 1 old, 1 surplus; run `modellock sync`" in status.stdout


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ("size = ", "syze = ", "is not a key"),
        ("[models.minilm]", "<<<<<<< HEAD\n[models.minilm]", "conflict markers"),
    ],
    ids=["edited", "markers"],
)
def test_an_earlier_lock_that_cannot_be_used_is_named(
    rolled: Rolled, before: str, after: str, words: str
) -> None:
    lock = rolled.folder / "old.lock"
    lock.write_text(lock.read_text().replace(before, after, 1))

    ended = rolled.run("sync", "--lock", "old.lock")

    assert ended.code == 2
    assert ended.stderr.startswith(f"error: {lock}:")
    assert words in ended.stderr
    assert (
        f"\nhint: take it out of the history again: `git show REVISION:models.lock > {lock}`"
        in (ended.stderr)
    )
    assert rolled.files() == rolled.files("after")
