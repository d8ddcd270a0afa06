"""What upstream says of one locked model, and of how much of it upstream says nothing."""

from collections.abc import Iterator
from dataclasses import dataclass

from modellock.decisions.drift import became_gated, drift_of, fetched_files, moved
from modellock.decisions.resolution import pinned_candidate
from modellock.documents.lockfile import LockedFile, LockedModel
from modellock.documents.manifest import Spec
from modellock.documents.offers import Candidate, OfferedFile, Snapshot
from modellock.errors import GoneError, IdentityError, ModellockError, NotFoundError, ReplacedError
from modellock.shell.httpclient import HttpClient
from modellock.shell.probes import size_at
from modellock.shell.store import Store
from modellock.shell.transfer import Fetch
from modellock.sources import Source
from modellock.values.origins import Kind
from modellock.values.wording import visible
from modellock.verbs.choosing import requested_revision, tags_of, usurped
from modellock.verbs.git_ids import git_id_of

LARGEST_PLAIN_FILE = 10_000_000
"""Bytes. The Hub wants what is larger in git-lfs, and tells the sha256 of what is there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UpstreamAnswer:
    """What upstream said of one model."""

    findings: tuple[ModellockError, ...] = ()
    warning: str | None = None
    unsure: tuple[str, ...] = ()
    """`<model>/<path>` of files of whose content upstream says nothing."""

    fetches: tuple[Fetch, ...] = ()
    """Small files of whose content upstream says nothing but a git object id, and not here."""


def ask_upstream(
    model: LockedModel, source: Source, client: HttpClient, store: Store
) -> UpstreamAnswer:
    """Compare one model with what its origin says; a failure to ask is a finding too."""
    try:
        if model.kind is Kind.URL:
            return _answer_of_url(model, source, client)
        snapshot = source.snapshot(pinned_spec(model), pinned_candidate(model))
        return _compared(model, snapshot, source, store)
    except NotFoundError as error:
        another = usurped(pinned_spec(model), model, source)
        return UpstreamAnswer(findings=(another or _gone(model, str(error)),))
    except ModellockError as error:
        error.model = error.model or model.name
        return UpstreamAnswer(findings=(error,))


def pinned_spec(model: LockedModel) -> Spec:
    """What a source must know to be asked about a pinned version and the files that are locked."""
    return Spec(
        name=model.name,
        kind=model.kind,
        origin=model.origin,
        source=model.source,
        type=model.type,
        include=tuple(file.path for file in fetched_files(model)),
    )


def _compared(
    model: LockedModel, snapshot: Snapshot, source: Source, store: Store
) -> UpstreamAnswer:
    offered = {file.path: file for file in snapshot.files}
    pairs = [(file, offered[file.path]) for file in fetched_files(model) if file.path in offered]
    untold = [pair for pair in pairs if pair[1].sha256 is None]
    git_ids = {
        file.path: git_id_of(file, store)
        for file, one in untold
        if one.git_sha1 is not None and store.has(file.digest, file.size)
    }
    findings = drift_of(model, snapshot, git_ids)
    if any(isinstance(finding, IdentityError) for finding in findings):
        return UpstreamAnswer(findings=findings)
    unread = [pair for pair in untold if pair[0].path not in git_ids]
    small = [pair for pair in unread if _is_small_and_plain(*pair)]
    return UpstreamAnswer(
        findings=(*findings, *_tag_findings(model, source)),
        warning=str(became_gated(model)) if snapshot.gated and not model.gated else None,
        unsure=tuple(
            f"{model.name}/{file.path}" for file, one in unread if (file, one) not in small
        ),
        fetches=tuple(_fetch(model, file, one, source) for file, one in small),
    )


def _is_small_and_plain(file: LockedFile, offered: OfferedFile) -> bool:
    return offered.git_sha1 is not None and offered.size == file.size <= LARGEST_PLAIN_FILE


def _fetch(model: LockedModel, file: LockedFile, offered: OfferedFile, source: Source) -> Fetch:
    return Fetch(
        subject=f"{model.name}/{file.path}",
        model=model.name,
        kind=model.kind,
        digest=file.digest,
        size=file.size,
        git_sha1=offered.git_sha1,
        # Of the origin alone: a mirror serves whatever the lock says.
        locations=tuple(source.locations(model, file.path, file.asset_id)),
        gated=model.gated,
    )


def _tag_findings(model: LockedModel, source: Source) -> Iterator[ModellockError]:
    """Whether a Hub's tag leads elsewhere now; a release's tag is part of its snapshot."""
    name = model.tag or requested_revision(model)
    if model.kind is not Kind.HUB or name is None or name == model.commit:
        return
    spec = pinned_spec(model)
    tags = tags_of(spec, source)
    if name not in tags:
        # A revision that is no tag is a branch, which moves by nature.
        if model.tag is not None:
            yield _gone(model, f"{model.name}: tag {visible(name)} of {model.origin} is gone")
    elif tags[name] != model.commit:
        # An annotated tag may be listed by its own id: only asking for it tells its commit.
        snapshot = source.snapshot(spec, Candidate(tag=name))
        if snapshot.commit != model.commit:
            yield moved(model, snapshot, tag=name)


def _answer_of_url(model: LockedModel, source: Source, client: HttpClient) -> UpstreamAnswer:
    """Whether a URL still serves a file of that size; one byte of it is asked for."""
    unsure: list[str] = []
    findings: list[ModellockError] = []
    for file in fetched_files(model):
        subject = f"{model.name}/{file.path}"
        (place,) = source.locations(model, file.path)
        size = size_at(client, place.url, subject, at="sync")
        if size in (None, file.size):
            unsure.append(subject)
        else:
            findings.append(_resized(model, file, size))
    return UpstreamAnswer(unsure=tuple(unsure), findings=tuple(findings))


def _resized(model: LockedModel, file: LockedFile, size: int | None) -> ReplacedError:
    return ReplacedError(
        f"{model.name}/{file.path}: was replaced upstream: expected {file.size} bytes, "
        f"received {size}",
        hint=f"if you trust the new one, run `modellock update {model.name}`",
        model=model.name,
    )


def _gone(model: LockedModel, message: str) -> GoneError:
    return GoneError(
        message,
        hint="keep the lock while a store or a mirror has the bytes, or run "
        f"`modellock update {model.name}`",
        model=model.name,
    )
