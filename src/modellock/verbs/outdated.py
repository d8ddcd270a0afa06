"""What could move, without moving it: nothing is written, and no file is fetched."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from modellock.decisions.admission import takes_prereleases
from modellock.decisions.changes import refuse_stale
from modellock.decisions.cutoff import Cutoff, cutoff_of
from modellock.decisions.drift import fetched_files
from modellock.decisions.identity import check_identity
from modellock.decisions.mirroring import named_hosts
from modellock.decisions.relocking import Step
from modellock.decisions.resolution import choose
from modellock.decisions.selection import select
from modellock.decisions.targets import goes_by_revision
from modellock.documents.lockfile import Lock, LockedModel
from modellock.documents.manifest import Manifest, Spec
from modellock.documents.offers import Candidate, OfferedFile
from modellock.errors import NoVersionError, UnknownNameError
from modellock.ports.reporting import Reporter
from modellock.ports.settings import Settings
from modellock.shell.project import Project
from modellock.shell.store import Store
from modellock.sources import Source
from modellock.sources.opening import OpenSources, open_client
from modellock.values import versions
from modellock.values.origins import DEFAULT_REVISION, Kind, is_commit
from modellock.values.wording import did_you_mean
from modellock.verbs.choosing import ANY_VERSION, choose_among
from modellock.verbs.git_ids import git_id_of
from modellock.verbs.outdated_result import ModelOutlook, OutdatedResult, is_pinned
from modellock.verbs.resolving import ask_all, refuse_offline

_TOLD = (Kind.HUB, Kind.GITHUB)


def outdated(
    project: Project,
    settings: Settings,
    reporter: Reporter,
    names: Sequence[str] = (),
    *,
    exclude_newer: datetime | None = None,
) -> OutdatedResult:
    """Ask upstream what is newer than the pins, of all declared models or of those named.

    A model that cannot be asked about is in the result. Raises MissingLockError, StaleLockError,
    UnknownNameError, InputError, OfflineError.
    """
    manifest, lock = project.read_manifest(), project.read_lock()
    refuse_stale(manifest, lock)
    meant = _meant(manifest, lock, names)
    asked = [step for step in meant if step.spec.kind in _TOLD]
    refuse_offline(asked, settings)
    cutoff = cutoff_of(manifest, exclude_newer, lambda: datetime.now(UTC))
    settings = settings.naming(named_hosts(manifest))
    with open_client(settings, reporter) as client:
        sources = OpenSources(settings, client, reporter, directory=project.directory)

        def ask(step: Step) -> ModelOutlook:
            source = sources.of_spec(step.spec, manifest)
            return _Question(step, source, cutoff, Store(settings.store)).answer()

        models, errors = ask_all(asked, ask, reporter, client.stop)
    return OutdatedResult(
        models=tuple(sorted(models, key=lambda model: model.pinned.name)),
        untold=tuple(sorted(one.spec.name for one in meant if one.spec.kind not in _TOLD)),
        findings=tuple(errors),
    )


def _meant(manifest: Manifest, lock: Lock, names: Sequence[str]) -> list[Step]:
    for name in names:
        if name not in manifest.specs:
            raise UnknownNameError(
                f"{name!r} is not a model of models.toml", hint=did_you_mean(name, manifest.specs)
            )
    return [
        Step(spec=spec, pinned=lock.models[spec.name])
        for spec in manifest.specs.values()
        if not names or spec.name in names
    ]


@dataclass(frozen=True, slots=True)
class _Question:
    step: Step
    source: Source
    cutoff: Cutoff | None
    store: Store

    def answer(self) -> ModelOutlook:
        spec, pinned = self.step.spec, self.step.pinned
        assert pinned is not None  # noqa: S101 - the lock is not stale
        offered = self.source.candidates(spec)
        chosen = choose_among(spec, offered, self.source, self.cutoff, pinned=pinned)
        allowed = self.source.dated(spec, chosen)
        newest = self._newest(spec, offered) or allowed
        same = is_pinned(pinned, allowed)
        return ModelOutlook(
            pinned=pinned,
            allowed=allowed,
            newest=newest,
            to_fetch=0 if same else self._to_fetch(pinned, allowed),
        )

    def _newest(self, spec: Spec, offered: Sequence[Candidate]) -> Candidate | None:
        """What an `update` without bounds and ages would choose; None where it would find none."""
        wide = replace(
            spec,
            tag=None,
            revision=None,
            version=ANY_VERSION if spec.version else None,
            prereleases=takes_prereleases(spec),
        )
        if spec.tag is not None:
            offered = self.source.candidates(wide)
        if goes_by_revision(spec):
            wide, offered = self._wider_revision(wide, spec.revision or DEFAULT_REVISION)
        try:
            return self.source.dated(spec, choose(wide, offered))
        except NoVersionError:
            return None

    def _wider_revision(self, wide: Spec, revision: str) -> tuple[Spec, Sequence[Candidate]]:
        """Beyond a commit lies the default branch; beyond a tag that is a version, others."""
        if is_commit(revision):
            return wide, (Candidate(revision=DEFAULT_REVISION),)
        if versions.version_of(revision, wide.tag_prefix) is not None:
            by_version = replace(wide, version=ANY_VERSION)
            tags = self.source.candidates(by_version)
            if any(tag.tag == revision for tag in tags):
                return by_version, tags
        return wide, (Candidate(revision=revision),)

    def _to_fetch(self, pinned: LockedModel, allowed: Candidate) -> int:
        spec = self.step.spec
        snapshot = self.source.snapshot(spec, allowed)
        check_identity(self.step, snapshot)
        files = select(spec, snapshot.files).files
        return sum(file.size or 0 for file in files if not self._is_known(file, pinned))

    def _is_known(self, file: OfferedFile, pinned: LockedModel) -> bool:
        if file.sha256 is not None:
            return any(known.digest == file.sha256 for known in fetched_files(pinned))
        return any(
            file.git_sha1 == git_id_of(known, self.store)
            for known in fetched_files(pinned)
            if known.size == file.size and self.store.has(known.digest, known.size)
        )
