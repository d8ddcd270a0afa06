"""Layout `clip`: checkpoints as `clip.load(NAME)` finds them.

OpenAI's clip looks for the last segment of a URL that it knows by the model's name, such as
`ViT-B-32.pt` for `ViT-B/32`, in `download_root`, else in `~/.cache/clip`: no variable leads
elsewhere, not even XDG_CACHE_HOME. The sha256 in that URL is compared at each load; a file with
another one is fetched anew. Read in openai-clip 1.0.1 and clip-anytorch 2.6.0; the latter was run.
"""

from modellock.decisions.layouts.flat import flat

CLIP = flat()
