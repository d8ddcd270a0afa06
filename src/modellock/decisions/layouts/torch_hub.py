"""Layout `torch-hub`: checkpoints as `torch.hub.load_state_dict_from_url` finds them.

<root>/hub/checkpoints/<path>
"""

from collections.abc import Sequence

from modellock.decisions.layouts.arrangement import Arrangement, placed_in
from modellock.decisions.planning import WantedModel
from modellock.documents.lockfile import LockedModel


def _directory(root: str, _model: LockedModel) -> str:
    return f"{root}/hub/checkpoints"


def _wanted(root: str, model: LockedModel, _siblings: Sequence[LockedModel]) -> WantedModel:
    return placed_in(_directory(root, model), model, shared=True)


def _variables(root: str) -> dict[str, str]:
    return {"TORCH_HOME": root}


TORCH_HUB = Arrangement(directory=_directory, wanted=_wanted, variables=_variables)
