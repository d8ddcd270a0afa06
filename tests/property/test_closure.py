"""The closure of a lock depends on what is referred to, and on no order of anything."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from random import Random

from hypothesis import given, reject
from hypothesis import strategies as st

from modellock.decisions.closure import Pull, Walk
from modellock.decisions.closure_earlier import Earlier
from modellock.decisions.closure_needs import Need
from modellock.decisions.references import Reference, Role
from modellock.documents.lockfile import LockedFile, LockedModel, tree_of
from modellock.documents.offers import OfferedFile, Snapshot
from modellock.documents.project_settings import Layout
from modellock.errors import ClosureConflictError
from modellock.values.digest import Digest
from modellock.values.origins import Kind

REPOSITORIES = ("acme/a", "acme/b", "acme/c", "gpt2")
FILES = ("config.json", "modeling.py", "model.safetensors", "vae/config.json", "vae/w.safetensors")
DIGEST = Digest("sha256", "ab" * 32)


@dataclass(frozen=True)
class Universe:
    """Which commit each revision of a repository is, and what each commit refers to."""

    commits: dict[tuple[str, str], str]
    references: dict[str, tuple[Reference, ...]]


@st.composite
def references(draw: st.DrawFn) -> Reference:
    role = draw(st.sampled_from(Role))
    return Reference(
        repository=draw(st.sampled_from(REPOSITORIES)),
        role=role,
        path="config.json",
        revision=draw(st.sampled_from(["main", "v1"])) if role is not Role.CODE else "main",
        subfolder=draw(st.sampled_from(["", "vae"])) if role is Role.COMPONENT else "",
    )


@st.composite
def universes(draw: st.DrawFn) -> Universe:
    commits, said = {}, {}
    for number, repository in enumerate(REPOSITORIES):
        ids = [f"{number}{which}" * 20 for which in (1, 2)]
        commits[repository, "main"] = ids[0]
        commits[repository, "v1"] = draw(st.sampled_from(ids))
        for commit in ids:
            said[commit] = tuple(draw(st.lists(references(), max_size=3)))
    return Universe(commits, said)


@st.composite
def declared_models(draw: st.DrawFn) -> dict[str, LockedModel]:
    names = draw(st.lists(st.sampled_from(["x", "y", "z"]), unique=True, min_size=1))
    serving = {"b": model_of("acme/b", "11" * 20, name="b")} if draw(st.booleans()) else {}
    return serving | {
        name: model_of(
            f"own/{name}",
            f"{position}d" * 20,
            name=name,
            groups=tuple(draw(st.lists(st.sampled_from(["g", "h"]), unique=True, max_size=2))),
            marker=draw(st.sampled_from([None, "os_name == 'nt'", "os_name == 'posix'"])),
        )
        for position, name in enumerate(names)
    }


def model_of(
    repository: str, commit: str, paths: tuple[str, ...] = FILES, **known: object
) -> LockedModel:
    files = tuple(LockedFile(path, 1, DIGEST) for path in sorted(paths))
    model = LockedModel(
        name=repository,
        kind=Kind.HUB,
        origin=repository,
        commit=commit,
        size=len(files),
        tree=tree_of(files),
        files=files,
    )
    return replace(model, **known)  # type: ignore[arg-type]


@dataclass(frozen=True)
class Guide:
    """Answers one question of a walk at a time, in an order that chance decides."""

    walk: Walk
    universe: Universe
    said: dict[str, tuple[Reference, ...]]

    def lead(self, random: Random) -> dict[str, LockedModel]:
        while tasks := self._tasks():
            random.choice(tasks)()
        return self.walk.finish()

    def _tasks(self) -> list[Callable[[], None]]:
        return [
            *(partial(self._read, model) for model in self.walk.unread()),
            *(partial(self._answer, need) for need in self.walk.questions()),
            *(partial(self._draft, pull) for pull in self.walk.undrafted()),
        ]

    def _read(self, model: LockedModel) -> None:
        found = self.universe.references.get(model.commit or "", ())
        self.walk.read(model, self.said.get(model.name, found))

    def _answer(self, need: Need) -> None:
        repository = need.place.repository
        files = tuple(OfferedFile(path=path, size=1, sha256=DIGEST) for path in FILES)
        commit = self.universe.commits[repository, need.revision]
        self.walk.answer(need, Snapshot(files=files, name=repository, commit=commit))

    def _draft(self, pull: Pull) -> None:
        commit = pull.snapshot.commit or ""
        model = model_of(pull.need.place.repository, commit, tuple(pull.paths))
        revision = pull.need.revision
        self.walk.draft(pull, replace(model, revision=revision, layout=Layout.HF_CACHE))


def closure_of(
    declared: dict[str, LockedModel],
    universe: Universe,
    said: dict[str, tuple[Reference, ...]],
    random: Random,
    before: dict[str, LockedModel] | None = None,
) -> dict[str, LockedModel]:
    fresh = [name for name in declared if before is None or name not in before]
    earlier = Earlier(before or {}, declared, fresh=fresh)
    try:
        return Guide(Walk(declared.values(), earlier), universe, said).lead(random)
    except ClosureConflictError:
        reject()


said_by = st.fixed_dictionaries(
    {name: st.lists(references(), max_size=3).map(tuple) for name in ("x", "y", "z")}
)


@given(declared_models(), universes(), said_by, st.randoms(), st.randoms())
def test_neither_the_order_of_replies_nor_of_models_counts(
    declared: dict[str, LockedModel],
    universe: Universe,
    said: dict[str, tuple[Reference, ...]],
    one: Random,
    other: Random,
) -> None:
    first = closure_of(declared, universe, said, one)
    second = closure_of(dict(reversed(declared.items())), universe, said, other)

    assert first == second
    assert list(first) == sorted(first)


@given(declared_models(), universes(), said_by, st.randoms())
def test_a_closure_that_is_locked_needs_no_answer(
    declared: dict[str, LockedModel],
    universe: Universe,
    said: dict[str, tuple[Reference, ...]],
    random: Random,
) -> None:
    locked = closure_of(declared, universe, said, random)
    kept = {name: model for name, model in locked.items() if model.is_declared}

    walk = Walk(kept.values(), Earlier(locked, kept, fresh=()))

    assert (walk.unread(), walk.questions(), walk.undrafted()) == ([], [], [])
    assert walk.finish() == locked


@given(declared_models(), universes(), said_by, st.randoms(), st.sampled_from(["b", "x", "y"]))
def test_a_model_that_comes_and_goes_leaves_nothing_behind(
    declared: dict[str, LockedModel],
    universe: Universe,
    said: dict[str, tuple[Reference, ...]],
    random: Random,
    name: str,
) -> None:
    without = {other: model for other, model in declared.items() if other != name}
    before = closure_of(without, universe, said, random)

    with_it = closure_of(declared, universe, said, random, before)
    after = closure_of(without, universe, said, random, with_it)

    assert with_it == closure_of(declared, universe, said, random)
    assert after == before
