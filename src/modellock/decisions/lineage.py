"""Who requires whom in a lock, and which locked files have given bytes: what is asked of it."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from modellock.decisions.wanted import directory_of, wanted_models
from modellock.documents.lockfile import Lock, LockedFile, LockedModel, placed_path
from modellock.errors import UnknownNameError
from modellock.values.digest import Digest
from modellock.values.wording import did_you_mean

LEAST_DIGITS = 8
"""Of a sha256 that is not written out."""

_HEX = frozenset("0123456789abcdef")


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch:
    """A model with what it requires."""

    model: LockedModel
    shared: int
    """Bytes of those of its files that another model of the lock has, too."""

    branches: tuple["Branch", ...] = ()
    is_cut: bool = False
    """Whether it requires more than is told here: told before, or too deep."""


@dataclass(frozen=True, slots=True)
class Holding:
    """A file of a lock."""

    model: LockedModel
    file: LockedFile


def branches_of(
    lock: Lock, names: Collection[str] = (), depth: int | None = None
) -> tuple[Branch, ...]:
    """The named models with what they require, or all that models.toml declares.

    `depth` counts levels, the first one is 1. What is told once is not told again further down.
    Raises UnknownNameError.
    """
    for name in names:
        if name not in lock.models:
            hint = did_you_mean(name, lock.models)
            raise UnknownNameError(f"{name!r} is not a model of models.lock", hint=hint)
    roots = names or [name for name, model in lock.models.items() if model.is_declared]
    grower = _Grower(lock, depth)
    return tuple(grower.branch(name, level=1) for name in dict.fromkeys(roots))


class _Grower:
    """Branches grow one after the other, and remember what grew before."""

    def __init__(self, lock: Lock, depth: int | None) -> None:
        self._models = lock.models
        self._depth = depth
        self._shared = _shared_digests(lock)
        self._required: dict[str, list[str]] = {}
        for name, model in lock.models.items():
            for requirer in model.required_by:
                self._required.setdefault(requirer, []).append(name)
        self._told: set[str] = set()

    def branch(self, name: str, *, level: int) -> Branch:
        model = self._models[name]
        required = self._required.get(name, [])
        is_cut = bool(required) and (name in self._told or level == self._depth)
        self._told.add(name)
        below = () if is_cut else (self.branch(other, level=level + 1) for other in required)
        return Branch(
            model=model,
            shared=sum(file.size for file in model.files if file.digest in self._shared),
            branches=tuple(below),
            is_cut=is_cut,
        )


def _shared_digests(lock: Lock) -> set[Digest]:
    seen: set[Digest] = set()
    shared: set[Digest] = set()
    for model in lock.models.values():
        own = {file.digest for file in model.files}
        shared |= own & seen
        seen |= own
    return shared


def models_of(branches: Iterable[Branch]) -> Mapping[str, LockedModel]:
    """The models that branches tell of, each once."""
    found: dict[str, LockedModel] = {}
    for branch in branches:
        found[branch.model.name] = branch.model
        found.update(models_of(branch.branches))
    return found


def distinct_size(models: Iterable[LockedModel]) -> int:
    """Bytes of all files, those that are the same counted once."""
    return sum({file.digest: file.size for model in models for file in model.files}.values())


def chains_to(lock: Lock, name: str) -> tuple[tuple[str, ...], ...]:
    """For each model of models.toml that leads to a model, the shortest way; shortest first."""
    chains: dict[str, tuple[str, ...]] = {name: (name,)}
    nearest_first = [name]
    for current in nearest_first:
        for requirer in lock.models[current].required_by:
            if requirer not in chains:
                chains[requirer] = (requirer, *chains[current])
                nearest_first.append(requirer)
    found = (chain for chain in chains.values() if len(chain) > 1)
    declared = (chain for chain in found if lock.models[chain[0]].is_declared)
    return tuple(sorted(declared, key=lambda chain: (len(chain), chain)))


def parse_sha256(text: str) -> str | None:
    """The digits of a sha256, of which at least 8 must be there; None where it is none."""
    digits = text.removeprefix("sha256:").lower()
    return digits if LEAST_DIGITS <= len(digits) <= 64 and _HEX.issuperset(digits) else None


def holdings_of(lock: Lock, digits: str) -> list[Holding]:
    """The locked files, and archives that are fetched for them, whose sha256 begins so."""
    return [
        Holding(model, file)
        for model in lock.models.values()
        for file in (*model.archives, *model.files)
        if file.digest.value.startswith(digits)
    ]


def placed_at(lock: Lock, path: str) -> LockedModel | Holding | None:
    """The model, or the locked file, that is placed at a path of the project.

    Of what a layout adds, such as the refs of a Hub's cache, it is the model.
    """
    for model in lock.models.values():
        directory = directory_of(model, lock.settings, below=False)
        if path == directory:
            return model
        for file in model.files:
            if path == f"{directory}/{placed_path(model, file)}":
                return Holding(model, file)
    return _added_at(lock, path)


def _added_at(lock: Lock, path: str) -> LockedModel | None:
    try:
        wanted = wanted_models(tuple(lock.models.values()), lock, below=False)
    except ValueError:
        # Models that meet: what would be where cannot be told, and no sync places them.
        return None
    for model in wanted:
        if path == model.cache or any(file.made and file.path == path for file in model.files):
            return lock.models[model.name]
    return None
