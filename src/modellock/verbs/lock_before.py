"""The lock that a new one begins from, also where a merge left two of them in one file."""

from collections.abc import Collection
from dataclasses import dataclass

from modellock.decisions.merging import Merge, merge_locks
from modellock.documents.conflicts import Sides, conflict_marker, sides_of
from modellock.documents.lock_blocks import read_blocks
from modellock.documents.lock_reader import read_version
from modellock.documents.lockfile import FILE_NAME, Lock
from modellock.documents.manifest import Manifest
from modellock.errors import ConflictMarkersError
from modellock.shell.git_index import common_ancestor
from modellock.shell.project import Project


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """What `lock` did about conflict markers, as names of models and of what they require."""

    ours_label: str
    """What git calls our side: `HEAD`, `Updated upstream`."""

    theirs_label: str
    both: tuple[str, ...]
    ours: tuple[str, ...]
    theirs: tuple[str, ...]
    anew: tuple[str, ...]
    """Resolved anew, since both sides changed them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Before:
    """What was locked before this run."""

    lock: Lock | None
    merged: Merged | None = None

    @property
    def anew(self) -> Collection[str]:
        """Models whose pins do not count, although their identity does."""
        return () if self.merged is None else self.merged.anew


def read_before(project: Project, manifest: Manifest) -> Before:
    """Read models.lock, and bring the sides of an unfinished merge together.

    Raises LockfileError; ConflictMarkersError where the markers are not those of whole conflicts.
    """
    if not project.has_lock():
        return Before(lock=None)
    text = project.read_lock_text()
    if conflict_marker(text) is None:
        return Before(lock=project.read_lock())
    sides = _sides(text)
    ancestor = common_ancestor(project.lock_path)
    merge = merge_locks(
        read_blocks(sides.ours),
        read_blocks(sides.theirs),
        None if ancestor is None else read_blocks(ancestor),
    )
    version = max(read_version(sides.ours), read_version(sides.theirs))
    models = {**merge.kept, **merge.pinned}
    lock = Lock(version=version, settings=manifest.settings, models=models)
    required = {name for name, model in models.items() if not model.is_declared}
    return Before(lock=lock, merged=_merged(merge, sides, required | manifest.specs.keys()))


def _sides(text: str) -> Sides:
    try:
        return sides_of(text)
    except ValueError as error:
        raise ConflictMarkersError(
            f"{FILE_NAME}: conflict markers that no merge leaves: {error}",
            hint=f"take one side with `git checkout --theirs {FILE_NAME}`, then lock again",
        ) from error


def _merged(merge: Merge, sides: Sides, wanted: Collection[str]) -> Merged:
    def still(names: Collection[str]) -> tuple[str, ...]:
        return tuple(name for name in names if name in wanted)

    return Merged(
        ours_label=sides.ours_label,
        theirs_label=sides.theirs_label,
        both=still(merge.both),
        ours=still(merge.ours),
        theirs=still(merge.theirs),
        anew=still(merge.anew),
    )
