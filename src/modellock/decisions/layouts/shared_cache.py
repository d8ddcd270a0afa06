"""Repositories in a Hub's cache that other programs use online, too: `--shared-cache`.

    models--org--name/blobs/<etag>                     the bytes
    models--org--name/snapshots/<commit>/<path>        a relative link to them
    models--org--name/refs/.modellock/<name>.<id>      what keeps `hf cache prune` away, ours alone
    models--org--name/refs/<revision>                  as asked for, where nobody has it

That is what huggingface_hub writes by itself, so that its next download, of this commit or another
one, finds what is there. No `trees/` and no `.no_exist/`: by these a part of a repository would
count for the whole, to programs that want the rest.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from modellock.decisions.layouts.arrangement import placed_in
from modellock.decisions.layouts.hf_cache import folder_of, ref_content
from modellock.decisions.layouts.hf_refs import asked_as
from modellock.decisions.meetings import check_meetings
from modellock.decisions.planning import WantedFile, WantedModel
from modellock.documents.lockfile import Lock, LockedModel
from modellock.documents.placements import layout_of
from modellock.documents.project_settings import Layout, ProjectSettings
from modellock.documents.weights import format_of
from modellock.values.digest import sha256_of_bytes
from modellock.values.origins import is_commit
from modellock.values.paths import parse_path

OWN_REFS = ".modellock"
"""No branch or tag can be called so: git refuses names with a dot first (git-check-ref-format)."""

LARGE = 10 << 20
"""Bytes above which the Hub takes a file in git-lfs alone."""

_ID_LENGTH = 12


def wanted_in_shared_cache(
    models: Iterable[LockedModel], lock: Lock, owner: str
) -> tuple[WantedModel, ...]:
    """Where the files of some of a lock's models belong below the cache.

    `owner` tells projects apart: each has refs of its own, of which none ever changes, so that one
    that moves on takes nothing from another. Raises ValueError where two models meet.
    """
    siblings = [one for one in lock.models.values() if goes_to_shared_cache(one, lock.settings)]
    wanted = tuple(_wanted(model, siblings, owner) for model in models)
    check_meetings(wanted)
    return wanted


def goes_to_shared_cache(model: LockedModel, settings: ProjectSettings) -> bool:
    """Whether a shared cache is a place for a model, where there is one."""
    return layout_of(model, settings) is Layout.HF_CACHE


def snapshot_in_shared_cache(model: LockedModel) -> str:
    """The directory below the cache that a model's files lie in."""
    return f"{folder_of(model)}/snapshots/{model.commit}"


def stays(path: str) -> bool:
    """Whether a path below the cache is left there once it is no longer wanted.

    All but refs: another snapshot may share the bytes, and another program may read them.
    """
    return path.split("/")[1] != "refs"


def is_ref_for_all(path: str) -> bool:
    """Whether a path below the cache is a ref that loaders of others look for."""
    _, kind, name = path.split("/", 2)
    return kind == "refs" and not name.startswith(f"{OWN_REFS}/")


def is_large_upstream(path: str, size: int) -> bool:
    """Whether upstream is sure, or likely, to keep a file in git-lfs, which its etag tells.

    models.lock does not say. To be wrong about a small one costs others one more download of it.
    """
    return size > LARGE or (format_of(path) is not None and not path.endswith(".json"))


def _wanted(model: LockedModel, siblings: Sequence[LockedModel], owner: str) -> WantedModel:
    folder = folder_of(model)
    placed = placed_in(snapshot_in_shared_cache(model), model, shared=True, cache=folder)
    refs = [_ref(model, f"{folder}/refs/{_own_ref(model, owner)}")]
    name = asked_as(model)
    if _is_name(name) and model.commit == _first_asked(name, model, siblings).commit:
        refs.append(_ref(model, f"{folder}/refs/{name}", yields=True))
    return replace(placed, files=(*placed.files, *refs))


def _ref(model: LockedModel, path: str, *, yields: bool = False) -> WantedFile:
    content = ref_content(model)
    return WantedFile(path, sha256_of_bytes(content), len(content), made=True, yields=yields)


def _own_ref(model: LockedModel, owner: str) -> str:
    identity = sha256_of_bytes(f"{owner}\0{model.name}\0{model.commit}".encode())
    return f"{OWN_REFS}/{model.name}.{identity.value[:_ID_LENGTH]}"


def _first_asked(name: str, model: LockedModel, siblings: Iterable[LockedModel]) -> LockedModel:
    """Of several commits that were asked for by one name, the first has it."""
    folder = folder_of(model)
    return next(one for one in siblings if folder_of(one) == folder and asked_as(one) == name)


def _is_name(revision: str) -> bool:
    """Whether a revision is a branch or a tag that can be a file's name everywhere."""
    if is_commit(revision):
        return False
    try:
        parse_path(revision)
    except ValueError:
        return False
    return True
