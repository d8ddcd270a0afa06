"""What `sync` was asked and what it did."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from modellock.decisions.narrowing import Narrowing
from modellock.decisions.plan import Plan
from modellock.decisions.space import Space, together
from modellock.documents.project_settings import Layout, LinkMode
from modellock.verbs.adopt_result import AdoptedFrom


class SyncMode(StrEnum):
    """What comes of the plan."""

    APPLY = "apply"
    CHECK = "check"
    """Nothing is changed; whether something would be is the answer."""

    DRY_RUN = "dry-run"


class Staleness(StrEnum):
    """What becomes of a lock that models.toml has outgrown."""

    LOCKED = "locked"
    """It is refused."""

    FROZEN = "frozen"
    """Nobody looks at models.toml."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncRequest:
    """What a user asks of `sync`."""

    groups: tuple[str, ...] = ()
    only_groups: tuple[str, ...] = ()
    no_groups: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    to: str | None = None
    """A directory that stands for `settings.path`."""

    shared_cache: str | None = None
    """A Hub's cache that other programs use too, for the models of layout `hf-cache`."""

    layout: Layout | None = None
    link_mode: LinkMode | None = None
    no_store: bool = False
    """Stage beside the target instead of in the store."""

    mode: SyncMode = SyncMode.APPLY
    staleness: Staleness = Staleness.LOCKED
    replace: bool = False
    """Give up files that are in the way and not ours."""

    lock_file: str | None = None
    """Another lock than models.lock, which models.toml need not match."""

    for_run: bool = False
    """On behalf of a program that is to be started: withdraw nothing of models that are not
    selected, and refuse those that need different values of one environment variable."""

    @property
    def narrowing(self) -> Narrowing:
        """What it says of groups and models."""
        return Narrowing(
            groups=self.groups,
            only_groups=self.only_groups,
            no_groups=self.no_groups,
            models=self.models,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncResult:
    """What a sync did, or would do."""

    mode: SyncMode
    base: str
    """The directory that the plan's paths are relative to, absolute."""

    plan: Plan
    models: int
    """How many were selected."""

    files: int
    """Of the selected models."""

    size: int
    """Bytes of these files."""

    fetches: Mapping[str, int] = field(default_factory=dict)
    """What was fetched, or would be: bytes by `<model>/<path>`."""

    adopted: tuple[AdoptedFrom, ...] = ()
    """What other programs' caches gave, or seem to have: those of which something came."""

    kept: tuple[str, ...] = ()
    """Full paths of edited files that were kept beside what is placed."""

    hashed_at: int | None = None
    """When the longest unhashed of the placed files was last hashed: seconds since the epoch."""

    space: Space | None = None
    """What it would take; None where it was done, or there is nothing to do."""

    warnings: tuple[str, ...] = ()
    """What a program's call would else leave unsaid; the command says it as it comes."""

    variables: Mapping[str, Mapping[str, str]] | None = None
    """What leads programs to the models, by target; None where no set does, or nothing was done."""

    @property
    def is_done(self) -> bool:
        """Whether every path shows what it shall."""
        return self.mode is SyncMode.APPLY or self.plan.is_done()

    @property
    def is_unchanged(self) -> bool:
        """Whether there was nothing to do."""
        return self.plan.is_done()


def joined(results: Sequence[SyncResult]) -> SyncResult:
    """One result of what was done in several targets; paths are relative to the first's base."""
    times = [one.hashed_at for one in results if one.hashed_at is not None]
    return replace(
        results[0],
        plan=Plan(models=tuple(model for one in results for model in one.plan.models)),
        models=sum(one.models for one in results),
        files=sum(one.files for one in results),
        size=sum(one.size for one in results),
        fetches={subject: size for one in results for subject, size in one.fetches.items()},
        adopted=tuple(place for one in results for place in one.adopted),
        kept=tuple(path for one in results for path in one.kept),
        hashed_at=min(times, default=None),
        space=together([one.space for one in results if one.space is not None]),
    )
