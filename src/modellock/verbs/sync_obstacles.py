"""What is said of files that are in a model's way."""

import os
from contextlib import suppress

from modellock.decisions.plan import Action, ModelPlan, Shows, Step
from modellock.errors import ObstructedError
from modellock.values.wording import count_words
from modellock.verbs.survey import Scope

_MOST_NAMED = 10


def obstructed(plan: ModelPlan, scope: Scope) -> ObstructedError:
    """The error that names the files in a model's way, and what to do about them."""
    is_shared = scope.sharer is not None
    obstacle = _obstacle_of_others if is_shared else _obstacle
    lines = [f"  {obstacle(step, scope.base)}" for step in plan.having(Action.OBSTRUCTED)]
    count = count_words(len(lines), "file")
    if len(lines) > _MOST_NAMED:
        lines[_MOST_NAMED:] = [f"  and {len(lines) - _MOST_NAMED} more"]
    fault = "with other bytes than the lock has" if is_shared else "that modellock did not place"
    return ObstructedError(
        "\n".join([f"{plan.name}: {count} in the way {fault}", *lines]),
        hint=_way_out(plan),
        model=plan.name,
    )


def _way_out(plan: ModelPlan) -> str:
    # No flag gives up a whole directory, or a file that may be more than one of a model's.
    kept = {step.found.shows for step in plan.having(Action.OBSTRUCTED)}
    if kept & {Shows.DIRECTORY, Shows.BLOCKED}:
        return "move them away and run `modellock sync` again"
    return "move them away, or give them up with `modellock sync --replace`"


def _obstacle(step: Step, _base: str) -> str:
    return f"{step.path}: expected {step.digest}, found a {step.found.shows}"


def _obstacle_of_others(step: Step, base: str) -> str:
    """In a cache with others every file is a link, so what counts is where it leads."""
    path = f"{base}/{step.path}"
    found = f"a {step.found.shows}"
    if step.found.shows is Shows.LINK:
        with suppress(OSError):
            found = f"a link to other bytes, {os.readlink(path)}"
    return f"{path}: expected {step.digest}, found {found}"
