"""Layout `hf-cache`: a repository as huggingface_hub finds it offline, in the form with no links.

    <root>/models--org--name/snapshots/<commit>/<path>
    <root>/models--org--name/refs/<revision>        the commit's 40 digits, without a newline

It needs neither `blobs/` nor symbolic links, so it survives what copies trees of files. Tried with
huggingface_hub 0.36 to 2.4 (`hf_hub_download`, `snapshot_download`, `try_to_load_from_cache`).
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from modellock.decisions.layouts.arrangement import Arrangement, placed_in
from modellock.decisions.planning import WantedFile, WantedModel
from modellock.documents.lockfile import LockedModel
from modellock.values.digest import sha256_of_bytes
from modellock.values.origins import DEFAULT_REVISION
from modellock.values.paths import fold, parse_path

_OBJECT_ID = 40


def folder_of(model: LockedModel) -> str:
    """A repository's folder below the cache's root; the name is as the code spells it."""
    return f"{model.type}s--{model.origin.replace('/', '--')}"


def snapshot_below(root: str, model: LockedModel) -> str:
    """The directory that a model's files lie in."""
    return f"{root}/{folder_of(model)}/snapshots/{model.commit}"


def wanted_in_cache(root: str, model: LockedModel, siblings: Sequence[LockedModel]) -> WantedModel:
    """Where a model's files belong, the refs last; `siblings` are all models of the cache.

    A ref comes last because a loader that finds it looks for the snapshot.
    """
    folder = f"{root}/{folder_of(model)}"
    placed = placed_in(snapshot_below(root, model), model, shared=False, cache=folder)
    content = ref_content(model)
    digest = sha256_of_bytes(content)
    refs = [
        WantedFile(f"{folder}/refs/{name}", digest, len(content))
        for name in _refs_of(model, siblings)
    ]
    return replace(placed, files=(*placed.files, *refs))


def ref_content(model: LockedModel) -> bytes:
    """What a model's refs hold. A newline at the end would break every offline load."""
    return (model.commit or "").encode()


def _made(model: LockedModel) -> Iterator[bytes]:
    yield ref_content(model)


def _variables(root: str) -> dict[str, str]:
    return {"HF_HUB_CACHE": root, "HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1"}


def _refs_of(model: LockedModel, siblings: Iterable[LockedModel]) -> Iterator[str]:
    """`main`, without which a load that names no revision fails, and what it is referred to as.

    Of several commits of a repository `main` is the one that is referred to so, else the one with
    the plain key.
    """
    mains = [one.name for one in siblings if _is_twin(one, model) and _is_main(one)]
    if model.name == (mains[0] if mains else model.origin):
        yield DEFAULT_REVISION
    revision = model.revision or DEFAULT_REVISION
    if not _is_main(model) and len(revision) != _OBJECT_ID and _is_safe(revision):
        yield revision


def _is_twin(one: LockedModel, model: LockedModel) -> bool:
    return (one.origin, one.type, one.is_declared) == (model.origin, model.type, model.is_declared)


def _is_main(model: LockedModel) -> bool:
    return model.revision == DEFAULT_REVISION


def _is_safe(revision: str) -> bool:
    """Whether a revision can be a file's name everywhere, besides `main`."""
    try:
        parse_path(revision)
    except ValueError:
        return False
    return fold(revision).partition("/")[0] != DEFAULT_REVISION


HF_CACHE = Arrangement(
    directory=snapshot_below, wanted=wanted_in_cache, variables=_variables, made=_made
)
