"""Where other programs of this machine keep models, as the environment says."""

import os
from collections.abc import Iterator, Mapping


def known_caches(environ: Mapping[str, str], home: str) -> tuple[str, ...]:
    """The caches that are here, as absolute directories.

    Of the Hub (huggingface_hub 2.4.0, `constants`), of torch.hub, Whisper and CLIP (the versions of
    docs/reference/frameworks.md), by the variables that these programs read themselves.
    """
    caches = _absolute(environ.get("XDG_CACHE_HOME"), home) or os.path.join(home, ".cache")
    torch = _absolute(environ.get("TORCH_HOME"), home) or os.path.join(caches, "torch")
    named = (
        *_hub_caches(environ, home, caches),
        os.path.join(torch, "hub", "checkpoints"),
        os.path.join(torch, "sentence_transformers"),
        os.path.join(caches, "whisper"),
        # CLIP asks for no variable.
        os.path.join(home, ".cache", "clip"),
    )
    there: dict[str, str] = {}
    for path in named:
        if os.path.isdir(path):
            there.setdefault(os.path.realpath(path), path)
    return tuple(there.values())


def _hub_caches(environ: Mapping[str, str], home: str, caches: str) -> Iterator[str]:
    for name in ("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE"):
        named = _absolute(environ.get(name), home)
        if named is not None:
            yield named
            return
    own = _absolute(environ.get("HF_HOME"), home) or os.path.join(caches, "huggingface")
    yield os.path.join(own, "hub")


def _absolute(path: str | None, home: str) -> str | None:
    """A variable's directory; None where it says none, or one that depends on where one stands."""
    if path and (path == "~" or path.startswith("~/")):
        path = home + path[1:]
    return os.path.normpath(path) if path and os.path.isabs(path) else None
