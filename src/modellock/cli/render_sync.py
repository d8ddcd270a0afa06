"""What `sync` says: model by model for a person, and as a document."""

import os
from collections.abc import Iterator, Sequence

from modellock.cli.checked import checked_words, total_words
from modellock.cli.render_adopt import adopted_document
from modellock.cli.tables import aligned
from modellock.decisions.plan import Action, ModelPlan, Step
from modellock.decisions.space import Space
from modellock.values.wording import count_words, size_words, visible
from modellock.verbs.adopt_result import AdoptedFrom
from modellock.verbs.sync_result import SyncMode, SyncResult

_DONE = {
    Action.PLACE: "placed",
    Action.REPLACE: "replaced",
    Action.SET_ASIDE: "replaced (edited)",
    Action.OVERWRITE: "overwritten",
    Action.WITHDRAW: "withdrawn",
    Action.TAKE_OVER: "found in place",
}
_WOULD = {
    Action.PLACE: "to place",
    Action.REPLACE: "to replace",
    Action.SET_ASIDE: "to replace (edited)",
    Action.OVERWRITE: "to overwrite",
    Action.WITHDRAW: "to withdraw",
    Action.TAKE_OVER: "found in place",
    Action.OBSTRUCTED: "in the way, not placed by modellock",
}


def sync_lines(result: SyncResult, *, now: float, took: str) -> Iterator[str]:
    """The result for a person; `now` in seconds since the epoch."""
    if result.is_unchanged:
        age = None if result.hashed_at is None else now - result.hashed_at
        yield checked_words(result.models, result.files, result.size, age, took)
        return
    words = _DONE if result.mode is SyncMode.APPLY else _WOULD
    yield from aligned([row for model in result.plan.models if (row := _row(model, words))])
    for path in result.kept:
        yield f"Kept an edited file as {visible(os.path.relpath(path, result.base))}"
    if result.mode is not SyncMode.APPLY:
        yield from (_promise(one) for one in result.adopted)
    yield _summary(result, took)
    if result.mode is SyncMode.DRY_RUN and result.space is not None:
        yield from _space_lines(result.space)


def _promise(one: AdoptedFrom) -> str:
    """What comes of it is known once it is hashed."""
    count = f"{count_words(one.files, 'file')} ({size_words(one.size)})"
    return f"{count} to adopt from {visible(one.directory)}, if the bytes are right"


def _row(model: ModelPlan, words: dict[Action, str]) -> tuple[str, ...] | None:
    parts = [
        f"{_counted(steps)} {word} ({size_words(sum(step.size for step in steps))})"
        for action, word in words.items()
        if (steps := _of_note(model.having(action)))
    ]
    if not parts:
        return None
    sign = "-" if model.directory is None else "+" if not _was_there(model) else "~"
    return f"{sign} {visible(model.name)}", ", ".join(parts)


def _of_note(steps: Sequence[Step]) -> Sequence[Step]:
    """Locked files; what a layout adds to them is told where there is nothing else to tell."""
    return [step for step in steps if not step.made] or steps


def _counted(steps: Sequence[Step]) -> str:
    noun = "added file" if all(step.made for step in steps) else "file"
    return count_words(len(steps), noun)


def _was_there(model: ModelPlan) -> bool:
    return any(step.action not in (Action.PLACE, Action.OBSTRUCTED) for step in model.steps)


def _summary(result: SyncResult, took: str) -> str:
    total = total_words(result.models, result.files, result.size)
    fetched = count_words(len(result.fetches), "file")
    size = size_words(sum(result.fetches.values()))
    if result.mode is SyncMode.APPLY:
        news = f"fetched {fetched} ({size})" if result.fetches else "nothing to fetch"
        return f"Synced {total} in {took}; {news}"
    news = f"fetch {fetched} ({size})" if result.fetches else "fetch nothing"
    return f"Would sync {total} and {news}"


def _space_lines(space: Space) -> Iterator[str]:
    caches = f", caches {size_words(space.adopt)}" if space.adopt else ""
    yield (
        f"Of {size_words(space.needed)} the store has {size_words(space.in_store)}{caches}; "
        f"{size_words(space.fetch)} to fetch, {size_words(space.place)} to copy"
    )
    for peak in space.peaks:
        free = "" if peak.disk.free is None else f", where {size_words(peak.disk.free)} are free"
        yield f"Takes up to {size_words(peak.needed)} in {visible(peak.disk.where)}{free}"


def _space_document(space: Space) -> dict[str, object]:
    return {
        "needed": space.needed,
        "in_store": space.in_store,
        "adopt": space.adopt,
        "fetch": space.fetch,
        "place": space.place,
        "peaks": [
            {"path": peak.disk.where, "needed": peak.needed, "free": peak.disk.free}
            for peak in space.peaks
        ],
    }


def sync_document(result: SyncResult) -> dict[str, object]:
    """The result for a program."""
    return {
        "mode": result.mode,
        "unchanged": result.is_unchanged,
        "models": result.models,
        "files": result.files,
        "size": result.size,
        "hashed_at": result.hashed_at,
        "fetched": [{"file": subject, "size": size} for subject, size in result.fetches.items()],
        "adopted": [adopted_document(one) for one in result.adopted],
        "kept": list(result.kept),
        "space": None if result.space is None else _space_document(result.space),
        "changes": [
            {
                "model": model.name,
                "path": step.path,
                "action": step.action,
                "size": step.size,
                "made": step.made,
            }
            for model in result.plan.models
            for step in model.having(*_WOULD)
        ],
    }
