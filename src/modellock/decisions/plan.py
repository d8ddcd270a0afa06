"""What a sync would do, as a value that `status`, `--check` and `--dry-run` print."""

from dataclasses import dataclass
from enum import StrEnum

from modellock.values.digest import Digest
from modellock.values.paths import shared_directory


class Shows(StrEnum):
    """What a path shows."""

    NOTHING = "nothing"
    FILE = "file"
    LINK = "symbolic link"
    DIRECTORY = "directory"
    OTHER = "special file"
    BLOCKED = "file above it"
    """A directory on the way is something else."""


@dataclass(frozen=True, slots=True)
class Found:
    """A path as it was found."""

    shows: Shows
    size: int = 0
    """Bytes; like the next two of what a link leads to, where that is a file."""

    mtime_ns: int = 0
    inode: int = 0
    digest: Digest | None = None
    """Of a file whose bytes matter to the plan; None for one that is neither locked nor ours."""

    hashed_at: int = 0
    """When the digest was found, in seconds since the epoch."""

    ours: bool = False
    """A symbolic link into a store, whatever became of the blob."""

    tied: bool = False
    """Right, but tied to the store more closely than the link mode makes files."""

    claimed: bool = False
    """Used by others as if it were theirs, whoever wrote it."""


class Action(StrEnum):
    """What becomes of a path."""

    IN_PLACE = "in place"
    TAKE_OVER = "take over"
    """The right bytes, of which the state says nothing."""

    PLACE = "place"
    REPLACE = "replace"
    """Ours, of another version."""

    SET_ASIDE = "set aside"
    """Ours and edited: kept as `NAME.edited`."""

    OVERWRITE = "overwrite"
    """Not ours and given up on request; or made by a layout, edited, and not worth keeping."""

    OBSTRUCTED = "obstructed"
    WITHDRAW = "withdraw"
    LEAVE = "leave"
    """No longer locked, and edited or gone: nobody's business any more."""

    RELEASE = "release"
    """No longer locked, and left to others who may use it."""

    YIELD = "yield"
    """Somebody else's, which comes first."""


CHANGES = frozenset(
    [Action.PLACE, Action.REPLACE, Action.SET_ASIDE, Action.OVERWRITE, Action.WITHDRAW]
)
"""The actions that change what a path shows."""

WRITES = CHANGES - {Action.WITHDRAW}
"""The actions for which a blob is needed."""


@dataclass(frozen=True, slots=True)
class Step:
    """One path and what becomes of it."""

    path: str
    action: Action
    digest: Digest | None
    """What it shall show; None where it shall show nothing."""

    size: int
    """Bytes that it shall show, or that are withdrawn."""

    found: Found
    made: bool = False
    """Whether a layout added it to the locked files."""

    yields: bool = False
    """Whether it is left out where somebody else has the path."""


class Condition(StrEnum):
    """How a model stands."""

    PLACED = "placed"
    MISSING = "missing"
    OLD = "old"
    """Shows what an earlier lock said."""

    MIXED = "mixed"
    """Shows two versions: a switch was interrupted."""

    MODIFIED = "modified"
    """A file was edited, or one that is not ours is in the way."""

    SURPLUS = "surplus"
    """Placed and not wanted any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelPlan:
    """What becomes of one model's paths."""

    name: str
    directory: str | None
    """None for a model that is only withdrawn."""

    steps: tuple[Step, ...]
    mixed: bool = False
    cache: str | None = None
    """The repository's folder in a Hub's cache; None in layout plain."""

    @property
    def place(self) -> str:
        """The model's directory, or the one that all which is withdrawn of it lies in."""
        if self.directory is not None:
            return self.directory
        return shared_directory(step.path for step in self.steps)

    @property
    def shown(self) -> tuple[Step, ...]:
        """The steps whose paths shall show a locked file."""
        return tuple(step for step in self.steps if step.digest is not None and not step.made)

    def having(self, *actions: Action) -> tuple[Step, ...]:
        """The steps with one of these actions."""
        return tuple([step for step in self.steps if step.action in actions])

    @property
    def changes(self) -> tuple[Step, ...]:
        """The steps that change what a path shows."""
        return self.having(*CHANGES)

    @property
    def condition(self) -> Condition:
        """How the model stands; of several troubles the gravest."""
        actions = {step.action for step in self.steps}
        if self.directory is None:
            return Condition.SURPLUS
        if actions & {Action.OBSTRUCTED, Action.SET_ASIDE, Action.OVERWRITE}:
            return Condition.MODIFIED
        if self.mixed:
            return Condition.MIXED
        if actions & {Action.REPLACE, Action.WITHDRAW}:
            return Condition.OLD
        return Condition.MISSING if Action.PLACE in actions else Condition.PLACED


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What becomes of every path that is wanted or was placed."""

    models: tuple[ModelPlan, ...]

    def needed(self) -> dict[Digest, int]:
        """The blobs that must be in the store, each once, with its size in bytes."""
        return {
            step.digest: step.size
            for model in self.models
            for step in model.steps
            if step.action in WRITES and step.digest is not None and not step.made
        }

    def is_done(self) -> bool:
        """Whether every path shows what it shall."""
        return all(
            step.action not in CHANGES and step.action is not Action.OBSTRUCTED
            for model in self.models
            for step in model.steps
        )
