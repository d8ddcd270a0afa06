"""Layout `hf-cache`: a repository as huggingface_hub finds it offline, in the form with no links.

    <root>/models--org--name/snapshots/<commit>/<path>
    <root>/models--org--name/refs/<revision>        the commit's 40 digits, without a newline

It needs neither `blobs/` nor symbolic links, so it survives what copies trees of files. Tried with
huggingface_hub 0.36 to 2.4 (`hf_hub_download`, `snapshot_download`, `try_to_load_from_cache`).
"""

from collections.abc import Iterable, Iterator

from modellock.decisions.planning import WantedFile, WantedModel
from modellock.documents.lockfile import LockedModel
from modellock.values.digest import Digest, sha256_of_bytes
from modellock.values.origins import DEFAULT_REVISION
from modellock.values.paths import fold, parse_path

_OBJECT_ID = 40


def folder_of(model: LockedModel) -> str:
    """A repository's folder below the cache's root; the name is as the code spells it."""
    return f"{model.type}s--{model.origin.replace('/', '--')}"


def snapshot_below(root: str, model: LockedModel) -> str:
    """The directory that a model's files lie in."""
    return f"{root}/{folder_of(model)}/snapshots/{model.commit}"


def wanted_in_cache(model: LockedModel, root: str, siblings: Iterable[LockedModel]) -> WantedModel:
    """Where a model's files belong, the refs last; `siblings` are all locked models.

    A ref comes last because a loader that finds it looks for the snapshot.
    """
    folder, snapshot = f"{root}/{folder_of(model)}", snapshot_below(root, model)
    files = [WantedFile(f"{snapshot}/{file.path}", file.digest, file.size) for file in model.files]
    content = ref_content(model)
    digest = sha256_of_bytes(content)
    refs = [
        WantedFile(f"{folder}/refs/{name}", digest, len(content))
        for name in _refs_of(model, siblings)
    ]
    return WantedModel(name=model.name, directory=snapshot, files=(*files, *refs), cache=folder)


def ref_content(model: LockedModel) -> bytes:
    """What a model's refs hold. A newline at the end would break every offline load."""
    return (model.commit or "").encode()


def ref_blobs(models: Iterable[LockedModel]) -> dict[Digest, bytes]:
    """The contents of refs, by digest: nobody serves them, they are made."""
    contents = {ref_content(model) for model in models}
    return {sha256_of_bytes(content): content for content in contents}


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
