"""`add` and `remove`: models.toml edited and locked, both or neither."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from modellock.decisions.entries import Entry, Wish, entry_for
from modellock.documents.manifest import Manifest, parse_manifest
from modellock.documents.manifest_edit import add_model, remove_model
from modellock.documents.pasted import SITES, Pasted, Site, parse_pasted
from modellock.errors import UnknownNameError, UsageError
from modellock.ports.reporting import Reporter
from modellock.ports.settings import Settings
from modellock.shell.project import Project
from modellock.values.origins import Kind
from modellock.values.wording import did_you_mean
from modellock.verbs.lock import lock
from modellock.verbs.lock_result import LockResult


@dataclass(frozen=True, slots=True, kw_only=True)
class AddRequest:
    """What a user asks of `add`."""

    origins: tuple[str, ...]
    """Ids, URIs, URLs and paths, as pasted."""

    directory: str
    """Where relative paths start."""

    wish: Wish = field(default_factory=Wish)


@dataclass(frozen=True, slots=True, kw_only=True)
class EditResult:
    """What became of models.toml, and then of models.lock."""

    entries: tuple[Entry, ...] = ()
    """One for each origin that `add` was given."""

    removed: tuple[str, ...] = ()
    is_first: bool = False
    """Whether there was no models.toml before."""

    lock: LockResult


def add(
    project: Project, settings: Settings, reporter: Reporter, request: AddRequest
) -> EditResult:
    """Declare models in models.toml, which need not be there yet, and lock them.

    Raises UsageError for what names no model and for a name that another model has, and what `lock`
    raises; models.toml is then as it was.
    """
    _refuse_one_for_many(request)
    before = _manifest_text(project)
    text, entries = before or "", []
    for origin in request.origins:
        manifest = parse_manifest(text)
        pasted = _pasted(origin, project, settings, manifest, request.directory)
        entry = entry_for(pasted, manifest, request.wish)
        if entry.is_new:
            text = add_model(text, entry.name, entry.keys)
        entries.append(entry)
    result = _lock_edited(project, settings, reporter, before, text)
    return EditResult(entries=tuple(entries), is_first=before is None, lock=result)


def remove(
    project: Project, settings: Settings, reporter: Reporter, names: tuple[str, ...]
) -> EditResult:
    """Drop models from models.toml and from models.lock.

    Nobody is asked where models.lock holds all other models. Raises UnknownNameError, and what
    `lock` raises; models.toml is then as it was.
    """
    manifest = project.read_manifest()
    before = text = project.read_manifest_text()
    chosen = tuple(dict.fromkeys(names))
    for name in chosen:
        if name not in manifest.specs:
            raise _unknown(name, manifest, project)
        text = remove_model(text, name)
    result = _lock_edited(project, settings, reporter, before, text)
    return EditResult(removed=chosen, lock=result)


def _refuse_one_for_many(request: AddRequest) -> None:
    for flag, value in (("--name", request.wish.name), ("--path", request.wish.path)):
        if value is not None and len(request.origins) > 1:
            raise UsageError(f"`{flag}` is for one model, and {len(request.origins)} are to come")


def _manifest_text(project: Project) -> str | None:
    """The text of a models.toml that can be used; None where a new one harms nothing."""
    if not project.has_manifest() and not project.has_lock():
        return None
    # Beside a models.lock alone, a new models.toml would drop all that is locked: refused here.
    project.read_manifest()
    return project.read_manifest_text()


def _pasted(
    text: str, project: Project, settings: Settings, manifest: Manifest, directory: str
) -> Pasted:
    try:
        pasted = parse_pasted(text, _sites(manifest, settings))
    except ValueError as error:
        is_directory = os.path.isdir(os.path.join(directory, text))
        hint = f"for a local directory: `modellock add ./{text}`" if is_directory else None
        raise UsageError(str(error), hint=hint) from error
    if pasted.kind is not Kind.LOCAL:
        return pasted
    return replace(pasted, origin=_local_origin(pasted.origin, project, directory))


def _sites(manifest: Manifest, settings: Settings) -> tuple[Site, ...]:
    endpoints = settings.endpoints
    in_force = (Site(Kind.HUB, endpoints.hub), Site(Kind.GITHUB, endpoints.github_server))
    named = (Site(one.kind, one.endpoint, name) for name, one in manifest.sources.items())
    return (*SITES, *in_force, *named)


def _local_origin(typed: str, project: Project, directory: str) -> str:
    """A directory as models.toml names it: from there, where it was not named absolutely."""
    path = os.path.expanduser(typed)
    if not os.path.isabs(path):
        path = os.path.relpath(os.path.join(directory, path), project.directory)
    return path.replace(os.sep, "/")


def _lock_edited(
    project: Project, settings: Settings, reporter: Reporter, before: str | None, after: str
) -> LockResult:
    if after == before:
        return lock(project, settings, reporter)
    with _told_when_in_vain(reporter, before), project.rewriting_manifest(before, after) as edited:
        return lock(edited, settings, reporter)


@contextmanager
def _told_when_in_vain(reporter: Reporter, before: str | None) -> Iterator[None]:
    try:
        yield
    # Also for Ctrl-C: who interrupts wants to know how things stand.
    except BaseException:
        kept = "no models.toml was written" if before is None else "models.toml is as it was"
        reporter.note(kept)
        raise


def _unknown(name: str, manifest: Manifest, project: Project) -> UnknownNameError:
    locked = project.read_lock().models.get(name) if project.has_lock() else None
    if locked is None or locked.is_declared:
        hint = did_you_mean(name, manifest.specs)
    else:
        requirer = locked.required_by[0]
        hint = f"`{requirer}` requires it: `closure = false` there leaves it out"
    return UnknownNameError(f"{name!r} is not a model of models.toml", hint=hint)
