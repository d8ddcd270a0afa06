"""Layout `whisper`: checkpoints as `whisper.load_model(NAME)` finds them.

OpenAI's whisper looks for the last segment of a URL that it knows by the model's name, such as
`large-v3.pt` for `large`, in `download_root`, else in `$XDG_CACHE_HOME/whisper`, which is
`~/.cache/whisper`: no variable is its own. The sha256 in that URL is compared at each load; a file
with another one is fetched anew. Read in and run with openai-whisper 20250625.
"""

from modellock.decisions.layouts.flat import flat

WHISPER = flat()
