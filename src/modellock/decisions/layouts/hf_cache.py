"""Layout `hf-cache`: a repository as huggingface_hub finds it offline, in the form with no links.

    <root>/models--org--name/snapshots/<commit>/<path>
    <root>/models--org--name/trees/<commit>.json       which files the snapshot has
    <root>/models--org--name/.no_exist/<commit>/<path> which optional ones it has not, empty
    <root>/models--org--name/refs/<revision>           the commit's 40 digits, without a newline

It needs neither `blobs/` nor symbolic links, so it survives what copies trees of files. Tried with
huggingface_hub 0.36 to 2.4 (`hf_hub_download`, `snapshot_download`, `try_to_load_from_cache`).
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from modellock.decisions.layouts.arrangement import Arrangement, placed_in
from modellock.decisions.layouts.hf_listing import absent_names, listing_of
from modellock.decisions.layouts.hf_refs import refs_of
from modellock.decisions.planning import WantedFile, WantedModel
from modellock.documents.lockfile import LockedModel
from modellock.values.digest import sha256_of_bytes

_EMPTY = b""


def folder_of(model: LockedModel) -> str:
    """A repository's folder below the cache's root; the name is as the code spells it."""
    return f"{model.type}s--{model.origin.replace('/', '--')}"


def snapshot_below(root: str, model: LockedModel) -> str:
    """The directory that a model's files lie in."""
    return f"{root}/{folder_of(model)}/snapshots/{model.commit}"


def wanted_in_cache(root: str, model: LockedModel, siblings: Sequence[LockedModel]) -> WantedModel:
    """Where a model's files belong; `siblings` are all models of the cache.

    The refs come last because a loader that finds one looks for the snapshot. Raises ValueError
    where several commits of the repository leave open what its `main` is.
    """
    folder = f"{root}/{folder_of(model)}"
    twins = [one for one in siblings if folder_of(one) == folder_of(model)]
    same = [one for one in twins if one.commit == model.commit]
    placed = placed_in(snapshot_below(root, model), model, shared=len(same) > 1, cache=folder)
    made = [
        WantedFile(f"{folder}/{path}", sha256_of_bytes(content), len(content), made=True)
        for path, content in _made_files(model, twins, same)
    ]
    return replace(placed, files=(*placed.files, *made))


def _made_files(
    model: LockedModel, twins: Sequence[LockedModel], same: Sequence[LockedModel]
) -> Iterator[tuple[str, bytes]]:
    """Paths below the repository's folder; `twins` are all of it, `same` those of one commit."""
    if len(same) == 1:
        # Of several models each may be placed without the others: no list would be right.
        yield f"trees/{model.commit}.json", listing_of(model.files)
    for name in absent_names(model, same):
        yield f".no_exist/{model.commit}/{name}", _EMPTY
    for name in dict.fromkeys(refs_of(model, twins)):
        yield f"refs/{name}", ref_content(model)


def ref_content(model: LockedModel) -> bytes:
    """What a model's refs hold. A newline at the end would break every offline load."""
    return (model.commit or "").encode()


def _made(model: LockedModel) -> Iterator[bytes]:
    yield from (ref_content(model), listing_of(model.files), _EMPTY)


def _variables(root: str) -> dict[str, str]:
    return {"HF_HUB_CACHE": root, "HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1"}


HF_CACHE = Arrangement(
    directory=snapshot_below, wanted=wanted_in_cache, variables=_variables, made=_made
)
