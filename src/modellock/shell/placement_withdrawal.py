"""What is withdrawn from view: a directory of which nothing stays goes by one rename."""

import os
import shutil
from collections.abc import Collection, Iterator, Mapping, Sequence

from modellock.decisions.plan import ModelPlan, Step
from modellock.shell.disk import unlink_if_there
from modellock.shell.placement_loads import is_entry, is_in_snapshot, let_loads_finish
from modellock.shell.placement_site import Site, files_below, is_as_found, remove_emptied
from modellock.values.paths import parents, shared_directory

_ENOUGH = 2
"""A single file goes in one step anyway."""


class Withdrawal:
    """The withdrawn files of one model."""

    def __init__(self, site: Site, plan: ModelPlan) -> None:
        self._site = site
        self._cache = plan.cache
        self._stage = site.stage_of(plan)
        self._count = 0
        self.kept: list[str] = []
        """Full paths of files that were not ours to remove."""

    def run(self, steps: Sequence[Step]) -> None:
        """Withdraw first what came last: a ref before the snapshot that it leads to."""
        snapshots = [step for step in steps if is_in_snapshot(step.path)]
        self._remove_all([step for step in steps if not is_in_snapshot(step.path)])
        if snapshots:
            let_loads_finish(lambda: self._remove_entries(snapshots))
        self._remove_all(snapshots)

    def _remove_entries(self, steps: Sequence[Step]) -> None:
        for step in steps:
            if is_entry(step.path):
                self.remove(step)

    def _remove_all(self, steps: Sequence[Step]) -> None:
        by_path = {step.path: step for step in steps}
        whole, gone = set(self._whole_directories(by_path)), set()
        for step in reversed(steps):
            above = next((one for one in parents(step.path) if one in whole), None)
            if above is None:
                self.remove(step)
            elif above not in gone and self._vanish(above, by_path):
                gone.add(above)
            elif above not in gone:
                whole.remove(above)
                self.remove(step)

    def remove(self, step: Step) -> None:
        """Remove one file, unless somebody changed it meanwhile."""
        target = self._site.full(step.path)
        if is_as_found(target, step.found):
            unlink_if_there(target)
        elif os.path.lexists(target) and not os.path.isdir(target):
            self.kept.append(target)
        remove_emptied(self._site.base, step.path)

    def _whole_directories(self, paths: Collection[str]) -> Iterator[str]:
        """The topmost directories that hold withdrawn files alone, within what these share."""
        directory = shared_directory(paths)
        # Under others, who may be about to write there, no directory is taken away.
        if directory and not self._site.follows:
            yield from self._whole_below(directory, list(paths), paths)

    def _whole_below(
        self, directory: str, inside: Sequence[str], paths: Collection[str]
    ) -> Iterator[str]:
        """The same for the withdrawn files `inside` of one directory."""
        if len(inside) < _ENOUGH:
            return
        if directory != self._cache and self._holds_only(directory, paths):
            yield directory
            return
        start, below = len(directory) + 1, dict[str, list[str]]()
        for path in inside:
            name, slash, _ = path[start:].partition("/")
            if slash:
                below.setdefault(name, []).append(path)
        for name, those in below.items():
            yield from self._whole_below(f"{directory}/{name}", those, paths)

    def _holds_only(self, directory: str, paths: Collection[str]) -> bool:
        try:
            found = list(files_below(self._site.full(directory)))
        except OSError:
            return False
        return all(f"{directory}/{name}" in paths for name in found)

    def _vanish(self, directory: str, steps: Mapping[str, Step]) -> bool:
        """Take a directory out of sight, then apart; False where it cannot be renamed."""
        self._count += 1
        aside = f"{self._site.full(self._stage)}/gone-{self._count}"
        try:
            self._site.directories.make(os.path.dirname(aside))
            os.rename(self._site.full(directory), aside)
        except OSError:
            return False
        for name in list(files_below(aside)):
            self._clear(f"{aside}/{name}", f"{directory}/{name}", steps)
        shutil.rmtree(aside, ignore_errors=True)
        remove_emptied(self._site.base, directory)
        remove_emptied(self._site.base, f"{self._stage}/")
        return True

    def _clear(self, old: str, path: str, steps: Mapping[str, Step]) -> None:
        """Remove a file, or bring back one that came or changed at the last moment."""
        if path.endswith("/"):
            return
        step = steps.get(path)
        if step is not None and is_as_found(old, step.found):
            os.unlink(old)
        else:
            self.kept.append(self._site.bring_back(old, self._site.full(path)))
