"""Whether what upstream answers is what was locked, or something else under its name."""

from modellock.errors import IdentityError, RenamedError, ReplacedError
from modellock.lockfile import LockedFile, LockedModel
from modellock.manifest import Spec
from modellock.offers import OfferedFile, Snapshot
from modellock.relocking import Step
from modellock.wording import visible


def check_identity(step: Step, snapshot: Snapshot) -> None:
    """Refuse a snapshot that is not of the repository, tag and assets that were locked.

    Raises RenamedError, IdentityError, ReplacedError; the latter two not for a model that the user
    named to `update`.
    """
    spec, pinned = step.spec, step.pinned
    if snapshot.name != spec.origin:
        raise RenamedError(
            f"{spec.name}: {spec.origin} answers as {visible(snapshot.name)}",
            hint=f'write `{spec.kind} = "{visible(snapshot.name)}"` below [models.{spec.name}]',
            model=spec.name,
        )
    if pinned is None or step.accepts_identity or not _same_origin(spec, pinned):
        return
    if pinned.repo_id is not None and pinned.repo_id != snapshot.repo_id:
        raise IdentityError(
            f"{spec.name}: {spec.origin} is another repository now: "
            f"expected id {pinned.repo_id}, received {snapshot.repo_id}",
            hint=_trust_hint(spec),
            model=spec.name,
        )
    if step.keeps_pin:
        _check_same_version(spec, pinned, snapshot)


def _same_origin(spec: Spec, pinned: LockedModel) -> bool:
    before = (pinned.kind, pinned.origin, pinned.source, pinned.type)
    return before == (spec.kind, spec.origin, spec.source, spec.type)


def _check_same_version(spec: Spec, pinned: LockedModel, snapshot: Snapshot) -> None:
    if pinned.commit != snapshot.commit:
        raise ReplacedError(
            f"{spec.name}: tag {pinned.tag} of {spec.origin} was moved: "
            f"expected commit {pinned.commit}, received {snapshot.commit}",
            hint=_trust_hint(spec),
            model=spec.name,
        )
    before = {file.path: file for file in pinned.files}
    for file in snapshot.files:
        old = before.get(file.path)
        if old is not None and (fault := _replacement(old, file)) is not None:
            raise ReplacedError(
                f"{spec.name}/{visible(file.path)}: was replaced upstream: {fault}",
                hint=_trust_hint(spec),
                model=spec.name,
            )


def _replacement(old: LockedFile, file: OfferedFile) -> str | None:
    if file.sha256 is not None and file.sha256 != old.digest:
        return f"expected {old.digest}, received {file.sha256}"
    if old.asset_id != file.asset_id:
        return f"expected asset {old.asset_id}, received asset {file.asset_id}"
    return None


def _trust_hint(spec: Spec) -> str:
    return f"if you trust the new one, run `modellock update {spec.name}`"
