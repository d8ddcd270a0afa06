"""Layout `clip`: checkpoints as `clip.load(NAME, download_root=ROOT)` finds them.

<root>/<path>
"""

from collections.abc import Sequence

from modellock.decisions.layouts.arrangement import Arrangement, placed_in
from modellock.decisions.planning import WantedModel
from modellock.documents.lockfile import LockedModel


def _directory(root: str, _model: LockedModel) -> str:
    return root


def _wanted(root: str, model: LockedModel, _siblings: Sequence[LockedModel]) -> WantedModel:
    return placed_in(root, model, shared=True)


CLIP = Arrangement(directory=_directory, wanted=_wanted)
