"""What `status` says: a row for each model, and as a document."""

import os
from collections import Counter
from collections.abc import Iterator

from modellock.cli.tables import aligned
from modellock.decisions.plan import Condition
from modellock.values.wording import count_words, size_words, visible
from modellock.verbs.status import ModelStatus, StatusResult


def status_lines(result: StatusResult, below: str) -> Iterator[str]:
    """The result for a person; `below` is what stands in place of the project's directory."""
    yield from aligned([_row(model, below) for model in result.models])
    if result.left_out:
        yield f"not selected: {', '.join(map(visible, result.left_out))}"
    if result.stale:
        yield "models.lock does not match models.toml:"
        yield from (f"  {visible(line)}" for line in result.stale)
    yield _summary(result)


def _row(model: ModelStatus, below: str) -> tuple[str, ...]:
    name, files = visible(model.name), count_words(model.files, "file")
    if model.problem is not None:
        return name, model.condition, visible(model.problem)
    if model.condition is Condition.PLACED:
        place = os.path.join(below, model.directory or "")
        return name, model.condition, f"{files} ({size_words(model.size)}) in {visible(place)}"
    counts = [
        f"{count} {word}"
        for count, word in (
            (model.placed, "placed"),
            (model.missing, "missing"),
            (model.modified, "modified"),
        )
        if count
    ]
    if model.added and model.placed == model.files:
        counts.append(f"{count_words(model.added, 'added file')} wrong or missing")
    if model.directory is None:
        return name, model.condition, f"{files} ({size_words(model.size)}), no longer wanted"
    stored = f"{model.stored} in the store"
    return (
        name,
        model.condition,
        f"{files} ({size_words(model.size)}): {', '.join([*counts, stored])}",
    )


def _summary(result: StatusResult) -> str:
    counts = Counter(model.condition for model in result.models)
    conditions = ", ".join(f"{counts[one]} {one}" for one in Condition if counts[one])
    total = count_words(len(result.models), "model")
    summary = f"{total}: {conditions}" if conditions else total
    if result.stale:
        return f"{summary}; run `modellock lock`"
    return summary if result.is_whole else f"{summary}; run `modellock sync`"


def status_document(result: StatusResult) -> dict[str, object]:
    """The result for a program."""
    return {
        "base": result.base,
        "models": [
            {
                "model": model.name,
                "condition": model.condition,
                "directory": model.directory,
                "files": model.files,
                "size": model.size,
                "stored": model.stored,
                "placed": model.placed,
                "missing": model.missing,
                "modified": model.modified,
                "added": model.added,
                "problem": model.problem,
            }
            for model in result.models
        ],
        "not_selected": list(result.left_out),
        "stale": list(result.stale),
    }
