"""From a spec to a locked model: ask the source, choose, and see which files must be hashed."""

from collections.abc import Mapping
from dataclasses import dataclass

from modellock.decisions.cutoff import Cutoff
from modellock.decisions.identity import check_identity
from modellock.decisions.known_files import known_files
from modellock.decisions.packing import earlier_files, packing_of
from modellock.decisions.relocking import Step
from modellock.decisions.selection import Selection, select
from modellock.documents.keys import COPIED_KEYS
from modellock.documents.lockfile import FIRST_USE, LockedFile, LockedModel, tree_of
from modellock.documents.manifest import Manifest, Spec
from modellock.documents.offers import OfferedFile, Snapshot
from modellock.documents.weights import is_weight_index, shards_of
from modellock.errors import SelectionError
from modellock.shell.store import Store
from modellock.shell.transfer import Fetch, Fetched
from modellock.shell.unpacked_records import remembered
from modellock.sources import Location, Source
from modellock.values.origins import (
    CANONICAL_GITHUB_SERVER,
    CANONICAL_HUB,
    Kind,
    github_assets_path,
    hub_files_path,
)
from modellock.values.wording import visible
from modellock.verbs.choosing import Choice, choose_snapshot

# The largest index known (a model of 1,000 shards) has a few MB.
_LARGEST_INDEX = 64_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Pin:
    """One exact version of an origin; what a source needs to say where its files are."""

    origin: str
    type: str
    tag: str | None
    commit: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A model that is chosen, and whose digests are not all known yet."""

    spec: Spec
    snapshot: Snapshot
    selection: Selection
    known: Mapping[str, LockedFile]
    """By path, the files whose digest upstream or the last lock tells."""

    fetches: tuple[Fetch, ...]
    """What must be fetched: files without a digest, and weight indexes, which must be read."""

    url: str | None
    pinned: LockedModel | None = None
    """What was locked before."""

    unversioned: tuple[str, ...] = ()
    """Tags that a choice among versions passed over because they are none."""


def draft_model(
    step: Step, source: Source, manifest: Manifest, store: Store, cutoff: Cutoff | None = None
) -> Draft:
    """Choose a version and files for a spec. Raises whatever source or choice raise."""
    choice = choose_snapshot(step, source, cutoff)
    check_identity(step, choice.snapshot)
    selection = select(step.spec, choice.snapshot.files)
    return draft_selected(step, choice, selection, source, manifest, store)


def draft_selected(
    step: Step,
    choice: Choice,
    selection: Selection,
    source: Source,
    manifest: Manifest,
    store: Store,
) -> Draft:
    """The draft of one version of which the files are chosen, too; makes no request."""
    spec, snapshot = step.spec, choice.snapshot
    known = known_files(selection, snapshot, step)
    whole = _must_unpack(step, selection, known, store)
    pin = Pin(origin=spec.origin, type=spec.type, tag=snapshot.tag, commit=snapshot.commit)
    return Draft(
        spec=spec,
        snapshot=snapshot,
        selection=selection,
        known=known,
        fetches=tuple(
            _fetch(
                spec,
                file,
                known.get(file.path),
                tuple(source.locations(pin, file.path, file.asset_id)),
                snapshot,
            )
            for file in selection.files
            if _must_fetch(file, known, store, whole=whole)
        ),
        url=_files_url(spec, snapshot, manifest),
        pinned=step.pinned,
        unversioned=choice.unversioned,
    )


def locked_from(
    draft: Draft,
    fetched: Mapping[str, Fetched],
    store: Store,
    unpacked: tuple[LockedFile, ...] | None = None,
) -> LockedModel:
    """The locked model that a draft becomes once its fetches are done.

    `unpacked` are the files that came out of what it fetches, where that is packed. Raises
    SelectionError where a weight index names a shard that is not selected.
    """
    spec, snapshot = draft.spec, draft.snapshot
    archives: tuple[LockedFile, ...] = ()
    files = fetched_as_locked(draft, fetched)
    if unpacked is not None:
        archives, files = files, unpacked
    _check_shards(spec, files, store)
    copied = {key.field: getattr(spec, key.field) for key in COPIED_KEYS}
    copied["license"] = spec.license or snapshot.license
    return LockedModel(
        name=spec.name,
        kind=spec.kind,
        origin=spec.origin,
        source=spec.source,
        type=spec.type,
        repo_id=snapshot.repo_id,
        requested=spec.requested,
        version=snapshot.version,
        tag=snapshot.tag,
        commit=snapshot.commit,
        committed=snapshot.committed,
        published=snapshot.published,
        url=draft.url,
        trust=_trust(draft),
        gated=snapshot.gated,
        size=sum(file.size for file in files),
        tree=tree_of(files),
        archives=archives,
        files=files,
        **copied,
    )


def fetched_as_locked(draft: Draft, fetched: Mapping[str, Fetched]) -> tuple[LockedFile, ...]:
    """The files that a draft selects, once all digests are known; sorted by path."""
    return tuple(_locked_file(draft, file, fetched) for file in draft.selection.files)


def content_in(store: Store, file: LockedFile) -> bytes:
    """The bytes of a file that the store has."""
    with open(store.path_of(file.digest), "rb") as blob:
        return blob.read()


def _must_unpack(
    step: Step, selection: Selection, known: Mapping[str, LockedFile], store: Store
) -> bool:
    """Whether archives must be in the store, since nobody knows what comes out of them."""
    packing = packing_of(step.spec)
    if packing.is_none or len(known) < len(selection.files):
        return not packing.is_none
    archives = tuple(known[file.path] for file in selection.files)
    return (
        earlier_files(packing, archives, step.pinned) is None
        and remembered(store, packing, archives) is None
    )


def _must_fetch(
    file: OfferedFile, known: Mapping[str, LockedFile], store: Store, *, whole: bool
) -> bool:
    locked = known.get(file.path)
    if locked is None:
        return True
    needed = whole or is_weight_index(file.path)
    return needed and not store.has(locked.digest, locked.size)


def _fetch(
    spec: Spec,
    file: OfferedFile,
    known: LockedFile | None,
    locations: tuple[Location, ...],
    snapshot: Snapshot,
) -> Fetch:
    return Fetch(
        subject=f"{spec.name}/{file.path}",
        model=spec.name,
        kind=spec.kind,
        digest=file.sha256 if known is None else known.digest,
        size=file.size if known is None else known.size,
        git_sha1=file.git_sha1,
        locations=locations,
        gated=snapshot.gated,
    )


def _locked_file(draft: Draft, file: OfferedFile, fetched: Mapping[str, Fetched]) -> LockedFile:
    known = draft.known.get(file.path)
    if known is not None:
        return known
    one = fetched[f"{draft.spec.name}/{file.path}"]
    return LockedFile(file.path, one.size, one.digest, file.asset_id)


def _trust(draft: Draft) -> str | None:
    unvouched = any(file.sha256 is None and file.git_sha1 is None for file in draft.selection.files)
    return FIRST_USE if unvouched else None


def _files_url(spec: Spec, snapshot: Snapshot, manifest: Manifest) -> str | None:
    named = None if spec.source is None else manifest.sources[spec.source].endpoint
    if spec.kind is Kind.HUB and snapshot.commit is not None:
        path = hub_files_path(spec.type, spec.origin, snapshot.commit)
        return (named or CANONICAL_HUB) + path
    if spec.kind is Kind.GITHUB and snapshot.tag is not None:
        return (named or CANONICAL_GITHUB_SERVER) + github_assets_path(spec.origin, snapshot.tag)
    return None


def _check_shards(spec: Spec, files: tuple[LockedFile, ...], store: Store) -> None:
    selected = {file.path for file in files}
    for file in files:
        if spec.kind is not Kind.HUB or not is_weight_index(file.path):
            continue
        missing = sorted(_shards(spec, file, store) - selected)
        if missing:
            raise SelectionError(
                f"{spec.name}/{file.path}: names shards that the selection lacks: "
                f"expected {visible(missing[0])!r}, received none such ({len(missing)} missing)",
                hint=f"select all shards, or leave the index out with `exclude` in "
                f"[models.{spec.name}]",
                model=spec.name,
            )


def _shards(spec: Spec, file: LockedFile, store: Store) -> frozenset[str]:
    if file.size > _LARGEST_INDEX:
        raise SelectionError(
            f"{spec.name}/{file.path}: is too large for a weight index: "
            f"expected at most {_LARGEST_INDEX} bytes, received {file.size}",
            hint="leave it out with `exclude`",
            model=spec.name,
        )
    try:
        return shards_of(file.path, content_in(store, file))
    except ValueError as error:
        raise SelectionError(
            f"{spec.name}: {error}", hint="leave it out with `exclude`", model=spec.name
        ) from error
