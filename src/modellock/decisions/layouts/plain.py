"""Layout `plain`: a directory for each model, with the paths that upstream has.

<root>/<path>
"""

from collections.abc import Sequence

from modellock.decisions.layouts.arrangement import Arrangement, placed_in
from modellock.decisions.planning import WantedModel
from modellock.documents.lockfile import LockedModel


def _directory(root: str, _model: LockedModel) -> str:
    return root


def _wanted(root: str, model: LockedModel, _siblings: Sequence[LockedModel]) -> WantedModel:
    return placed_in(root, model, shared=False)


PLAIN = Arrangement(directory=_directory, wanted=_wanted)
