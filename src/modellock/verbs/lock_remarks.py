"""What a person should know of a model that was just resolved: what no lock does for it."""

from collections.abc import Collection, Iterable, Mapping

from modellock.decisions.closure_needs import is_hub_model
from modellock.decisions.closure_roots import apart_from
from modellock.decisions.own_code import modules_left_out
from modellock.decisions.references import (
    LARGEST_CONFIGURATION,
    Reference,
    may_refer,
    references_in,
)
from modellock.documents.lockfile import Lock, LockedModel
from modellock.documents.placements import layout_of, placement_of
from modellock.documents.project_settings import Layout
from modellock.ports.reporting import Reporter
from modellock.shell.store import Store
from modellock.values.wording import visible
from modellock.verbs.drafting import Draft, content_in


def remark_on(drafts: Mapping[str, Draft], lock: Lock, store: Store, reporter: Reporter) -> None:
    """Warn of code that a selection leaves out.

    Note what `closure = false` leaves open, and what no loader finds by the name that refers to it.
    """
    _note_unfindable(drafts, lock, reporter)
    _note_apart(lock, reporter)
    for name in sorted(drafts):
        model = lock.models[name]
        if not is_hub_model(model):
            continue
        contents = _small_contents(model, store)
        if model.closure:
            offered = [file.path for file in drafts[name].snapshot.files]
            _warn_of_code(model, contents, offered, reporter)
        else:
            _note_unpinned(model, contents, reporter)


def _note_unfindable(drafts: Collection[str], lock: Lock, reporter: Reporter) -> None:
    for model in lock.models.values():
        layout = layout_of(model, lock.settings)
        fresh = [name for name in (*model.required_by, model.name) if name in drafts]
        if model.required_by and fresh and layout is not Layout.HF_CACHE:
            reporter.note(
                f"{model.name}: {model.required_by[0]} refers to {model.origin}, which a loader "
                f'finds by that name where `layout = "{Layout.HF_CACHE}"` stands below '
                f"[models.{model.name}]; now it has `{layout}`"
            )


def _note_apart(lock: Lock, reporter: Reporter) -> None:
    for model in lock.models.values():
        if model.is_declared:
            continue
        for head in apart_from(model, lock.models, lock.settings):
            reporter.note(
                f"{model.name}: lies in {placement_of(model, lock.settings)}, where no loader of "
                f"{head.name} looks, which has {placement_of(head, lock.settings)}: give all "
                "models that lead to it one `path`"
            )


def _small_contents(model: LockedModel, store: Store) -> dict[str, bytes]:
    """Configuration and code, as far as the store has it: all of it but what git-lfs keeps."""
    return {
        file.path: content_in(store, file)
        for file in model.files
        if (may_refer(file.path) or file.path.endswith(".py"))
        and file.size <= LARGEST_CONFIGURATION
        and store.has(file.digest, file.size)
    }


def _warn_of_code(
    model: LockedModel, contents: Mapping[str, bytes], offered: Iterable[str], reporter: Reporter
) -> None:
    unselected = frozenset(offered) - {file.path for file in model.files}
    for module in modules_left_out(model.origin, contents, unselected):
        path = visible(module.path)
        reporter.warning(
            f"{model.name}/{visible(module.named_in)}: names code in {path}, "
            "which is not selected: a loader would fetch it, and nothing pins it",
            hint=f'"{path}" in `include` brings it in',
        )


def _note_unpinned(model: LockedModel, contents: Mapping[str, bytes], reporter: Reporter) -> None:
    found = {reference for path in contents for reference in references_in(path, contents[path])}
    for reference in sorted(found):
        if reference.repository != model.origin:
            reporter.note(f"{_where(model, reference)}, and stays unpinned: `closure = false`")


def _where(model: LockedModel, reference: Reference) -> str:
    subject = f"{model.name}/{visible(reference.path)}"
    return f"{subject}: refers to {reference.role} in {reference.repository}"
