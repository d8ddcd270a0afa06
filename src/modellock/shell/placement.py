"""Models placed and withdrawn: each switches from one version to the next as a whole."""

import errno
import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from modellock.decisions.plan import WRITES, Action, ModelPlan, Step
from modellock.documents.state import PlacedFile
from modellock.errors import ObstructedError
from modellock.shell.dating import date
from modellock.shell.disk import add_name, disk_error
from modellock.shell.links import NEXT
from modellock.shell.placement_site import (
    Site,
    is_as_found,
    remove_stage,
    set_aside,
)
from modellock.shell.placement_tree import Tree
from modellock.shell.placement_withdrawal import Withdrawal
from modellock.values.dates import mtime_ns_of
from modellock.values.digest import Digest
from modellock.values.paths import parents

_Made = tuple[str, os.stat_result]
"""The full path of a file in the stage, and its stat from when its bytes were right."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Switched:
    """What a switch left behind."""

    files: dict[str, PlacedFile]
    """What the state shall say of the model, by path below the base."""

    kept: tuple[str, ...]
    """Full paths of files that were not ours to remove."""


def switch(site: Site, plan: ModelPlan) -> Switched:
    """Make a model's paths show what the plan says. All blobs that it needs are in the store.

    Others may look at the paths, and even do the same, at any moment. Raises ObstructedError where
    somebody else changes them meanwhile, LinkModeError, NoSpaceError, FileAccessError.
    """
    try:
        return _switch(site, plan, site.stage_of(plan))
    except OSError as error:
        raise disk_error(error, _refused(error, site, plan)) from error


def _switch(site: Site, plan: ModelPlan, stage: str) -> Switched:
    try:
        return _Switch(site, plan, site.full(stage)).run()
    finally:
        if plan.changes:
            remove_stage(site.base, stage)


def _refused(error: OSError, site: Site, plan: ModelPlan) -> str:
    """The full path that the system refused; of a stage, which is gone by then, where it was."""
    path, stage = error.filename2 or error.filename, site.full(site.stage_of(plan))
    if not isinstance(path, str):
        return site.full(plan.directory or "")
    return os.path.dirname(stage) if f"{path}/".startswith(f"{stage}/") else path


class _Switch:
    def __init__(self, site: Site, plan: ModelPlan, stage: str) -> None:
        self._site = site
        self._plan = plan
        self._stage = stage
        self._tree = Tree(site, plan, stage)
        self._withdrawal = Withdrawal(site, plan)
        self._shown: dict[str, os.stat_result] = {}
        self._kept: list[str] = []
        self._yielded: set[str] = set()
        self._count = 0

    def run(self) -> Switched:
        if self._plan.changes:
            self._change()
        for step in self._plan.having(Action.TAKE_OVER):
            if step.path in self._site.noted:
                self._date(step)
        return Switched(
            files=self._state(), kept=(*self._tree.kept, *self._kept, *self._withdrawal.kept)
        )

    def _change(self) -> None:
        if self._plan.having(*WRITES):
            self._site.directories.make(os.path.dirname(self._stage))
            os.mkdir(self._stage)
        left = self._plan.steps
        if self._tree.switch():
            self._shown = self._tree.shown
            left = tuple(step for step in left if not self._tree.has(step))
        self._write_files(left)
        self._withdrawal.run([step for step in left if step.action is Action.WITHDRAW])

    def _date(self, step: Step) -> None:
        """Give a right file of ours that somebody touched its time again.

        A stranger's keeps its own: in the lower layer of an image, a new time were a new copy.
        """
        target, mtime_ns = self._site.full(step.path), mtime_ns_of(_digest_of(step))
        if step.found.mtime_ns != mtime_ns and is_as_found(target, step.found):
            date(target, mtime_ns)
            self._shown[step.path] = os.stat(target)

    def _state(self) -> dict[str, PlacedFile]:
        """What is known of the model's paths now."""
        return {
            step.path: self._placed(step, step.digest)
            for step in self._plan.steps
            if step.digest is not None and step.path not in self._yielded
        }

    def _placed(self, step: Step, digest: Digest) -> PlacedFile:
        status, found = self._shown.get(step.path), step.found
        if status is None:
            numbers = (found.mtime_ns, found.inode, found.hashed_at)
        else:
            numbers = (status.st_mtime_ns, status.st_ino, self._hashed_at(step, digest))
        return PlacedFile(self._plan.name, digest, step.size, *numbers, made=step.made)

    def _hashed_at(self, step: Step, digest: Digest) -> int:
        if step.action is Action.TAKE_OVER:
            return step.found.hashed_at
        record = self._site.store.record_of(digest)
        return int(time.time()) if record is None else record.hashed_at

    def _write_files(self, steps: Sequence[Step]) -> None:
        """File by file: first what is slow and unseen, then additions, then replacements."""
        replacing = [step for step in steps if step.action in WRITES - {Action.PLACE}]
        prepared = [(step, self._prepared(step)) for step in replacing]
        adding = [step for step in steps if step.action is Action.PLACE]
        withdrawals = [step for step in steps if step.action is Action.WITHDRAW]
        for step in _in_the_way(adding, withdrawals):
            self._withdrawal.remove(step)
        for step in adding:
            self._add(step)
        for step, made in prepared:
            self._replace(step, made)

    def _prepared(self, step: Step) -> _Made:
        """A file in the stage that shows what the step wants."""
        staged = self._tree.staged(step) if self._tree.has(step) else self._free_name()
        status = self._tree.shown.get(step.path)
        if status is None:
            status = self._make(step, staged)
        return staged, status

    def _make(self, step: Step, staged: str) -> os.stat_result:
        digest = _digest_of(step)
        if step.made:
            return self._site.write(digest, staged)
        return self._site.make(digest, staged)

    def _free_name(self) -> str:
        self._count += 1
        return f"{self._stage}/{self._count}"

    def _add(self, step: Step) -> None:
        target, digest = self._site.full(step.path), _digest_of(step)
        self._site.directories.make(os.path.dirname(target))
        try:
            if not step.made and self._site.linker.link_at_once(
                self._site.store.path_of(digest), target
            ):
                self._shown[step.path] = status = os.stat(target)
                self._site.refuse_if_written_to(digest, target, status)
            else:
                self._shown[step.path] = self._show_new(*self._prepared(step), target)
        except FileExistsError:
            self._accept(step)

    def _show_new(self, staged: str, status: os.stat_result, target: str) -> os.stat_result:
        try:
            add_name(staged, target)
        except OSError as error:
            if error.errno not in NEXT:
                raise
            if os.path.lexists(target):
                raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), target) from error
            return self._show(staged, status, target)
        return status

    def _replace(self, step: Step, made: _Made) -> None:
        target = self._site.full(step.path)
        if not is_as_found(target, step.found):
            self._accept(step)
            return
        if step.action is Action.SET_ASIDE:
            self._kept.append(set_aside(target))
        self._shown[step.path] = self._show(*made, target)

    def _show(self, staged: str, status: os.stat_result, target: str) -> os.stat_result:
        """Rename a file to where it shall be, whatever is there; returns its stat."""
        try:
            os.replace(staged, target)
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
            # Another file system is mounted somewhere below the directory with the stage.
            beside = os.path.join(os.path.dirname(target), self._site.stage_name)
            self._site.linker.link(staged, beside)
            status = os.stat(beside)
            os.replace(beside, target)
        return status

    def _accept(self, step: Step) -> None:
        """Somebody else put something here meanwhile: as good where it is what we wanted to put."""
        target = self._site.full(step.path)
        is_right = self._site.shows(target, step.digest)
        if step.yields and not is_right:
            self._yielded.add(step.path)
            return
        if not is_right:
            raise ObstructedError(
                f"{self._plan.name}: {step.path} was changed by somebody else during the sync",
                hint="run `modellock sync` again",
                model=self._plan.name,
            )
        self._shown[step.path] = os.stat(target)


def _digest_of(step: Step) -> Digest:
    assert step.digest is not None  # noqa: S101 - what is written has a digest
    return step.digest


def _in_the_way(adding: Sequence[Step], withdrawals: Sequence[Step]) -> Iterator[Step]:
    """Withdrawals without which a file could not become a directory, or a directory a file."""
    added = {step.path for step in adding}
    above = {directory for path in added for directory in parents(path)}
    for step in withdrawals:
        if step.path in above or not added.isdisjoint(parents(step.path)):
            yield step
