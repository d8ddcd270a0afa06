"""Layout `torch-hub`: checkpoints as `torch.hub.load_state_dict_from_url` finds them.

It looks for the last segment of the URL's path, or its `file_name`, in
`$TORCH_HOME/hub/checkpoints`, and loads what is there as it is: `check_hash` looks at downloads
only. torchvision takes its weights from there. Read in and run with torch 2.13.0.
"""

from modellock.decisions.layouts.flat import flat


def _variables(root: str) -> dict[str, str]:
    return {"TORCH_HOME": root}


TORCH_HUB = flat("hub/checkpoints", variables=_variables)
