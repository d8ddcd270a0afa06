"""A model's directory switched as a whole: built beside it, then shown by one rename."""

import os

from modellock.decisions.plan import CHANGES, WRITES, Action, ModelPlan, Step
from modellock.shell.exchange import exchange
from modellock.shell.links import NEXT
from modellock.shell.placement_site import Site, files_below, is_as_found

_OURS = frozenset([Action.IN_PLACE, Action.TAKE_OVER, Action.REPLACE, Action.WITHDRAW])
_ENOUGH = 2
"""Fewer changes than this are as whole when they are made file by file."""


class Tree:
    """The directory of one model as it shall be, below the stage."""

    def __init__(self, site: Site, plan: ModelPlan, stage: str) -> None:
        self._site = site
        self._start = f"{plan.directory}/"
        self._steps = {
            step.path.removeprefix(self._start): step for step in plan.steps if self.has(step)
        }
        self._directory = site.full(plan.directory or "")
        self._path = f"{stage}/tree"
        self.kept: list[str] = []
        """Full paths of files that came into the old directory while it was switched."""

        self.shown: dict[str, os.stat_result] = {}
        """Of the files made from blobs, by path below the base."""

    def has(self, step: Step) -> bool:
        """Whether a step lies in the model's own directory."""
        return step.path.startswith(self._start)

    def staged(self, step: Step) -> str:
        """The full path of a file in the stage, as deep as its own, so that relative links fit.

        It is there already where it was built for a switch that could not be made.
        """
        path = f"{self._path}/{step.path.removeprefix(self._start)}"
        self._site.directories.make(os.path.dirname(path))
        return path

    def switch(self) -> bool:
        """Show the new directory in one step; False where that cannot be: nothing has changed."""
        if not self._steps:
            return False
        present = _present(self._directory)
        if not self._is_worth_it(present) or not self._build():
            return False
        if present:
            return self._exchange()
        try:
            self._site.directories.make(os.path.dirname(self._directory))
            os.rename(self._path, self._directory)
        except OSError:
            # A mount point, or somebody was faster: file by file says what is the matter.
            return False
        return True

    def _is_worth_it(self, present: list[str]) -> bool:
        """Whether the directory is free, or holds only ours and would be mixed for a while."""
        actions = [step.action for step in self._steps.values()]
        if not present:
            return any(action in WRITES for action in actions)
        changes = [action for action in actions if action in CHANGES]
        ours = {path for path, step in self._steps.items() if step.action in _OURS}
        return (
            not self._site.follows
            and len(changes) >= _ENOUGH
            and not {Action.REPLACE, Action.WITHDRAW}.isdisjoint(changes)
            and ours.issuperset(present)
        )

    def _build(self) -> bool:
        self._site.directories.make_like(self._directory, self._path)
        for relative, step in self._steps.items():
            if step.digest is None:
                continue
            self._make_directories(relative)
            target = f"{self._path}/{relative}"
            if step.action in WRITES:
                self.shown[step.path] = self._site.make(step.digest, target)
            elif not _link_existing(self._site.full(step.path), target):
                return False
        return True

    def _make_directories(self, relative: str) -> None:
        """Make the directories above a file, with the modes of those that they replace."""
        above = relative.rpartition("/")[0]
        if above and not os.path.isdir(f"{self._path}/{above}"):
            self._make_directories(above)
            old, new = f"{self._directory}/{above}", f"{self._path}/{above}"
            self._site.directories.make_like(old, new)

    def _exchange(self) -> bool:
        if not exchange(self._path, self._directory):
            return False
        for relative in files_below(self._path):
            self._clear(relative)
        return True

    def _clear(self, relative: str) -> None:
        """Remove a file of the old directory, or bring back one that the plan did not know."""
        old, step = f"{self._path}/{relative}", self._steps.get(relative)
        if relative.endswith("/"):
            return
        if step is not None and is_as_found(old, step.found):
            os.unlink(old)
        elif step is None or not self._site.shows(old, step.digest):
            self.kept.append(self._site.bring_back(old, f"{self._directory}/{relative}"))


def _present(directory: str) -> list[str]:
    """What a directory holds; nothing where there is none."""
    try:
        return list(files_below(directory))
    except FileNotFoundError:
        return []


def _link_existing(path: str, target: str) -> bool:
    """Give a placed file a second name; False where the file system has no links."""
    try:
        if os.path.islink(path):
            os.symlink(os.readlink(path), target)
        else:
            os.link(path, target)
    except OSError as error:
        if error.errno not in NEXT:
            raise
        return False
    return True
