"""A plan applied twice is a plan applied once."""

from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st

from modellock.decisions.plan import WRITES, Action, Found, Plan, Shows
from modellock.decisions.planning import Foreign, WantedFile, WantedModel, leaving, plan_sync
from modellock.documents.state import PendingFile, PlacedFile, Target
from modellock.values.digest import Digest, sha256_of_bytes

CONTENTS = st.sampled_from([b"one", b"two", b"six"])
NAMES = st.sampled_from(["a", "b", "c", "d/e", "d/f"])
MODELS = st.sampled_from(["first", "second"])


@dataclass
class Disk:
    """Files in memory: content and inode by path."""

    files: dict[str, tuple[bytes, int]]
    target: Target
    wanted: list[WantedModel]
    inodes: int = field(default=1000)

    def found(self) -> dict[str, Found]:
        paths = {file.path for model in self.wanted for file in model.files}
        paths.update(path for path, _ in leaving(self.target, None))
        return {path: self._found(path) for path in paths}

    def _found(self, path: str) -> Found:
        if path not in self.files:
            return Found(Shows.NOTHING)
        content, inode = self.files[path]
        return Found(Shows.FILE, len(content), 1, inode, sha256_of_bytes(content), 1)

    def plan(self, foreign: Foreign) -> Plan:
        return plan_sync(self.wanted, self.target, self.found(), foreign=foreign)

    def apply(self, plan: Plan) -> None:
        noted: dict[str, PlacedFile] = dict(self.target.files)
        for model in plan.models:
            for step in model.steps:
                noted.pop(step.path, None)
                if step.action in WRITES:
                    if step.action is Action.SET_ASIDE:
                        self.files[f"{step.path}.edited"] = self.files[step.path]
                    self.inodes += 1
                    self.files[step.path] = (self._bytes_of(step.digest), self.inodes)
                elif step.action is Action.WITHDRAW:
                    del self.files[step.path]
                if step.digest is not None and step.action is not Action.OBSTRUCTED:
                    inode = self.files[step.path][1]
                    noted[step.path] = PlacedFile(model.name, step.digest, step.size, 1, inode, 1)
        self.target = Target(noted)

    def _bytes_of(self, digest: Digest | None) -> bytes:
        return next(one for one in (b"one", b"two", b"six") if sha256_of_bytes(one) == digest)


@st.composite
def disks(draw: st.DrawFn) -> Disk:
    wanted = [
        WantedModel(
            name=model,
            directory=f"models/{model}",
            files=tuple(
                WantedFile(f"models/{model}/{name}", sha256_of_bytes(content), len(content))
                for name, content in draw(st.dictionaries(NAMES, CONTENTS)).items()
            ),
        )
        for model in draw(st.lists(MODELS, unique=True))
    ]
    paths = st.tuples(MODELS, NAMES).map(lambda pair: f"models/{pair[0]}/{pair[1]}")
    inodes = st.integers(1, 4)
    noted = st.builds(
        PlacedFile,
        MODELS,
        CONTENTS.map(sha256_of_bytes),
        st.just(3),
        st.just(1),
        inodes,
        st.just(1),
    )
    pending = st.builds(PendingFile, MODELS, CONTENTS.map(sha256_of_bytes), st.just(3))
    return Disk(
        files=draw(st.dictionaries(paths, st.tuples(CONTENTS, inodes))),
        target=Target(draw(st.dictionaries(paths, noted)), draw(st.dictionaries(paths, pending))),
        wanted=wanted,
    )


@given(disks())
def test_a_plan_that_was_applied_leaves_nothing_to_do(disk: Disk) -> None:
    disk.apply(disk.plan(Foreign.REPLACE))

    assert disk.plan(Foreign.REPLACE).is_done()


@given(disks())
def test_what_is_in_the_way_is_all_that_a_second_plan_has_left(disk: Disk) -> None:
    disk.apply(disk.plan(Foreign.KEEP))

    again = disk.plan(Foreign.KEEP)
    left = {step.action for model in again.models for step in model.steps}
    assert left <= {Action.IN_PLACE, Action.OBSTRUCTED, Action.LEAVE}


@given(disks())
def test_a_file_that_is_not_ours_keeps_its_bytes(disk: Disk) -> None:
    known = {*disk.target.files, *disk.target.pending}
    foreign = {path: content for path, (content, _) in disk.files.items() if path not in known}

    disk.apply(disk.plan(Foreign.KEEP))

    assert {path: disk.files[path][0] for path in foreign} == foreign


@given(disks())
def test_after_a_plan_each_wanted_path_shows_what_is_locked(disk: Disk) -> None:
    disk.apply(disk.plan(Foreign.REPLACE))

    for model in disk.wanted:
        for file in model.files:
            assert sha256_of_bytes(disk.files[file.path][0]) == file.digest
