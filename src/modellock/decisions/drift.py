"""Where upstream no longer says what models.lock says of a pinned version."""

from collections.abc import Iterator, Mapping

from modellock.documents.lockfile import LockedFile, LockedModel
from modellock.documents.manifest import Spec
from modellock.documents.offers import OfferedFile, Snapshot
from modellock.errors import (
    GatedError,
    GoneError,
    IdentityError,
    MismatchError,
    ModellockError,
    NotFoundError,
    RenamedError,
    ReplacedError,
)
from modellock.values.origins import Kind
from modellock.values.wording import visible


def fetched_files(model: LockedModel) -> tuple[LockedFile, ...]:
    """What of a model upstream has: the archives, where its files come out of some."""
    return model.archives or model.files


def drift_of(
    model: LockedModel, snapshot: Snapshot, git_ids: Mapping[str, str] | None = None
) -> tuple[ModellockError, ...]:
    """Every difference between a locked model and what upstream says of that version.

    `git_ids` are git object ids of the locked bytes, by path, as far as these bytes are known: for
    a plain file of a Hub, upstream says nothing else of the content. Of another repository nothing
    more is compared.
    """
    if model.repo_id is not None and model.repo_id != snapshot.repo_id:
        return (another_repository(model, snapshot),)
    return tuple(_differences(model, snapshot, git_ids or {}))


def _differences(
    model: LockedModel, snapshot: Snapshot, git_ids: Mapping[str, str]
) -> Iterator[ModellockError]:
    # What others refer to has the name that they call it by.
    if model.is_declared and snapshot.name != model.origin:
        yield renamed(model, snapshot)
    if snapshot.commit != model.commit:
        yield moved(model, snapshot)
    offered = {file.path: file for file in snapshot.files}
    for file in fetched_files(model):
        yield from file_differences(model, file, offered.get(file.path), git_ids)


def file_differences(
    model: LockedModel, file: LockedFile, offered: OfferedFile | None, git_ids: Mapping[str, str]
) -> Iterator[ModellockError]:
    """At most one error: what upstream says of a locked file, None where it has no such file."""
    if offered is None:
        yield _missing(model, file)
        return
    faults = list(_faults(file, offered, git_ids.get(file.path)))
    if faults:
        yield _changed(model, file, "; ".join(faults))


def _faults(file: LockedFile, offered: OfferedFile, git_id: str | None) -> Iterator[str]:
    if offered.size is not None and offered.size != file.size:
        yield f"expected {file.size} bytes, received {offered.size}"
    if offered.sha256 is not None and offered.sha256 != file.digest:
        yield f"expected {file.digest}, received {offered.sha256}"
    if git_id is not None and offered.git_sha1 is not None and offered.git_sha1 != git_id:
        yield f"expected git object {git_id}, received {offered.git_sha1}"
    if offered.asset_id != file.asset_id:
        yield f"expected asset {file.asset_id}, received asset {offered.asset_id}"


def another_repository(model: LockedModel, snapshot: Snapshot) -> IdentityError:
    """The error for a name that was registered anew."""
    return IdentityError(
        f"{model.name}: {model.origin} is another repository now: "
        f"expected id {model.repo_id}, received {snapshot.repo_id}",
        hint=_trust_hint(model),
        model=model.name,
    )


def renamed(model: Spec | LockedModel, snapshot: Snapshot) -> RenamedError:
    """The error for a repository that answers under another name."""
    name = visible(snapshot.name)
    return RenamedError(
        f"{model.name}: {model.origin} answers as {name}",
        hint=f'write `{model.kind} = "{name}"` below [models.{model.name}]',
        model=model.name,
    )


def moved(model: LockedModel, snapshot: Snapshot, *, tag: str | None = None) -> ReplacedError:
    """The error for a version that leads to another commit; by the model's tag, or that one."""
    name = tag or model.tag
    what = f"tag {visible(name)}" if name else "the pinned version"
    return ReplacedError(
        f"{model.name}: {what} of {model.origin} was moved: "
        f"expected commit {model.commit}, received {snapshot.commit}",
        hint=_trust_hint(model),
        model=model.name,
    )


def vanished(model: LockedModel, error: NotFoundError) -> NotFoundError:
    """The error for a pinned version that upstream no longer has; `error` is what it said."""
    what = f"tag {visible(model.tag)}" if model.tag else f"commit {model.commit}"
    return NotFoundError(
        f"{model.name}: {what} of {model.origin}, which models.lock pins, is gone: {error}",
        hint=f"keep what is locked, or choose anew with `modellock update {model.name}`",
        model=model.name,
    )


def became_gated(model: LockedModel) -> GatedError:
    """The error for a repository that wants its terms accepted, which it did not when locked."""
    return GatedError(
        f"{model.name}: {model.origin} became gated: who syncs it needs a token from now on",
        hint=f"if that is all right, run `modellock update {model.name}`",
        model=model.name,
    )


def _missing(model: LockedModel, file: LockedFile) -> ModellockError:
    subject = f"{model.name}/{file.path}"
    if model.kind is Kind.HUB:
        return MismatchError(
            f"{subject}: is not in commit {model.commit} of {model.origin}; {_LIE}",
            hint=_HISTORY,
            model=model.name,
        )
    return GoneError(
        f"{subject}: {model.origin} no longer has it",
        hint="keep the lock while a store or a mirror has the bytes, or run "
        f"`modellock update {model.name}`",
        model=model.name,
    )


def _changed(model: LockedModel, file: LockedFile, faults: str) -> ModellockError:
    subject = f"{model.name}/{file.path}"
    if model.kind is Kind.HUB:
        return MismatchError(f"{subject}: {faults}; {_LIE}", hint=_HISTORY, model=model.name)
    return ReplacedError(
        f"{subject}: was replaced upstream: {faults}", hint=_trust_hint(model), model=model.name
    )


_LIE = "a commit cannot change, so models.lock or the Hub says what is not true"
_HISTORY = "see who wrote it with `git log -p models.lock`"


def _trust_hint(model: LockedModel) -> str:
    return f"if you trust the new one, run `modellock update {model.name}`"
