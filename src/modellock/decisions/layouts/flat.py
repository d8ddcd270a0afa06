"""Layouts of one directory in which a framework looks for files by their bare names.

    <root>/<below>/<path>

All models of a root share it, as do all that the framework fetches itself. It never looks into
directories below: a file that upstream has in one needs a `rename`.
"""

from collections.abc import Callable, Sequence

from modellock.decisions.layouts.arrangement import Arrangement, no_variables, placed_in
from modellock.decisions.planning import WantedModel
from modellock.documents.lockfile import LockedModel


def flat(
    below: str = "", *, variables: Callable[[str], dict[str, str]] = no_variables
) -> Arrangement:
    """A layout whose files lie in the root itself, or in one directory `below` it."""

    def directory(root: str, _model: LockedModel) -> str:
        return f"{root}/{below}" if below else root

    def wanted(root: str, model: LockedModel, _siblings: Sequence[LockedModel]) -> WantedModel:
        return placed_in(directory(root, model), model, shared=True)

    return Arrangement(directory=directory, wanted=wanted, variables=variables)
