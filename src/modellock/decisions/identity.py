"""Whether what upstream answers at lock is what was locked, or something else under its name."""

from modellock.decisions.drift import (
    another_repository,
    became_gated,
    fetched_files,
    file_differences,
    moved,
    renamed,
)
from modellock.decisions.relocking import Step
from modellock.documents.lockfile import LockedModel
from modellock.documents.manifest import Spec
from modellock.documents.offers import Snapshot


def check_identity(step: Step, snapshot: Snapshot) -> None:
    """Refuse a snapshot that is not of the repository, tag and assets that were locked.

    Raises RenamedError; IdentityError, GatedError, ReplacedError and MismatchError, but not for a
    model that the user named to `update`.
    """
    if snapshot.name != step.spec.origin:
        raise renamed(step.spec, snapshot)
    check_repository(step, snapshot)


def check_repository(step: Step, snapshot: Snapshot) -> None:
    """The same for a repository whose name nobody here chose: the one who refers to it did.

    Raises IdentityError, GatedError, ReplacedError and MismatchError.
    """
    spec, pinned = step.spec, step.pinned
    if pinned is None or step.accepts_identity or not _same_service(spec, pinned):
        return
    if pinned.repo_id is not None and pinned.repo_id != snapshot.repo_id:
        if spec.origin == pinned.origin:
            raise another_repository(pinned, snapshot)
        return
    if snapshot.gated and not pinned.gated:
        raise became_gated(pinned)
    if step.keeps_pin or (pinned.tag is not None and pinned.tag == snapshot.tag):
        _check_same_version(pinned, snapshot)


def _same_service(spec: Spec, pinned: LockedModel) -> bool:
    return (pinned.kind, pinned.source, pinned.type) == (spec.kind, spec.source, spec.type)


def _check_same_version(pinned: LockedModel, snapshot: Snapshot) -> None:
    if pinned.commit != snapshot.commit:
        raise moved(pinned, snapshot)
    offered = {file.path: file for file in snapshot.files}
    for file in fetched_files(pinned):
        # What upstream no longer offers may not be selected any more either.
        if file.path in offered:
            for difference in file_differences(pinned, file, offered[file.path], {}):
                raise difference
