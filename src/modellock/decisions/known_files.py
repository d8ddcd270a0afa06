"""What is known of selected files before any of them is fetched."""

from dataclasses import replace

from modellock.decisions.drift import fetched_files
from modellock.decisions.relocking import Step
from modellock.decisions.selection import Selection
from modellock.documents.lockfile import LockedFile
from modellock.documents.offers import Snapshot
from modellock.values.origins import Kind


def known_files(selection: Selection, snapshot: Snapshot, step: Step) -> dict[str, LockedFile]:
    """By path, the selected files whose digest upstream or the last lock tells."""
    before = {file.path: file for file in _same_version_files(selection, snapshot, step)}
    known = {}
    for file in selection.files:
        old = before.get(file.path)
        if file.sha256 is not None and file.size is not None:
            known[file.path] = LockedFile(file.path, file.size, file.sha256, file.asset_id)
        elif old is not None and file.size in (None, old.size) and old.asset_id == file.asset_id:
            known[file.path] = old
    return known


def _same_version_files(
    selection: Selection, snapshot: Snapshot, step: Step
) -> tuple[LockedFile, ...]:
    pinned = step.pinned
    if pinned is None:
        return ()
    files = fetched_files(pinned)
    if step.spec.kind is Kind.URL:
        return _pinned_url_files(files, selection) if step.keeps_pin else ()
    if snapshot.commit is None or pinned.repo_id != snapshot.repo_id:
        return ()
    return files if pinned.commit == snapshot.commit else ()


def _pinned_url_files(
    files: tuple[LockedFile, ...], selection: Selection
) -> tuple[LockedFile, ...]:
    """What is known of a URL whose pin stays; its one file may be called otherwise now."""
    if len(files) == len(selection.files) == 1:
        return (replace(files[0], path=selection.files[0].path),)
    return files
