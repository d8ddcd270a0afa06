"""Repositories as they are referred to, and who does."""

from dataclasses import dataclass

from modellock.decisions.references import Reference
from modellock.documents.lockfile import LockedModel
from modellock.values.origins import DEFAULT_REVISION, Kind

Id = str
"""Of a model while keys are still open: a declared one's name, else its repository and commit."""


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A repository of models on a Hub."""

    source: str
    """The name of a `[sources]` table; empty for the default Hub."""

    repository: str


@dataclass(frozen=True, slots=True, order=True)
class Need:
    """One revision of a repository, as it is referred to."""

    place: Place
    revision: str

    @property
    def is_bound(self) -> bool:
        """Whether it names a revision; `main` is what loaders take where nothing is named."""
        return self.revision != DEFAULT_REVISION

    def __str__(self) -> str:
        at = f" at {self.revision}" if self.is_bound else ""
        return f"{self.place.repository}{at}"


@dataclass(frozen=True, slots=True, order=True)
class Mention:
    """A reference, and the model that has it."""

    model: Id
    reference: Reference


def id_of(model: LockedModel) -> Id:
    """The id of a locked model; never one of a declared model for another's repository."""
    if model.is_declared:
        return model.name
    return id_at(place_of(model), model.commit or "")


def id_at(place: Place, commit: str) -> Id:
    """The id of a repository at a commit."""
    source = f"{place.source}:" if place.source else ""
    return f"{source}{place.repository}@{commit}"


def place_of(model: LockedModel) -> Place:
    """The repository of a Hub model."""
    return Place(model.source or "", model.origin)


def follows(model: LockedModel) -> bool:
    """Whether a model's references are followed."""
    return is_hub_model(model) and model.closure


def is_hub_model(model: LockedModel) -> bool:
    """Whether loaders of models could ask for this repository."""
    return model.kind is Kind.HUB and model.type == "model"
