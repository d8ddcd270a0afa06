"""Projects that come, go, move and share a store, which is collected now and then."""

import shutil
import tempfile
import time
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from modellock.decisions.collection import Bounds
from modellock.ports.reporting import Reporter
from modellock.ports.settings import Settings
from modellock.shell.store import Store
from modellock.values.digest import Digest, sha256_of_bytes
from modellock.verbs.collecting import collect_garbage
from tests.integration.local_project import LocalProject

NAMES = ("one", "two")
DAY = 86_400
TEXTS = ("", "a", "b", "c" * 10)

contents = st.dictionaries(
    st.sampled_from(["config.json", "sub/weights.bin", "more.bin"]),
    st.sampled_from(TEXTS),
    min_size=1,
)
names = st.sampled_from(NAMES)


class StoreMachine(RuleBasedStateMachine):
    """What each project shall show, and what may be taken from the store."""

    def __init__(self) -> None:
        super().__init__()
        self.root = Path(tempfile.mkdtemp(prefix="modellock-"))
        self.store = self.root / "store"
        self.projects: dict[str, LocalProject] = {}
        self.shown: dict[str, dict[str, str]] = {}
        self.moves = 0

    def teardown(self) -> None:
        shutil.rmtree(self.root)

    @rule(name=names, files=contents)
    def publish_and_sync(self, name: str, files: dict[str, str]) -> None:
        if name not in self.projects:
            self.projects[name] = LocalProject(self.root / name, store=self.store)
        self.projects[name].put("minilm", files)
        self.shown[name] = files

    @precondition(lambda self: self.projects)
    @rule(data=st.data())
    def edit_and_sync(self, data: st.DataObject) -> None:
        """An edit through a hard link reaches the blob, and every project that shares it."""
        name = data.draw(st.sampled_from(sorted(self.projects)))
        path = data.draw(st.sampled_from(sorted(self.shown[name])))
        placed = self.projects[name].directory / "models/minilm" / path
        placed.chmod(0o644)
        placed.write_text("edited")
        for each in self.projects.values():
            each.sync()
            for aside in each.directory.rglob("*.edited*"):
                aside.unlink()

    @precondition(lambda self: self.projects)
    @rule(data=st.data())
    def delete_a_file_and_sync(self, data: st.DataObject) -> None:
        name = data.draw(st.sampled_from(sorted(self.projects)))
        path = data.draw(st.sampled_from(sorted(self.shown[name])))
        (self.projects[name].directory / "models/minilm" / path).unlink()
        self.projects[name].sync()

    @precondition(lambda self: self.projects)
    @rule(data=st.data())
    def delete_a_project(self, data: st.DataObject) -> None:
        name = data.draw(st.sampled_from(sorted(self.projects)))
        shutil.rmtree(self.projects.pop(name).root)
        del self.shown[name]

    @precondition(lambda self: self.projects)
    @rule(data=st.data())
    def move_a_project_and_sync(self, data: st.DataObject) -> None:
        """Its root says where it was; until it is synced, its own links keep its bytes."""
        name = data.draw(st.sampled_from(sorted(self.projects)))
        self.moves += 1
        moved = self.root / f"{name}-{self.moves}"
        shutil.move(self.projects[name].root, moved)
        self.projects[name] = LocalProject(moved, store=self.store)
        collect_garbage(self.settings, Reporter(), Bounds(), now=time.time() + DAY)
        self.projects[name].sync()

    @rule(days=st.sampled_from([0, 1, 100]))
    def collect(self, days: int) -> None:
        before, now = self.used_blobs(), time.time() + days * DAY

        collect_garbage(self.settings, Reporter(), Bounds(), now=now)

        again = collect_garbage(self.settings, Reporter(), Bounds(), now=now)
        assert self.used_blobs() == before
        assert (again.blobs, again.roots, again.freed) == ((), (), 0)

    @property
    def settings(self) -> Settings:
        return Settings(store=str(self.store))

    def used_blobs(self) -> set[Digest]:
        """Those that a project shows; the files of one that was moved may have no blob."""
        texts = (text for files in self.shown.values() for text in files.values())
        used = {sha256_of_bytes(text.encode()) for text in texts}
        return used.intersection(Store(str(self.store)).digests())

    @invariant()
    def every_project_shows_what_its_lock_says(self) -> None:
        for name, project in self.projects.items():
            assert project.shown("models/minilm") == self.shown[name]

    @invariant()
    def every_blob_is_right(self) -> None:
        store = Store(str(self.store))
        for digest in store.digests():
            assert sha256_of_bytes(Path(store.path_of(digest)).read_bytes()) == digest


StoreMachine.TestCase.settings = settings(max_examples=12, stateful_step_count=10, deadline=None)
TestStoreMachine = pytest.mark.slow(StoreMachine.TestCase)
